#include "store/influx/mixed_store.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "store/batch.h"
#include "store/influx/line_protocol.h"
#include "store/rows.h"

namespace galileo::store::influx {

namespace {

template <typename Row>
std::vector<std::string> to_lines(std::span<const Row> rows,
                                  std::string_view exp_id,
                                  BatchReport& report) {
    std::vector<const Row*> batch;
    select_storable(rows, batch, report);
    BatchTexts texts(report, BatchTexts::OverLong::kKeep);
    std::vector<std::string> lines;
    lines.reserve(batch.size());
    for (const Row* const row : batch) {
        lines.push_back(to_line(*row, exp_id, texts));
    }
    return lines;
}

}  // namespace

Result<void> MixedStore::save(const model::Experiment& experiment) {
    TRY(influx_->make_bucket(experiment.id));
    return sql_->save(experiment);
}

Result<void> MixedStore::update(const model::Experiment& experiment) {
    return sql_->update(experiment);
}

Result<std::optional<model::Experiment>> MixedStore::find(std::string_view exp_id) {
    return sql_->find(exp_id);
}

Result<std::vector<model::Experiment>> MixedStore::list() {
    return sql_->list();
}

Result<std::optional<model::Experiment>> MixedStore::running() {
    return sql_->running();
}

Result<void> MixedStore::remove(std::string_view exp_id) {
    if (!TRY(sql_->find(exp_id))) {
        return no_such_experiment(exp_id);
    }
    TRY(influx_->remove_bucket(exp_id));
    return sql_->remove(exp_id);
}

Result<void> MixedStore::save_metadata(std::string_view exp_id, const model::Json& metadata) {
    return sql_->save_metadata(exp_id, metadata);
}

Result<std::optional<model::Json>> MixedStore::metadata(std::string_view exp_id) {
    return sql_->metadata(exp_id);
}

Result<BatchReport> MixedStore::add_node_infos(std::string_view exp_id,
                                               std::span<const NodeInfo> infos) {
    return sql_->add_node_infos(exp_id, infos);
}

Result<std::vector<NodeInfo>> MixedStore::node_infos(std::string_view exp_id) {
    return sql_->node_infos(exp_id);
}

Result<BatchReport> MixedStore::add_telemetry(std::string_view exp_id,
                                              std::span<const model::TelemetryPoint> points) {
    BatchReport report;
    const auto lines = to_lines(points, exp_id, report);
    return write(exp_id, lines, report);
}

Result<BatchReport> MixedStore::add_events(std::string_view exp_id,
                                           std::span<const model::Event> events) {
    BatchReport report;
    const auto lines = to_lines(events, exp_id, report);
    return write(exp_id, lines, report);
}

Result<BatchReport> MixedStore::add_statistics(std::string_view exp_id,
                                               std::span<const StatisticsSecond> seconds) {
    return sql_->add_statistics(exp_id, seconds);
}

Result<BatchReport> MixedStore::add_trace_rows(std::span<const model::TraceRow> traces,
                                               std::optional<std::string_view> exp_id) {
    std::map<std::string_view, std::vector<std::string>> lines;
    BatchReport report;
    std::vector<const model::TraceRow*> batch;
    select_storable(traces, batch, report);
    BatchTexts texts(report, BatchTexts::OverLong::kKeep);
    for (const auto* const trace : batch) {
        const auto whose = exp_id ? exp_id : trace->exp_id;
        if (!whose || whose->empty()) {
            return Error(
                ErrorCode::kInvalidInput,
                "galileo_expdb_driver=mixed: a trace belongs to no experiment, and so has "
                "no bucket; record with galileo recorder, not by galileo_trace_logging=sql");
        }
        lines[*whose].push_back(to_line(*trace, *whose, texts, report));
    }
    report.stored = 0;
    for (const auto& [id, of_one] : lines) {
        const LinesReport written = TRY(influx_->write(id, of_one));
        report.stored += written.written;
        report.refused += written.refused;
    }
    return report;
}

Result<BatchReport> MixedStore::write(std::string_view exp_id,
                                      std::span<const std::string> lines,
                                      BatchReport report) {
    const LinesReport written = TRY(influx_->write(exp_id, lines));
    report.stored = written.written;
    report.refused += written.refused;
    return report;
}

Result<std::uint64_t> MixedStore::touch_traces(std::string_view /*exp_id*/,
                                               double /*start*/,
                                               double /*end*/) {
    return 0;
}

Error MixedStore::cannot_read(std::string_view what, std::string_view exp_id) const {
    return Error(
        ErrorCode::kInvalidInput,
        fmt::format("galileo_expdb_driver=mixed: {} are in {}, bucket {}, and are not read "
                    "back from there; ask it by Flux (docs/database.md)",
                    what, influx_->name(), exp_id));
}

Result<std::uint64_t> MixedStore::count_traces(std::string_view exp_id) {
    return cannot_read("traces", exp_id);
}

Result<std::vector<HostTraces>> MixedStore::traces_per_host(std::string_view exp_id) {
    return cannot_read("traces", exp_id);
}

Result<void> MixedStore::for_each_trace(
    std::string_view exp_id, const std::function<Visit(const model::Trace&)>& /*visit*/) {
    return cannot_read("traces", exp_id);
}

Result<void> MixedStore::for_each_telemetry(
    std::string_view exp_id, const std::function<Visit(const model::TelemetryPoint&)>& /*visit*/) {
    return cannot_read("telemetry", exp_id);
}

Result<void> MixedStore::for_each_event(
    std::string_view exp_id, const std::function<Visit(const model::Event&)>& /*visit*/) {
    return cannot_read("events", exp_id);
}

Result<void> MixedStore::for_each_second(
    std::string_view exp_id, const std::function<Visit(const StatisticsSecond&)>& visit) {
    return sql_->for_each_second(exp_id, visit);
}

}  // namespace galileo::store::influx
