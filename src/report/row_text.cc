#include "report/row_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/ascii.h"
#include "base/assert.h"
#include "model/json.h"
#include "store/tables.h"

namespace galileo::report {

namespace {

std::string_view name_of(RowTable table) {
    switch (table) {
        case RowTable::kTraces:
            return "traces";
        case RowTable::kTelemetry:
            return "telemetry";
        case RowTable::kEvents:
            return "events";
        case RowTable::kNodeInfo:
            return "nodeinfo";
    }
    return "traces";
}

Field field_of(const std::optional<std::string>& text) {
    return text ? Field(std::string_view(*text)) : Field();
}

Field text_field(std::string_view text) {
    return text;
}

void append_csv_text(std::string& out, std::string_view text) {
    if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
        out += text;
        return;
    }
    out += '"';
    for (const char byte : text) {
        out.append(byte == '"' ? 2 : 1, byte);
    }
    out += '"';
}

void append_json(std::string& out, const Field& field) {
    if (const auto* text = std::get_if<std::string_view>(&field)) {
        model::append_python_json_string(out, *text);
        return;
    }
    const auto* number = std::get_if<double>(&field);
    const bool is_absent = std::holds_alternative<std::monostate>(field) ||
                           (number != nullptr && !std::isfinite(*number));
    out += is_absent ? "null" : text_of(field);
}

}  // namespace

const std::vector<std::string_view>& columns_of(RowTable table) {
    return store::table_named(name_of(table)).columns;
}

Fields fields_of(const model::Trace& trace) {
    return {text_field(trace.request_id),
            text_field(trace.client),
            text_field(trace.service),
            trace.created,
            trace.sent,
            trace.done,
            std::int64_t{trace.status},
            field_of(trace.response),
            field_of(trace.headers),
            field_of(trace.server),
            field_of(trace.exp_id)};
}

Fields fields_of(std::string_view exp_id, const model::TelemetryPoint& point) {
    return {exp_id,
            point.timestamp,
            text_field(point.metric),
            field_of(point.subsystem),
            text_field(point.node),
            point.value};
}

Fields fields_of(std::string_view exp_id, const model::Event& event) {
    return {exp_id, event.timestamp, text_field(event.name), field_of(event.value)};
}

Fields fields_of(std::string_view exp_id, const store::NodeInfo& info) {
    return {exp_id, text_field(info.node), text_field(info.key), field_of(info.value)};
}

std::string text_of(const Field& field) {
    if (const auto* text = std::get_if<std::string_view>(&field)) {
        return std::string(*text);
    }
    if (const auto* real = std::get_if<double>(&field)) {
        return model::python_float(*real);
    }
    if (const auto* whole = std::get_if<std::int64_t>(&field)) {
        return std::to_string(*whole);
    }
    return {};
}

void append_csv(std::string& out, const Fields& fields) {
    bool is_first = true;
    for (const Field& field : fields) {
        out += is_first ? "" : ",";
        is_first = false;
        if (const auto* text = std::get_if<std::string_view>(&field)) {
            append_csv_text(out, *text);
        } else {
            out += text_of(field);
        }
    }
    out += '\n';
}

void append_csv_header(std::string& out, const std::vector<std::string_view>& columns) {
    out += fmt::format("{}\n", fmt::join(columns, ","));
}

void append_json_line(std::string& out,
                      const std::vector<std::string_view>& columns,
                      const Fields& fields) {
    GALILEO_ASSERT(columns.size() == fields.size());
    for (std::size_t at = 0; at < columns.size(); ++at) {
        out += at == 0 ? "{" : ", ";
        model::append_python_json_string(out, columns[at]);
        out += ": ";
        append_json(out, fields[at]);
    }
    out += "}\n";
}

Result<RowCondition> parse_condition(RowTable table, std::string_view text) {
    const auto& columns = columns_of(table);
    const std::size_t equals = text.find('=');
    const std::string name = base::ascii_lower(text.substr(0, equals));
    const auto column = std::find_if(
        columns.begin(), columns.end(),
        [&name](std::string_view candidate) { return base::ascii_lower(candidate) == name; });
    if (equals == std::string_view::npos || column == columns.end()) {
        const std::string problem =
            equals == std::string_view::npos
                ? fmt::format("'{}' is not COLUMN=VALUE", text)
                : fmt::format("'{}' is not a column of {}", text.substr(0, equals), name_of(table));
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("{}; columns are {}", problem, fmt::join(columns, ", ")));
    }
    return RowCondition{static_cast<std::size_t>(column - columns.begin()),
                        std::string(text.substr(equals + 1))};
}

bool matches(const Fields& fields, const std::vector<RowCondition>& conditions) {
    return std::all_of(conditions.begin(), conditions.end(), [&fields](const RowCondition& wanted) {
        const Field& field = fields[wanted.column];
        const auto* text = std::get_if<std::string_view>(&field);
        return text != nullptr ? *text == wanted.text : text_of(field) == wanted.text;
    });
}

}  // namespace galileo::report
