#include "base/units.h"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>

namespace galileo::base {

namespace {

struct DurationUnit {
    std::string_view name;
    double nanoseconds;
};
constexpr std::array kDurationUnits = {
    DurationUnit{"ns", 1},     DurationUnit{"us", 1e3},   DurationUnit{"µs", 1e3},
    DurationUnit{"ms", 1e6},   DurationUnit{"s", 1e9},    DurationUnit{"m", 60e9},
    DurationUnit{"min", 60e9}, DurationUnit{"h", 3600e9}, DurationUnit{"d", 86400e9},
};
constexpr double kLongestNanoseconds = 9.2e18;  // what std::chrono::nanoseconds holds, 292 years

/// Reads a decimal number at the front of `text` and removes it.
std::optional<double> take_number(std::string_view& text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || !std::isfinite(number) || number < 0 || std::signbit(number)) {
        return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

std::string_view take_unit(std::string_view& text) {
    std::size_t length = 0;
    while (length < text.size() && text[length] != '.' &&
           std::isdigit(static_cast<unsigned char>(text[length])) == 0) {
        ++length;
    }
    const std::string_view unit = text.substr(0, length);
    text.remove_prefix(length);
    return unit;
}

Error bad_duration(std::string_view text) {
    return Error(
        ErrorCode::kInvalidInput,
        fmt::format("'{}' is not a duration; write for example 250ms, 10s, 1m30s or 2h", text));
}

}  // namespace

Result<std::chrono::nanoseconds> parse_duration(std::string_view text) {
    std::string_view rest = text;
    double total = 0;
    double previous = kLongestNanoseconds;
    do {
        const auto number = take_number(rest);
        if (!number) {
            return bad_duration(text);
        }
        const std::string_view name = take_unit(rest);
        double scale = 0;
        for (const auto& unit : kDurationUnits) {
            if (unit.name == name) {
                scale = unit.nanoseconds;
            }
        }
        if (name.empty() && rest.empty() && total == 0) {
            scale = 1e9;
        }
        if (scale == 0 || scale >= previous) {
            return bad_duration(text);
        }
        previous = scale;
        total += *number * scale;
    } while (!rest.empty());
    if (total > kLongestNanoseconds) {
        return Error(ErrorCode::kInvalidInput, fmt::format("'{}' is longer than 292 years", text));
    }
    return std::chrono::nanoseconds(std::llround(total));
}

Result<std::uint64_t> parse_byte_size(std::string_view text) {
    std::string_view rest = text;
    const auto number = take_number(rest);
    const auto bad = [&] {
        return Error(
            ErrorCode::kInvalidInput,
            fmt::format("'{}' is not a size; write for example 512, 4KiB, 10MB or 1G", text));
    };
    if (!number) {
        return bad();
    }
    double scale = 0;
    if (rest.empty() || rest == "B") {
        scale = 1;
    } else if (rest == "K" || rest == "KiB") {
        scale = 1024;
    } else if (rest == "KB") {
        scale = 1e3;
    } else if (rest == "M" || rest == "MiB") {
        scale = 1024.0 * 1024;
    } else if (rest == "MB") {
        scale = 1e6;
    } else if (rest == "G" || rest == "GiB") {
        scale = 1024.0 * 1024 * 1024;
    } else if (rest == "GB") {
        scale = 1e9;
    }
    if (scale == 0 || *number * scale > 9e18) {
        return bad();
    }
    return static_cast<std::uint64_t>(std::llround(*number * scale));
}

std::string format_latency(std::chrono::nanoseconds duration) {
    const auto three_digits = [](double value, std::string_view unit) {
        if (value >= 99.95) {
            return fmt::format("{:.0f}{}", value, unit);
        }
        return value >= 9.995 ? fmt::format("{:.1f}{}", value, unit)
                              : fmt::format("{:.2f}{}", value, unit);
    };
    const auto nanoseconds = static_cast<double>(duration.count());
    if (nanoseconds < 999.5) {
        return fmt::format("{}ns", duration.count());
    }
    if (nanoseconds < 999.5e3) {
        return three_digits(nanoseconds / 1e3, "µs");
    }
    if (nanoseconds < 999.5e6) {
        return three_digits(nanoseconds / 1e6, "ms");
    }
    if (nanoseconds < 99.95e9) {
        return three_digits(nanoseconds / 1e9, "s");
    }
    const auto seconds = std::llround(nanoseconds / 1e9);
    if (seconds < 3600) {
        return fmt::format("{}m{:02}s", seconds / 60, seconds % 60);
    }
    return fmt::format("{}h{:02}m", seconds / 3600, seconds / 60 % 60);
}

std::string format_clock(std::chrono::nanoseconds duration) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(duration).count();
    if (seconds < 60) {
        return fmt::format("{}s", seconds);
    }
    if (seconds < 3600) {
        return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
    }
    return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::string format_duration(std::chrono::nanoseconds duration) {
    auto rest = duration.count();
    std::string text;
    const auto take = [&](std::int64_t scale, std::string_view unit) {
        if (rest >= scale) {
            text += fmt::format("{}{}", rest / scale, unit);
            rest %= scale;
        }
    };
    take(3'600'000'000'000, "h");
    take(60'000'000'000, "m");
    take(1'000'000'000, "s");
    take(1'000'000, "ms");
    take(1'000, "us");
    take(1, "ns");
    return text.empty() ? "0s" : text;
}

std::string format_count(std::uint64_t count) {
    std::string digits = std::to_string(count);
    for (std::size_t at = digits.size(); at > 3;) {
        at -= 3;
        digits.insert(at, ",");
    }
    return digits;
}

}  // namespace galileo::base
