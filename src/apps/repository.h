#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "apps/http_call.h"
#include "base/clock.h"
#include "base/environment.h"
#include "base/result.h"
#include "model/json.h"

namespace galileo::apps {

/// The other side of a repository of apps (contract 3, 6): `<api>/apps`, ours or the original's.
/// Every call blocks on the network, within its time limit. Thread-safe. Errors of all:
/// kUnavailable, the repository is away; kDenied, it wants another token; kProtocol, an answer that
/// makes no sense.
class Repository {
  public:
    static constexpr std::chrono::seconds kInfoPatience{10};
    static constexpr std::chrono::seconds kTransferPatience{120};

    /// `api` ends where `/apps` follows: `http://host:5001/api`. `token` (empty: none) is sent with
    /// each call. `clock` must outlive it.
    Repository(std::string_view api, std::string token, base::Clock& clock);

    /// What the repository knows of an app: its manifest. kNotFound: `No app with name X found`.
    [[nodiscard]] Result<model::Json> info(const std::string& name) const;

    /// The app's zip archive, `most` bytes at the most (kExhausted beyond).
    [[nodiscard]] Result<std::string> download(const std::string& name, std::size_t most) const;

    /// All apps, as the repository lists them: a list of objects.
    [[nodiscard]] Result<model::Json> list() const;

    /// What it says to an archive, whether it takes it or not.
    struct Verdict {
        enum class Outcome { kTaken, kRefused };
        Outcome outcome = Outcome::kRefused;
        model::Json answer;
    };
    [[nodiscard]] Result<Verdict> deploy(std::string archive) const;

    /// False: there was no such app.
    [[nodiscard]] Result<bool> remove(const std::string& name) const;

    [[nodiscard]] const std::string& url() const noexcept { return url_; }

  private:
    [[nodiscard]] Result<HttpAnswer> call(HttpCall call) const;

    const std::string url_;  ///< ends with `/apps`
    const std::string token_;
    base::Clock& clock_;
};

/// The token that the file named by galileo_api_token_file holds: the last word of its first line
/// that is no comment (`#`). Empty when the variable is unset or empty. kInvalidInput: no token in
/// it; others: the file.
Result<std::string> find_api_token(const base::Environment& environment);

}  // namespace galileo::apps
