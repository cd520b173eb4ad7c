#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/event.h"
#include "model/experiment.h"
#include "model/telemetry.h"
#include "model/trace.h"
#include "store/batch.h"
#include "store/columns.h"
#include "store/experiment_store.h"

/// Between our values and the columns of contract 5.2, for every SQL back end. `Row` is a row of a
/// result: `text(column)`, `optional_text`, `real`, `optional_real`, `integer` and `is_null`.
namespace galileo::store {

/// What a row belongs to: absent leaves a trace its own experiment.
using ExperimentId = std::optional<std::string_view>;

template <typename Target>
void bind_values(RowBinder<Target> row, const NodeInfo& info, ExperimentId exp_id) {
    row.name(*exp_id, kExperimentIdLength);
    row.name(info.node, kNodeLength);
    row.name(info.key, kInfoKeyLength);
    row.optional_text(info.value);
}

template <typename Target>
void bind_values(RowBinder<Target> row, const model::TelemetryPoint& point, ExperimentId exp_id) {
    row.name(*exp_id, kExperimentIdLength);
    row.real(point.timestamp);
    row.name(point.metric, kMetricLength);
    row.optional_name(point.subsystem, kSubsystemLength);
    row.name(point.node, kNodeLength);
    row.real(point.value);
}

template <typename Target>
void bind_values(RowBinder<Target> row, const model::Event& event, ExperimentId exp_id) {
    row.name(*exp_id, kExperimentIdLength);
    row.real(event.timestamp);
    row.name(event.name, kEventNameLength);
    row.optional_text(event.value);
}

template <typename Target>
void bind_values(RowBinder<Target> row, const StatisticsSecond& second, ExperimentId exp_id) {
    row.name(*exp_id, kExperimentIdLength);
    row.real(second.timestamp);
    row.ascii(second.data);
}

template <typename Target>
void bind_values(RowBinder<Target> row, const model::TraceRow& trace, ExperimentId exp_id) {
    row.name(trace.request_id, kRequestIdLength);
    row.name(trace.client, kClientLength);
    row.name(trace.service, kServiceLength);
    row.real(trace.created);
    row.real(trace.sent);
    row.real(trace.done);
    row.integer(trace.status);
    row.optional_text(trace.response);
    row.optional_text(trace.headers);
    row.optional_name(trace.server, kServerLength);
    row.optional_name(exp_id ? exp_id : trace.exp_id, kExperimentIdLength);
}

/// Columns in the order of the table, for SELECT.
inline constexpr std::string_view kExperimentColumns =
    "EXP_ID, NAME, CREATOR, START, END, CREATED, STATUS";
inline constexpr std::string_view kTraceColumns =
    "REQUEST_ID, CLIENT, SERVICE, CREATED, SENT, DONE, STATUS, RESPONSE, HEADERS, SERVER, EXP_ID";
inline constexpr std::string_view kTelemetryColumns =
    "EXP_ID, TIMESTAMP, METRIC, SUBSYSTEM, NODE, VALUE";
inline constexpr std::string_view kEventColumns = "EXP_ID, TIMESTAMP, NAME, VALUE";
inline constexpr std::string_view kStatisticsColumns = "EXP_ID, TIMESTAMP, DATA";
inline constexpr std::string_view kNodeInfoColumns = "EXP_ID, NODE, INFO_KEY, INFO_VALUE";

template <typename Row>
model::Experiment read_experiment(const Row& row) {
    return {.id = std::string(row.text(0)),
            .name = row.optional_text(1),
            .creator = row.optional_text(2),
            .start = row.optional_real(3),
            .end = row.optional_real(4),
            .created = row.optional_real(5),
            .status = std::string(row.text(6))};
}

template <typename Row>
NodeInfo read_node_info(const Row& row) {
    return {.node = std::string(row.text(1)),
            .key = std::string(row.text(2)),
            .value = row.optional_text(3)};
}

template <typename Row>
model::TelemetryPoint read_point(const Row& row) {
    return {.timestamp = row.real(1),
            .node = std::string(row.text(4)),
            .metric = std::string(row.text(2)),
            .subsystem = row.optional_text(3),
            .value = row.real(5)};
}

template <typename Row>
model::Event read_event(const Row& row) {
    return {
        .timestamp = row.real(1), .name = std::string(row.text(2)), .value = row.optional_text(3)};
}

template <typename Row>
StatisticsSecond read_second(const Row& row) {
    return {.timestamp = row.real(1), .data = std::string(row.text(2))};
}

template <typename Row>
model::Trace read_trace(const Row& row) {
    constexpr int kNoStatus = -1;
    return {.request_id = std::string(row.text(0)),
            .client = std::string(row.text(1)),
            .service = std::string(row.text(2)),
            .created = row.real(3),
            .sent = row.real(4),
            .done = row.real(5),
            .status = row.is_null(6) ? kNoStatus : static_cast<int>(row.integer(6)),
            .server = row.optional_text(9),
            .exp_id = row.optional_text(10),
            .headers = row.optional_text(8),
            .response = row.optional_text(7)};
}

/// The error of update and remove.
Error no_such_experiment(std::string_view exp_id);

/// SERVER, number of traces, number of failed ones.
template <typename Row>
HostTraces read_host(const Row& row) {
    return {.server = row.optional_text(0),
            .traces = static_cast<std::uint64_t>(row.integer(1)),
            .failed = static_cast<std::uint64_t>(row.integer(2))};
}

/// Selects what read_host reads, up to the WHERE clause; needs GROUP BY SERVER ORDER BY SERVER.
inline constexpr std::string_view kSelectHosts =
    "SELECT SERVER, COUNT(*), SUM(STATUS IS NULL OR STATUS<0 OR STATUS>=300) FROM traces";

}  // namespace galileo::store
