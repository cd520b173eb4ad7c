// The rows of experiments: writing them in batches and visiting them.
#include <fmt/format.h>

#include "store/batch.h"
#include "store/rows.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite_store.h"
#include "store/tables.h"

namespace galileo::store::sqlite {

namespace {

using model::Event;
using model::TelemetryPoint;
using model::Trace;
using model::TraceRow;

/// Inserts the storable ones of `rows` in one transaction.
template <typename Row>
Result<BatchReport> insert_rows(Connection& connection,
                                RowInserter& inserter,
                                std::span<const Row> rows,
                                std::vector<const Row*>& batch,
                                ExperimentId exp_id) {
    BatchReport report;
    select_storable(rows, batch, report);
    if (batch.empty()) {
        return report;
    }
    BatchTexts texts(report, BatchTexts::OverLong::kKeep);
    Transaction transaction = TRY(Transaction::begin(connection));
    TRY(inserter.insert(batch.size(), [&](Statement& statement, int first, std::size_t row) {
        bind_values(RowBinder(statement, first, texts), *batch[row], exp_id);
    }));
    TRY(transaction.commit());
    return report;
}

/// The same with an inserter and a batch for this once.
template <typename Row>
Result<BatchReport> insert_rows(Connection& connection,
                                std::string_view table,
                                std::span<const Row> rows,
                                std::string_view exp_id) {
    RowInserter inserter = TRY(RowInserter::create(connection, table, table_named(table).columns));
    std::vector<const Row*> batch;
    return insert_rows(connection, inserter, rows, batch, exp_id);
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
    return insert_rows(*connection_, "nodeinfo", infos, exp_id);
}

Result<BatchReport> SqliteStore::add_telemetry(std::string_view exp_id,
                                               std::span<const TelemetryPoint> points) {
    return insert_rows(*connection_, "telemetry", points, exp_id);
}

Result<BatchReport> SqliteStore::add_events(std::string_view exp_id,
                                            std::span<const Event> events) {
    return insert_rows(*connection_, "events", events, exp_id);
}

Result<BatchReport> SqliteStore::add_statistics(std::string_view exp_id,
                                                std::span<const StatisticsSecond> seconds) {
    return insert_rows(*connection_, "statistics", seconds, exp_id);
}

Result<BatchReport> SqliteStore::add_trace_rows(std::span<const TraceRow> traces,
                                                std::optional<std::string_view> exp_id) {
    if (!trace_inserter_) {
        trace_inserter_ =
            TRY(RowInserter::create(*connection_, "traces", table_named("traces").columns));
    }
    return insert_rows(*connection_, *trace_inserter_, traces, trace_batch_, exp_id);
}

Result<void> SqliteStore::for_each_trace(std::string_view exp_id,
                                         const std::function<Visit(const Trace&)>& visit) {
    return visit_rows(
        *connection_,
        fmt::format("SELECT {} FROM traces WHERE EXP_ID=? ORDER BY rowid", kTraceColumns), exp_id,
        visit, read_trace<Statement>);
}

Result<void> SqliteStore::for_each_telemetry(
    std::string_view exp_id, const std::function<Visit(const TelemetryPoint&)>& visit) {
    return visit_rows(
        *connection_,
        fmt::format("SELECT {} FROM telemetry WHERE EXP_ID=? ORDER BY rowid", kTelemetryColumns),
        exp_id, visit, read_point<Statement>);
}

Result<void> SqliteStore::for_each_event(std::string_view exp_id,
                                         const std::function<Visit(const Event&)>& visit) {
    return visit_rows(
        *connection_,
        fmt::format("SELECT {} FROM events WHERE EXP_ID=? ORDER BY rowid", kEventColumns), exp_id,
        visit, read_event<Statement>);
}

Result<void> SqliteStore::for_each_second(
    std::string_view exp_id, const std::function<Visit(const StatisticsSecond&)>& visit) {
    if (!TRY(has_table(*connection_, "statistics"))) {  // opened for reading only
        return {};
    }
    return visit_rows(
        *connection_,
        fmt::format("SELECT {} FROM statistics WHERE EXP_ID=? ORDER BY rowid", kStatisticsColumns),
        exp_id, visit, read_second<Statement>);
}

}  // namespace galileo::store::sqlite
