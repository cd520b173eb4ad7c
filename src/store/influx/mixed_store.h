#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/experiment_store.h"
#include "store/influx/influx_client.h"

namespace galileo::store::influx {

/// The original's driver `mixed` (contract 5.4): experiments, metadata, node infos and statistics
/// in SQL; telemetry, events and traces in InfluxDB, in a bucket that has the experiment's id for
/// its name.
///
/// InfluxDB has no transactions. A batch whose write failed may be there in part; repeating it
/// stores it as a whole and nothing twice, since equal points are one. For the same reason rows
/// that agree in everything but their field, in one millisecond, are one: traces that differ in
/// their request id alone, events that differ in their value alone. BatchReport::refused counts
/// rows that InfluxDB refuses too; nothing is cut but responses and headers of traces beyond
/// kMostKeyBytes.
///
/// What is in InfluxDB is not read back: the functions that would return kInvalidInput, with the
/// name of the bucket. Thread-compatible.
class MixedStore final : public ExperimentStore {
  public:
    MixedStore(std::unique_ptr<ExperimentStore> sql, std::unique_ptr<InfluxClient> influx)
        : sql_(std::move(sql)), influx_(std::move(influx)) {}

    /// Makes the bucket, then the experiment: an experiment always has its bucket.
    Result<void> save(const model::Experiment& experiment) override;
    Result<void> update(const model::Experiment& experiment) override;
    Result<std::optional<model::Experiment>> find(std::string_view exp_id) override;
    Result<std::vector<model::Experiment>> list() override;
    Result<std::optional<model::Experiment>> running() override;
    /// Deletes the bucket first: when that fails, nothing is deleted and all can be repeated.
    Result<void> remove(std::string_view exp_id) override;

    Result<void> save_metadata(std::string_view exp_id, const model::Json& metadata) override;
    Result<std::optional<model::Json>> metadata(std::string_view exp_id) override;

    Result<BatchReport> add_node_infos(std::string_view exp_id,
                                       std::span<const NodeInfo> infos) override;
    Result<std::vector<NodeInfo>> node_infos(std::string_view exp_id) override;

    Result<BatchReport> add_telemetry(std::string_view exp_id,
                                      std::span<const model::TelemetryPoint> points) override;
    Result<BatchReport> add_events(std::string_view exp_id,
                                   std::span<const model::Event> events) override;
    Result<BatchReport> add_statistics(std::string_view exp_id,
                                       std::span<const StatisticsSecond> seconds) override;
    /// kInvalidInput when a trace belongs to no experiment: it has no bucket then.
    Result<BatchReport> add_trace_rows(std::span<const model::TraceRow> traces,
                                       std::optional<std::string_view> exp_id) override;

    /// Does nothing, as with the original: no trace is without an experiment. Returns 0.
    Result<std::uint64_t> touch_traces(std::string_view exp_id, double start, double end) override;
    [[nodiscard]] bool reads_back() const noexcept override { return false; }
    Result<std::uint64_t> count_traces(std::string_view exp_id) override;
    Result<std::vector<HostTraces>> traces_per_host(std::string_view exp_id) override;

    Result<void> for_each_trace(std::string_view exp_id,
                                const std::function<Visit(const model::Trace&)>& visit) override;
    Result<void> for_each_telemetry(
        std::string_view exp_id,
        const std::function<Visit(const model::TelemetryPoint&)>& visit) override;
    Result<void> for_each_event(std::string_view exp_id,
                                const std::function<Visit(const model::Event&)>& visit) override;
    Result<void> for_each_second(
        std::string_view exp_id,
        const std::function<Visit(const StatisticsSecond&)>& visit) override;

  private:
    Result<BatchReport> write(std::string_view exp_id,
                              std::span<const std::string> lines,
                              BatchReport report);
    [[nodiscard]] Error cannot_read(std::string_view what, std::string_view exp_id) const;

    std::unique_ptr<ExperimentStore> sql_;
    std::unique_ptr<InfluxClient> influx_;
};

}  // namespace galileo::store::influx
