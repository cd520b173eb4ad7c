#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"

namespace galileo::target {

/// The file that takes a line for each request; several loops append to it, whole lines at a time.
/// Thread-safe.
class LogFile {
  public:
    /// Opens for appending, made when missing. kDenied, kNotFound.
    static Result<std::unique_ptr<LogFile>> open(const std::string& path);

    /// Appends `lines`. When it fails (disk full), says so once in the log of the program and
    /// throws all further lines away.
    void append(std::string_view lines) noexcept;

  private:
    explicit LogFile(base::UniqueFd fd) : fd_(std::move(fd)) {}
    base::UniqueFd fd_;
    std::atomic<bool> broken_{false};
};

/// One request for the log.
struct LogEntry {
    base::WallTime arrival{};
    std::uint64_t connection = 0;  ///< numbered from 1 in order of accepting
    std::string_view method;
    std::string_view target;
    std::string_view outcome;  ///< status, `close`, `junk` or `reset`
    std::uint64_t body_bytes = 0;
};
/// `1700000000.123456 3 GET /path 200 0` and a newline.
void append_line(std::string& lines, const LogEntry& entry);

}  // namespace galileo::target
