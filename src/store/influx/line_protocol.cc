#include "store/influx/line_protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "model/json.h"
#include "model/utf8.h"

namespace galileo::store::influx {

namespace {

/// What stands for a byte in a tag's value; empty: the byte itself.
std::string_view tag_escape(char letter) noexcept {
    switch (letter) {
        case ',':
            return "\\,";
        case '=':
            return "\\=";
        case ' ':
            return "\\ ";
        case '\n':
            return "\\n";
        case '\r':
            return "\\r";
        case '\t':
            return "\\t";
        default:
            return {};
    }
}

/// `text` as a tag's value, as many whole characters of it as fit into `most` bytes.
std::string tag_value_within(std::string_view text, std::size_t most, bool& cut) {
    std::string out;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::string_view escape = tag_escape(text[at]);
        const std::size_t length = escape.empty() ? model::decode_utf8(text, at).length : 1;
        const std::string_view add = escape.empty() ? text.substr(at, length) : escape;
        if (out.size() + add.size() + 1 > most) {  // one for the space below
            cut = true;
            break;
        }
        out += add;
        at += length;
    }
    if (out.ends_with('\\')) {
        out += ' ';
    }
    return out;
}

/// InfluxDB refuses tags without value.
void append_tag(std::string& line, std::string_view key, std::optional<std::string_view> value) {
    if (value && !value->empty()) {
        line += fmt::format(",{}={}", key, tag_value(*value));
    }
}

/// A field's number: without the `.0` of whole ones, as in contract 5.4.
std::string field_number(double value) {
    std::string text = model::python_float(value);
    if (text.ends_with(".0")) {
        text.resize(text.size() - 2);
    }
    return text;
}

std::optional<std::string_view> cleaned(std::optional<std::string_view> text, BatchTexts& texts) {
    return text ? std::optional(texts.text(*text)) : std::nullopt;
}

}  // namespace

std::int64_t milliseconds_of(double seconds) noexcept {
    constexpr double kMost = 9.2e12;  // InfluxDB keeps nanoseconds in 64 bits
    constexpr double kMillisecondsPerSecond = 1000.0;
    return static_cast<std::int64_t>(std::clamp(seconds * kMillisecondsPerSecond, -kMost, kMost));
}

std::string tag_value(std::string_view text) {
    bool cut = false;
    return tag_value_within(text, std::string::npos, cut);
}

std::string field_text(std::string_view text) {
    std::string out = "\"";
    for (const char letter : text) {
        if (letter == '"' || letter == '\\') {
            out += '\\';
        }
        out += letter;
    }
    return out + '"';
}

std::string to_line(const model::TelemetryPoint& point,
                    std::string_view exp_id,
                    BatchTexts& texts) {
    std::string line = "telemetry";
    append_tag(line, "exp_id", texts.text(exp_id));
    append_tag(line, "metric", texts.text(point.metric));
    append_tag(line, "node", texts.text(point.node));
    append_tag(line, "subsystem", cleaned(point.subsystem, texts));
    append_tag(line, "ts", model::python_float(point.timestamp));
    return line +
           fmt::format(" value={} {}", field_number(point.value), milliseconds_of(point.timestamp));
}

std::string to_line(const model::Event& event, std::string_view exp_id, BatchTexts& texts) {
    std::string line = "events";
    append_tag(line, "exp_id", texts.text(exp_id));
    append_tag(line, "name", texts.text(event.name));
    append_tag(line, "ts", model::python_float(event.timestamp));
    return line + fmt::format(" value={} {}", field_text(texts.text(event.value.value_or(""))),
                              milliseconds_of(event.timestamp));
}

std::string to_line(const model::TraceRow& trace,
                    std::string_view exp_id,
                    BatchTexts& texts,
                    BatchReport& report) {
    // In order of their names, as InfluxDB wants them for speed, and the two that may be long
    // apart.
    std::string before = "traces";
    append_tag(before, "client", texts.text(trace.client));
    append_tag(before, "created", model::python_float(trace.created));
    append_tag(before, "done", model::python_float(trace.done));
    append_tag(before, "exp_id", texts.text(exp_id));
    std::string after;
    append_tag(after, "sent", model::python_float(trace.sent));
    append_tag(after, "server", cleaned(trace.server, texts));
    append_tag(after, "service", texts.text(trace.service));
    append_tag(after, "status", std::to_string(trace.status));
    constexpr std::string_view kHeaders = ",headers=";
    constexpr std::string_view kResponse = ",response=";
    const std::size_t taken = before.size() + after.size() + kHeaders.size() + kResponse.size();
    std::size_t left = kMostKeyBytes > taken ? kMostKeyBytes - taken : 0;
    for (const auto& [name, text] : {std::pair(kHeaders, cleaned(trace.headers, texts)),
                                     std::pair(kResponse, cleaned(trace.response, texts))}) {
        bool cut = false;
        const std::string value = tag_value_within(text.value_or(""), left, cut);
        left -= std::min(left, value.size());
        report.over_long += cut ? 1 : 0;
        if (!value.empty()) {
            before += fmt::format("{}{}", name, value);
        }
    }
    const double time = trace.sent < 0 ? trace.created : trace.sent;
    return fmt::format("{}{} request_id={} {}", before, after,
                       field_text(texts.text(trace.request_id)), milliseconds_of(time));
}

}  // namespace galileo::store::influx
