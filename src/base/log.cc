#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cctype>

namespace galileo::base {

namespace {

spdlog::logger& logger() {
    static const std::shared_ptr<spdlog::logger> instance = [] {
        auto made = std::make_shared<spdlog::logger>(
            "galileo", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %-5l %v", spdlog::pattern_time_type::utc);
        made->set_level(spdlog::level::warn);
        made->flush_on(spdlog::level::info);
        return made;
    }();
    return *instance;
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
    switch (level) {
        case LogLevel::kDebug:
            return spdlog::level::debug;
        case LogLevel::kInfo:
            return spdlog::level::info;
        case LogLevel::kWarn:
            return spdlog::level::warn;
        case LogLevel::kError:
            return spdlog::level::err;
        case LogLevel::kOff:
            return spdlog::level::off;
    }
    return spdlog::level::off;
}

}  // namespace

std::optional<LogLevel> parse_log_level(std::string_view name) {
    std::string upper(name);
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
    if (upper == "DEBUG") {
        return LogLevel::kDebug;
    }
    if (upper == "INFO") {
        return LogLevel::kInfo;
    }
    if (upper == "WARN" || upper == "WARNING") {
        return LogLevel::kWarn;
    }
    if (upper == "ERROR" || upper == "CRITICAL") {
        return LogLevel::kError;
    }
    if (upper == "OFF") {
        return LogLevel::kOff;
    }
    return std::nullopt;
}

void set_log_level(LogLevel level) {
    logger().set_level(to_spdlog(level));
}

bool log_enabled(LogLevel level) {
    return logger().should_log(to_spdlog(level));
}

void log_line(LogLevel level, std::string_view text) {
    logger().log(to_spdlog(level), spdlog::string_view_t(text.data(), text.size()));
}

}  // namespace galileo::base
