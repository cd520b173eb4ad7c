#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>

namespace galileo::base {

/// Severity of a log line. The original's names are accepted by parse_log_level: DEBUG INFO WARN
/// WARNING ERROR CRITICAL, any case.
enum class LogLevel { kDebug, kInfo, kWarn, kError, kOff };

std::optional<LogLevel> parse_log_level(std::string_view name);

/// Lines below `level` are dropped. Default kWarn. Thread-safe.
void set_log_level(LogLevel level);
bool log_enabled(LogLevel level);

/// Writes one line `time level text` to stderr. Thread-safe; may block on stderr, so never above
/// debug level on a loop thread. Secrets never go into a line.
void log_line(LogLevel level, std::string_view text);

template <typename... Args>
void log_debug(fmt::format_string<Args...> format, Args&&... args) {
    if (log_enabled(LogLevel::kDebug)) {
        log_line(LogLevel::kDebug, fmt::format(format, std::forward<Args>(args)...));
    }
}
template <typename... Args>
void log_info(fmt::format_string<Args...> format, Args&&... args) {
    if (log_enabled(LogLevel::kInfo)) {
        log_line(LogLevel::kInfo, fmt::format(format, std::forward<Args>(args)...));
    }
}
template <typename... Args>
void log_warn(fmt::format_string<Args...> format, Args&&... args) {
    if (log_enabled(LogLevel::kWarn)) {
        log_line(LogLevel::kWarn, fmt::format(format, std::forward<Args>(args)...));
    }
}
template <typename... Args>
void log_error(fmt::format_string<Args...> format, Args&&... args) {
    if (log_enabled(LogLevel::kError)) {
        log_line(LogLevel::kError, fmt::format(format, std::forward<Args>(args)...));
    }
}

}  // namespace galileo::base
