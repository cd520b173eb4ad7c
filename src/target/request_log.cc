#include "target/request_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <iterator>

#include "base/log.h"

namespace galileo::target {

Result<std::unique_ptr<LogFile>> LogFile::open(const std::string& path) {
    base::UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (!fd) {
        return base::errno_error(errno, "log file " + path);
    }
    return std::unique_ptr<LogFile>(new LogFile(std::move(fd)));
}

void LogFile::append(std::string_view lines) noexcept {
    while (!lines.empty() && !broken_) {
        const ssize_t written = ::write(fd_.get(), lines.data(), lines.size());
        if (written > 0) {
            lines.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno != EINTR && !broken_.exchange(true)) {
            base::log_error("request log: {}; no further requests are logged",
                            base::errno_error(errno, "write").message());
        }
    }
}

void append_line(std::string& lines, const LogEntry& entry) {
    const auto micros =
        std::chrono::duration_cast<std::chrono::microseconds>(entry.arrival.time_since_epoch())
            .count();
    fmt::format_to(std::back_inserter(lines), "{}.{:06} {} {} {} {} {}\n", micros / 1'000'000,
                   micros % 1'000'000, entry.connection, entry.method, entry.target, entry.outcome,
                   entry.body_bytes);
}

}  // namespace galileo::target
