#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "store/experiment_store.h"
#include "store/mariadb/connection.h"
#include "store/mariadb/options.h"
#include "store/mariadb/schema.h"

namespace galileo::store::mariadb {

/// The experiment store in a MariaDB or MySQL database (contract 5.2), shared with other programs,
/// the original's and notebooks included. Values longer than declared are cut. Connects on opening
/// and, when the connection was lost, with the next call; no call waits for ever (MariadbOptions).
/// When the connection is lost while a write is being committed, its error, which says `perhaps
/// stored`, leaves open whether it was. A batch of traces that is given again after that is looked
/// up first, and not stored twice; other writes may be.
/// Rows are in order of addition because InnoDB keeps tables without a primary key so; of writers
/// at the same time, in the order of their rows. Thread-compatible.
class MariadbStore final : public ExperimentStore {
  public:
    /// Connects and makes the tables where they are missing; those of the original are taken as
    /// they are. Errors as ExperimentStore says, and kNotFound when there is no such database.
    static Result<std::unique_ptr<MariadbStore>> open(const MariadbOptions& options);

    Result<void> save(const model::Experiment& experiment) override;
    Result<void> update(const model::Experiment& experiment) override;
    Result<std::optional<model::Experiment>> find(std::string_view exp_id) override;
    Result<std::vector<model::Experiment>> list() override;
    Result<std::optional<model::Experiment>> running() override;
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
    Result<BatchReport> add_trace_rows(std::span<const model::TraceRow> traces,
                                       std::optional<std::string_view> exp_id) override;

    Result<std::uint64_t> touch_traces(std::string_view exp_id, double start, double end) override;
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
    MariadbStore(std::unique_ptr<Connection> connection, const Schema& schema)
        : connection_(std::move(connection)), schema_(schema) {}

    /// Runs one statement as a transaction; returns the rows that it changed.
    Result<std::uint64_t> write(std::string_view sql);
    /// All experiments that `condition`, a WHERE clause or nothing, selects, in order of addition.
    Result<std::vector<model::Experiment>> experiments(std::string_view condition);

    /// A batch of traces of which nobody knows whether it was stored.
    struct Doubt {
        std::string session;  ///< that it was sent on
        std::size_t rows = 0;
        model::Trace first;
        model::Trace last;
        std::optional<std::string> exp_id;
    };
    static bool is_same(const Doubt& doubt,
                        std::span<const model::TraceRow> traces,
                        std::optional<std::string_view> exp_id);
    Result<bool> was_stored(const Doubt& doubt, const model::TraceRow& trace);

    std::unique_ptr<Connection> connection_;
    Schema schema_;
    std::optional<Doubt> doubt_;
};

}  // namespace galileo::store::mariadb
