#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "model/event.h"
#include "model/telemetry.h"
#include "model/trace.h"
#include "store/experiment_store.h"

/// Rows of the experiment database as text for other programs: CSV and JSON Lines. Pure functions;
/// thread-safe.
namespace galileo::report {

/// The tables whose rows belong to experiments.
enum class RowTable : std::uint8_t { kTraces, kTelemetry, kEvents, kNodeInfo };

/// Its columns, upper case, in the order of the table (contract 5.2).
const std::vector<std::string_view>& columns_of(RowTable table);

/// The value of one column; absent is NULL. Texts are borrowed.
using Field = std::variant<std::monostate, std::string_view, double, std::int64_t>;
/// As many as columns, in their order.
using Fields = std::vector<Field>;

Fields fields_of(const model::Trace& trace);
Fields fields_of(std::string_view exp_id, const model::TelemetryPoint& point);
Fields fields_of(std::string_view exp_id, const model::Event& event);
Fields fields_of(std::string_view exp_id, const store::NodeInfo& info);

/// A field as CSV holds it, without quotes: absent is empty, floats are in shortest form (`1.5`).
std::string text_of(const Field& field);

/// Appends a line of RFC 4180 with a plain line feed at its end, as the tools of Unix expect.
/// Absent is nothing at all, an empty text is `""`.
void append_csv(std::string& out, const Fields& fields);
void append_csv_header(std::string& out, const std::vector<std::string_view>& columns);

/// Appends a JSON object on one line, ASCII only; absent and numbers that are not finite are null.
void append_json_line(std::string& out,
                      const std::vector<std::string_view>& columns,
                      const Fields& fields);

/// Wants one column to have one text.
struct RowCondition {
    std::size_t column = 0;
    std::string text;  ///< text_of() must equal it

    bool operator==(const RowCondition&) const = default;
};

/// Reads `COLUMN=TEXT`; the name in either case, the text up to the end, perhaps empty.
/// kInvalidInput names the columns of the table.
Result<RowCondition> parse_condition(RowTable table, std::string_view text);

/// Whether all conditions hold.
bool matches(const Fields& fields, const std::vector<RowCondition>& conditions);

}  // namespace galileo::report
