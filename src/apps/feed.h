#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "apps/library.h"
#include "base/random.h"
#include "base/result.h"
#include "http/request.h"

namespace galileo::apps {

/// In which order the requests of a feed are played.
enum class FeedMode {
    kCycle,   ///< from the first to the last, then again
    kRandom,  ///< each time any of them
    kOnce,    ///< from the first to the last, then no more
};

/// The requests of an app of `kind: feed`, all checked and built. Immutable; thread-safe; shared by
/// the clients that play it.
struct Feed {
    static constexpr std::size_t kMaxRequests = 1'000'000;
    static constexpr std::size_t kMaxFileBytes = 256 * 1024 * 1024;

    std::vector<std::shared_ptr<const http::RequestTemplate>> requests;  ///< at least one
    FeedMode mode = FeedMode::kCycle;

    /// Reads the file that the manifest names (`file`, else `requests.jsonl` or `requests.csv`,
    /// whichever is there) and its `mode` (`cycle`, `random` or `once`; default `cycle`).
    /// kInvalidInput names file and line, and what is wrong there; kNotFound: no such file;
    /// kExhausted: beyond the limits.
    static Result<std::shared_ptr<const Feed>> load(const App& app,
                                                    const http::TemplateOptions& options = {});
};

/// One object `{"method", "path", "kwargs"}` a line, each key optional; empty lines are skipped.
Result<std::vector<std::shared_ptr<const http::RequestTemplate>>> parse_feed_lines(
    std::string_view text, const http::TemplateOptions& options = {});

/// A header line, then one request a record (RFC 4180). Columns: `path`, and where wanted `method`,
/// `data` (text of the body; empty: none) and `kwargs` (a JSON object; empty: none).
Result<std::vector<std::shared_ptr<const http::RequestTemplate>>> parse_feed_table(
    std::string_view text, const http::TemplateOptions& options = {});

/// One client's way through a feed. Thread-compatible.
class FeedPlayer {
  public:
    FeedPlayer(std::shared_ptr<const Feed> feed, base::Rng rng);

    /// Null: the feed is used up (kOnce).
    std::shared_ptr<const http::RequestTemplate> next();
    [[nodiscard]] bool used_up() const noexcept;

  private:
    std::shared_ptr<const Feed> feed_;
    base::Rng rng_;
    std::size_t position_ = 0;
};

}  // namespace galileo::apps
