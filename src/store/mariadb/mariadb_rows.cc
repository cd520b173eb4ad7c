// The rows of experiments: writing them in batches and visiting them.
#include <fmt/format.h>

#include "store/batch.h"
#include "store/columns.h"
#include "store/mariadb/array_insert.h"
#include "store/mariadb/literals.h"
#include "store/mariadb/mariadb_store.h"
#include "store/rows.h"
#include "store/tables.h"

namespace galileo::store::mariadb {

namespace {

using model::Event;
using model::TelemetryPoint;
using model::Trace;
using model::TraceRow;

/// Inserts the storable ones of `rows` in one transaction.
template <typename Row>
Result<BatchReport> insert_rows(Connection& connection,
                                std::string_view table,
                                std::span<const Row> rows,
                                ExperimentId exp_id) {
    BatchReport report;
    std::vector<const Row*> batch;
    select_storable(rows, batch, report);
    if (batch.empty()) {
        return report;
    }
    BatchTexts texts(report, BatchTexts::OverLong::kCut);
    Transaction transaction = TRY(Transaction::begin(connection));
    ArrayInsert insert(connection, table_named(table), batch.size());
    for (const Row* row : batch) {
        bind_values(RowBinder(insert, 0, texts), *row, exp_id);
        TRY(insert.end_row());
    }
    TRY(insert.finish());
    TRY(transaction.commit());
    return report;
}

template <typename Visitor, typename Read>
Result<void> visit_rows(Connection& connection,
                        std::string_view sql,
                        const Visitor& visit,
                        Read&& read) {
    Rows rows = TRY(connection.query(sql));
    while (TRY(rows.next())) {
        if (visit(read(rows)) == Visit::kStop) {
            break;
        }
    }
    return {};
}

std::string select_of(std::string_view columns, std::string_view table, std::string_view exp_id) {
    return fmt::format("SELECT {} FROM {} WHERE EXP_ID={}", columns, table, literal(exp_id));
}

}  // namespace

Result<BatchReport> MariadbStore::add_node_infos(std::string_view exp_id,
                                                 std::span<const NodeInfo> infos) {
    return insert_rows(*connection_, "nodeinfo", infos, exp_id);
}

Result<BatchReport> MariadbStore::add_telemetry(std::string_view exp_id,
                                                std::span<const TelemetryPoint> points) {
    return insert_rows(*connection_, "telemetry", points, exp_id);
}

Result<BatchReport> MariadbStore::add_events(std::string_view exp_id,
                                             std::span<const Event> events) {
    return insert_rows(*connection_, "events", events, exp_id);
}

Result<BatchReport> MariadbStore::add_statistics(std::string_view exp_id,
                                                 std::span<const StatisticsSecond> seconds) {
    return insert_rows(*connection_, "statistics", seconds, exp_id);
}

Result<BatchReport> MariadbStore::add_trace_rows(std::span<const TraceRow> traces,
                                                 std::optional<std::string_view> exp_id) {
    if (doubt_ && is_same(*doubt_, traces, exp_id)) {
        BatchReport report;
        std::vector<const TraceRow*> batch;
        select_storable(traces, batch, report);
        if (!batch.empty() && TRY(was_stored(*doubt_, *batch.front()))) {
            doubt_.reset();
            return report;
        }
    }
    doubt_.reset();
    auto report = insert_rows(*connection_, "traces", traces, exp_id);
    if (!report && !traces.empty() && !connection_->doubtful_session().empty()) {
        doubt_ = {connection_->doubtful_session(), traces.size(), model::trace_of(traces.front()),
                  model::trace_of(traces.back()),
                  exp_id ? std::optional<std::string>(*exp_id) : std::nullopt};
    }
    return report;
}

bool MariadbStore::is_same(const Doubt& doubt,
                           std::span<const TraceRow> traces,
                           std::optional<std::string_view> exp_id) {
    return doubt.rows == traces.size() && doubt.exp_id == exp_id &&
           model::row_of(doubt.first) == traces.front() &&
           model::row_of(doubt.last) == traces.back();
}

/// Whether the batch with `trace` is there: as a whole then, for it was one transaction. Reads
/// through all traces, which is worth it for once.
Result<bool> MariadbStore::was_stored(const Doubt& doubt, const TraceRow& trace) {
    TRY(connection_->end_session(doubt.session));
    const auto cut = [](const std::optional<std::string_view>& text, std::size_t characters) {
        return text ? literal(cut_to_characters(*text, characters)) : "NULL";
    };
    Rows rows = TRY(connection_->query(fmt::format(
        "SELECT 1 FROM traces WHERE REQUEST_ID={} AND CREATED={} AND DONE={} AND EXP_ID<=>{} "
        "LIMIT 1",
        cut(trace.request_id, kRequestIdLength), literal(trace.created), literal(trace.done),
        cut(doubt.exp_id ? std::optional<std::string_view>(*doubt.exp_id) : trace.exp_id,
            kExperimentIdLength))));
    return rows.next();
}

Result<void> MariadbStore::for_each_trace(std::string_view exp_id,
                                          const std::function<Visit(const Trace&)>& visit) {
    return visit_rows(*connection_, select_of(kTraceColumns, "traces", exp_id), visit,
                      read_trace<Rows>);
}

Result<void> MariadbStore::for_each_telemetry(
    std::string_view exp_id, const std::function<Visit(const TelemetryPoint&)>& visit) {
    return visit_rows(*connection_, select_of(kTelemetryColumns, "telemetry", exp_id), visit,
                      read_point<Rows>);
}

Result<void> MariadbStore::for_each_event(std::string_view exp_id,
                                          const std::function<Visit(const Event&)>& visit) {
    return visit_rows(*connection_, select_of(kEventColumns, "events", exp_id), visit,
                      read_event<Rows>);
}

Result<void> MariadbStore::for_each_second(
    std::string_view exp_id, const std::function<Visit(const StatisticsSecond&)>& visit) {
    if (!schema_.has_statistics) {
        return {};
    }
    return visit_rows(*connection_,
                      select_of(kStatisticsColumns, "statistics", exp_id) + " ORDER BY TIMESTAMP",
                      visit, read_second<Rows>);
}

}  // namespace galileo::store::mariadb
