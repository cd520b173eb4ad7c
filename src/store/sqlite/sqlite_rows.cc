// The rows of experiments: writing them in batches and visiting them.
#include <array>

#include "store/sqlite/batch.h"
#include "store/sqlite/sqlite_store.h"

namespace galileo::store::sqlite {

namespace {

using model::Event;
using model::TelemetryPoint;
using model::Trace;
using model::TraceRow;

bool storable(const TelemetryPoint& point) noexcept {
    return std::isfinite(point.timestamp) && std::isfinite(point.value);
}
bool storable(const Event& event) noexcept {
    return std::isfinite(event.timestamp);
}
bool storable(const TraceRow& trace) noexcept {
    return std::isfinite(trace.created) && std::isfinite(trace.sent) && std::isfinite(trace.done);
}
bool storable(const NodeInfo& /*info*/) noexcept {
    return true;
}

/// Points `batch` at the rows that can be stored and counts both kinds.
template <typename Row>
void select_storable(std::span<const Row> rows,
                     std::vector<const Row*>& batch,
                     BatchReport& report) {
    batch.clear();
    batch.reserve(rows.size());
    for (const Row& row : rows) {
        if (storable(row)) {
            batch.push_back(&row);
        }
    }
    report.stored = batch.size();
    report.refused = rows.size() - batch.size();
}

/// Inserts the storable ones of `rows` in one transaction; `bind(statement, first, row, binder)`
/// binds one.
template <typename Row, typename Bind>
Result<BatchReport> insert_rows(Connection& connection,
                                RowInserter& inserter,
                                std::span<const Row> rows,
                                std::vector<const Row*>& batch,
                                Bind&& bind) {
    BatchReport report;
    select_storable(rows, batch, report);
    if (batch.empty()) {
        return report;
    }
    BatchBinder binder(report);
    Transaction transaction = TRY(Transaction::begin(connection));
    TRY(inserter.insert(batch.size(), [&](Statement& statement, int first, std::size_t row) {
        bind(statement, first, *batch[row], binder);
    }));
    TRY(transaction.commit());
    return report;
}

/// The same with an inserter and a batch for this once.
template <typename Row, typename Bind>
Result<BatchReport> insert_rows(Connection& connection,
                                std::string_view table,
                                std::span<const std::string_view> columns,
                                std::span<const Row> rows,
                                Bind&& bind) {
    RowInserter inserter = TRY(RowInserter::create(connection, table, columns));
    std::vector<const Row*> batch;
    return insert_rows(connection, inserter, rows, batch, std::forward<Bind>(bind));
}

constexpr std::array<std::string_view, 11> kTraceColumns = {
    "REQUEST_ID", "CLIENT",   "SERVICE", "CREATED", "SENT",  "DONE",
    "STATUS",     "RESPONSE", "HEADERS", "SERVER",  "EXP_ID"};

void bind_trace(Statement& statement, int first, const TraceRow& trace, BatchBinder& binder) {
    binder.name(statement, first, trace.request_id, kRequestIdLength);
    binder.name(statement, first + 1, trace.client, kClientLength);
    binder.name(statement, first + 2, trace.service, kServiceLength);
    statement.bind(first + 3, trace.created);
    statement.bind(first + 4, trace.sent);
    statement.bind(first + 5, trace.done);
    statement.bind(first + 6, static_cast<std::int64_t>(trace.status));
    binder.optional_text(statement, first + 7, trace.response);
    binder.optional_text(statement, first + 8, trace.headers);
    binder.optional_name(statement, first + 9, trace.server, kServerLength);
}

Trace read_trace(const Statement& row) {
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

TelemetryPoint read_point(const Statement& row) {
    return {.timestamp = row.real(0),
            .node = std::string(row.text(3)),
            .metric = std::string(row.text(1)),
            .subsystem = row.optional_text(2),
            .value = row.real(4)};
}

Event read_event(const Statement& row) {
    return {
        .timestamp = row.real(0), .name = std::string(row.text(1)), .value = row.optional_text(2)};
}

template <typename Visitor, typename Read>
Result<void> visit_rows(Connection& connection,
                        std::string_view sql,
                        std::string_view exp_id,
                        const Visitor& visit,
                        Read&& read) {
    Statement select = TRY(connection.prepare(sql));
    select.bind(1, exp_id);
    while (TRY(select.step())) {
        if (visit(read(select)) == Visit::kStop) {
            break;
        }
    }
    return {};
}

}  // namespace

Result<BatchReport> SqliteStore::add_node_infos(std::string_view exp_id,
                                                std::span<const NodeInfo> infos) {
    constexpr std::array<std::string_view, 4> kColumns = {"EXP_ID", "NODE", "INFO_KEY",
                                                          "INFO_VALUE"};
    return insert_rows(
        *connection_, "nodeinfo", kColumns, infos,
        [exp_id](Statement& statement, int first, const NodeInfo& info, BatchBinder& binder) {
            binder.name(statement, first, exp_id, kExperimentIdLength);
            binder.name(statement, first + 1, info.node, kNodeLength);
            binder.name(statement, first + 2, info.key, kInfoKeyLength);
            binder.optional_text(statement, first + 3, info.value);
        });
}

Result<BatchReport> SqliteStore::add_telemetry(std::string_view exp_id,
                                               std::span<const TelemetryPoint> points) {
    constexpr std::array<std::string_view, 6> kColumns = {"EXP_ID",    "TIMESTAMP", "METRIC",
                                                          "SUBSYSTEM", "NODE",      "VALUE"};
    return insert_rows(*connection_, "telemetry", kColumns, points,
                       [exp_id](Statement& statement, int first, const TelemetryPoint& point,
                                BatchBinder& binder) {
                           binder.name(statement, first, exp_id, kExperimentIdLength);
                           statement.bind(first + 1, point.timestamp);
                           binder.name(statement, first + 2, point.metric, kMetricLength);
                           binder.optional_name(statement, first + 3, point.subsystem,
                                                kSubsystemLength);
                           binder.name(statement, first + 4, point.node, kNodeLength);
                           statement.bind(first + 5, point.value);
                       });
}

Result<BatchReport> SqliteStore::add_events(std::string_view exp_id,
                                            std::span<const Event> events) {
    constexpr std::array<std::string_view, 4> kColumns = {"EXP_ID", "TIMESTAMP", "NAME", "VALUE"};
    return insert_rows(
        *connection_, "events", kColumns, events,
        [exp_id](Statement& statement, int first, const Event& event, BatchBinder& binder) {
            binder.name(statement, first, exp_id, kExperimentIdLength);
            statement.bind(first + 1, event.timestamp);
            binder.name(statement, first + 2, event.name, kEventNameLength);
            binder.optional_text(statement, first + 3, event.value);
        });
}

Result<BatchReport> SqliteStore::add_trace_rows(std::span<const TraceRow> traces,
                                                std::optional<std::string_view> exp_id) {
    if (!trace_inserter_) {
        trace_inserter_ = TRY(RowInserter::create(*connection_, "traces", kTraceColumns));
    }
    return insert_rows(
        *connection_, *trace_inserter_, traces, trace_batch_,
        [exp_id](Statement& statement, int first, const TraceRow& trace, BatchBinder& binder) {
            bind_trace(statement, first, trace, binder);
            if (exp_id) {
                binder.name(statement, first + 10, *exp_id, kExperimentIdLength);
            } else {
                binder.optional_name(statement, first + 10, trace.exp_id, kExperimentIdLength);
            }
        });
}

Result<void> SqliteStore::for_each_trace(std::string_view exp_id,
                                         const std::function<Visit(const Trace&)>& visit) {
    return visit_rows(*connection_,
                      "SELECT REQUEST_ID, CLIENT, SERVICE, CREATED, SENT, DONE, STATUS, RESPONSE, "
                      "HEADERS, SERVER, EXP_ID FROM traces WHERE EXP_ID=? ORDER BY rowid",
                      exp_id, visit, read_trace);
}

Result<void> SqliteStore::for_each_telemetry(
    std::string_view exp_id, const std::function<Visit(const TelemetryPoint&)>& visit) {
    return visit_rows(*connection_,
                      "SELECT TIMESTAMP, METRIC, SUBSYSTEM, NODE, VALUE FROM telemetry "
                      "WHERE EXP_ID=? ORDER BY rowid",
                      exp_id, visit, read_point);
}

Result<void> SqliteStore::for_each_event(std::string_view exp_id,
                                         const std::function<Visit(const Event&)>& visit) {
    return visit_rows(*connection_,
                      "SELECT TIMESTAMP, NAME, VALUE FROM events WHERE EXP_ID=? ORDER BY rowid",
                      exp_id, visit, read_event);
}

}  // namespace galileo::store::sqlite
