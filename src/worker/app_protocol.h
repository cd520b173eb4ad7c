#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/request.h"
#include "model/json.h"

namespace galileo::worker {

/// One thing that an app process says (python/galileo/apphost.py describes the lines).
struct AppMessage {
    enum class Kind : std::uint8_t { kOpened, kRefused, kRequest, kFailed, kEnded };
    Kind kind = Kind::kOpened;
    std::uint64_t client = 0;
    std::string_view text;  ///< kRequest: the line; kRefused, kFailed: JSON; valid during the call
};

/// Cuts what arrives from an app process into messages. Thread-compatible.
class AppReader {
  public:
    static constexpr std::size_t kLongestLine = 64 * 1024 * 1024;

    /// Calls `handle` for every message that is complete. kProtocol: it makes no sense, or a line
    /// is too long; nothing more can be read then.
    Result<void> read(std::string_view bytes, const std::function<void(const AppMessage&)>& handle);

  private:
    Result<void> line(std::string_view text, const std::function<void(const AppMessage&)>& handle);

    std::string rest_;  ///< the beginning of a line
    std::uint64_t client_ = 0;
    std::uint64_t requests_ = 0;  ///< of that client, that are still to come
};

/// The request that a line stands for: `[method, path, kwargs]`. kInvalidInput says what is wrong.
Result<http::RequestTemplate> request_of_app_line(std::string_view line,
                                                  const http::TemplateOptions& options = {});

/// What kRefused and kFailed tell: `ValueError: text`, with the traceback below it, if any.
std::string app_error_text(std::string_view json);

}  // namespace galileo::worker
