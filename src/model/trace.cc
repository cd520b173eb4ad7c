#include "model/trace.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>

#include "model/text.h"

namespace galileo::model {

namespace {

constexpr std::size_t kFieldCount = 11;
constexpr std::array<std::string_view, kFieldCount> kFieldNames = {
    "request_id", "client", "service", "created", "sent",    "done",
    "status",     "server", "exp_id",  "headers", "response"};

/// `%.7f`, without a locale.
void append_time(std::string& out, double seconds) {
    std::array<char, 330> buffer{};  // the largest double has 309 digits before the point
    const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), seconds,
                                       std::chars_format::fixed, 7);
    out.append(buffer.data(), written.ptr);
    out += ',';
}

void append_replaced(std::string& out, std::string_view text, char from, std::string_view to) {
    for (auto hit = text.find(from); hit != std::string_view::npos; hit = text.find(from)) {
        out.append(text.substr(0, hit));
        out += to;
        text.remove_prefix(hit + 1);
    }
    out.append(text);
}

void append_name(std::string& out, std::string_view name) {
    append_replaced(out, name, ',', ";");
    out += ',';
}

std::string replaced(std::string_view text, std::string_view from, char to) {
    std::string out;
    out.reserve(text.size());
    for (auto hit = text.find(from); hit != std::string_view::npos; hit = text.find(from)) {
        out.append(text.substr(0, hit));
        out += to;
        text.remove_prefix(hit + from.size());
    }
    out.append(text);
    return out;
}

/// True when `field`, the tenth, is headers and not the response of a line without headers: headers
/// are absent or a JSON object, its commas replaced.
bool are_headers(std::string_view field) noexcept {
    return field.empty() || field == "None" || (field.starts_with('{') && field.ends_with('}'));
}

std::optional<std::string> present(std::string_view field) {
    return field == "None" ? std::nullopt : std::optional<std::string>(field);
}

Error refuse(std::size_t field, std::string_view given) {
    constexpr std::size_t kShown = 40;
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("trace: {}: '{}' is not a number", kFieldNames[field],
                             given.substr(0, kShown)));
}

}  // namespace

TraceRow row_of(const Trace& trace) {
    return {.request_id = trace.request_id,
            .client = trace.client,
            .service = trace.service,
            .created = trace.created,
            .sent = trace.sent,
            .done = trace.done,
            .status = trace.status,
            .server = trace.server,
            .exp_id = trace.exp_id,
            .headers = trace.headers,
            .response = trace.response};
}

Trace trace_of(const TraceRow& row) {
    const auto own = [](const std::optional<std::string_view>& text) {
        return text ? std::optional<std::string>(*text) : std::nullopt;
    };
    return {.request_id = std::string(row.request_id),
            .client = std::string(row.client),
            .service = std::string(row.service),
            .created = row.created,
            .sent = row.sent,
            .done = row.done,
            .status = row.status,
            .server = own(row.server),
            .exp_id = own(row.exp_id),
            .headers = own(row.headers),
            .response = own(row.response)};
}

void append_trace_line(std::string& out, const Trace& trace) {
    constexpr std::string_view kNone = "None";
    append_name(out, trace.request_id);
    append_name(out, trace.client);
    append_name(out, trace.service);
    append_time(out, trace.created);
    append_time(out, trace.sent);
    append_time(out, trace.done);
    std::array<char, 16> status{};
    const auto written = std::to_chars(status.data(), status.data() + status.size(), trace.status);
    out.append(status.data(), written.ptr);
    out += ',';
    append_name(out, trace.server ? std::string_view(*trace.server) : kNone);
    append_name(out, trace.exp_id ? std::string_view(*trace.exp_id) : kNone);
    append_replaced(out, trace.headers ? std::string_view(*trace.headers) : kNone, ',', "|");
    out += ',';
    append_replaced(out, trace.response ? std::string_view(*trace.response) : kNone, '\n', "\\n");
}

std::string to_trace_line(const Trace& trace) {
    std::string line;
    append_trace_line(line, trace);
    return line;
}

Result<Trace> parse_trace_line(std::string_view line) {
    std::array<std::string_view, kFieldCount> fields;
    for (std::size_t i = 0; i + 1 < kFieldCount; ++i) {
        const auto comma = line.find(',');
        const bool is_tenth = i + 2 == kFieldCount;
        if (is_tenth && (comma == std::string_view::npos || !are_headers(line.substr(0, comma)))) {
            fields[i] = "None";
            break;
        }
        if (comma == std::string_view::npos) {
            return Error(
                ErrorCode::kInvalidInput,
                fmt::format("trace: {} is missing; expected {} comma-separated fields, got {}",
                            kFieldNames[i + 1], kFieldCount, i + 1));
        }
        fields[i] = line.substr(0, comma);
        line.remove_prefix(comma + 1);
    }
    fields[kFieldCount - 1] = line;

    Trace trace;
    trace.request_id = fields[0];
    trace.client = fields[1];
    trace.service = fields[2];
    const std::array<double*, 3> times = {&trace.created, &trace.sent, &trace.done};
    for (std::size_t i = 0; i < times.size(); ++i) {
        const auto seconds = parse_finite(fields[3 + i]);
        if (!seconds) {
            return refuse(3 + i, fields[3 + i]);
        }
        *times[i] = *seconds;
    }
    const auto status = parse_integer(fields[6]);
    if (!status || *status < std::numeric_limits<int>::min() ||
        *status > std::numeric_limits<int>::max()) {
        return refuse(6, fields[6]);
    }
    trace.status = static_cast<int>(*status);
    trace.server = present(fields[7]);
    trace.exp_id = present(fields[8]);
    if (fields[9] != "None") {
        trace.headers = replaced(fields[9], "|", ',');
    }
    if (fields[10] != "None") {
        trace.response = replaced(fields[10], "\\n", '\n');
    }
    return trace;
}

}  // namespace galileo::model
