#include "model/telemetry.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/text.h"

namespace galileo::model {

namespace {

Error refuse(std::string_view what, std::string_view given) {
    constexpr std::size_t kShown = 80;
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("telemetry: {}: '{}'", what, given.substr(0, kShown)));
}

bool all_digits(std::string_view text) noexcept {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// telemd writes values as C's `%f`, six decimals always; telemd-power, which writes its timestamps
/// correctly, writes Python's shortest form, which never has six decimals that end in zero, and has
/// these metrics to itself.
bool written_by_telemd(std::string_view metric, std::string_view value) noexcept {
    if (metric == "watt" || metric == "amp" || metric == "mV") {
        return false;
    }
    if (!value.empty() && value[0] == '-') {
        value.remove_prefix(1);
    }
    const auto point = value.find('.');
    return point != std::string_view::npos && all_digits(value.substr(0, point)) &&
           value.size() - point - 1 == 6 && all_digits(value.substr(point + 1));
}

/// telemd writes the nanoseconds of a second without leading zeros: `12.5000000` is 12.005.
std::string padded_fraction(std::string_view timestamp) {
    constexpr std::size_t kNanosecondDigits = 9;
    const auto point = timestamp.find('.');
    if (point == std::string_view::npos || !all_digits(timestamp.substr(0, point)) ||
        !all_digits(timestamp.substr(point + 1))) {
        return std::string(timestamp);
    }
    std::string repaired(timestamp);
    const std::size_t digits = timestamp.size() - point - 1;
    if (digits < kNanosecondDigits) {
        repaired.insert(point + 1, kNanosecondDigits - digits, '0');
    }
    return repaired;
}

}  // namespace

Result<TelemetryPoint> parse_telemetry(std::string_view channel, std::string_view payload) {
    constexpr std::string_view kPrefix = "telem/";
    if (!channel.starts_with(kPrefix)) {
        return refuse("expected channel telem/<node>/<metric>[/<subsystem>]", channel);
    }
    std::string_view topic = channel.substr(kPrefix.size());
    const auto node_end = topic.find('/');
    if (node_end == 0 || node_end == std::string_view::npos || node_end + 1 == topic.size()) {
        return refuse("expected channel telem/<node>/<metric>[/<subsystem>]", channel);
    }
    TelemetryPoint point;
    point.node = std::string(topic.substr(0, node_end));
    topic.remove_prefix(node_end + 1);
    const auto metric_end = topic.find('/');
    point.metric = std::string(topic.substr(0, metric_end));
    if (point.metric.empty()) {
        return refuse("expected channel telem/<node>/<metric>[/<subsystem>]", channel);
    }
    if (metric_end != std::string_view::npos) {
        point.subsystem = std::string(topic.substr(metric_end + 1));
    }

    const auto space = payload.find(' ');
    if (space == std::string_view::npos || payload.find(' ', space + 1) != std::string_view::npos) {
        return refuse("expected '<timestamp> <value>'", payload);
    }
    const std::string_view time = payload.substr(0, space);
    const std::string_view value = payload.substr(space + 1);
    const auto timestamp = written_by_telemd(point.metric, value)
                               ? parse_finite(padded_fraction(time))
                               : parse_finite(time);
    if (!timestamp) {
        return refuse("not a timestamp in epoch seconds", time);
    }
    point.timestamp = *timestamp;
    if (const auto number = parse_finite(value)) {
        point.value = *number;
    } else if (point.metric == "status" && !value.empty()) {
        point.value = value == "true" ? 1 : 0;
    } else {
        return refuse("not a finite value", value);
    }
    return point;
}

}  // namespace galileo::model
