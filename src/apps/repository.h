#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "model/json.h"

namespace galileo::apps {

/// The other side of a repository of apps (contract 3): `<url>/api/apps/<name>`. Every call blocks
/// on the network, within its time limit, on a loop of its own. Thread-safe.
class Repository {
  public:
    static constexpr std::chrono::seconds kInfoPatience{10};
    static constexpr std::chrono::seconds kDownloadPatience{120};

    /// `url` without `/api/apps`; `clock` must outlive it.
    Repository(std::string url, base::Clock& clock) : url_(std::move(url)), clock_(clock) {}

    /// What the repository knows of an app: its manifest. kNotFound: `No app with name X found`;
    /// kUnavailable: the repository is away; kProtocol: an answer that makes no sense.
    [[nodiscard]] Result<model::Json> info(const std::string& name) const;

    /// The app's zip archive, `most` bytes at the most (kExhausted beyond).
    [[nodiscard]] Result<std::string> download(const std::string& name, std::size_t most) const;

    [[nodiscard]] const std::string& url() const noexcept { return url_; }

  private:
    const std::string url_;
    base::Clock& clock_;
};

}  // namespace galileo::apps
