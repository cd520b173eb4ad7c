#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/experiment_store.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/row_inserter.h"

namespace galileo::store::sqlite {

struct SqliteOptions {
    std::string path = "./galileodb.sqlite";
    OpenMode mode = OpenMode::kCreate;
    /// How long a call waits for another program that writes the same file before it gives
    /// kTimeout.
    std::chrono::milliseconds busy_timeout{10'000};
    /// The file may grow to this size, then writing gives kExhausted. Absent: no limit but the
    /// disk.
    std::optional<std::uint64_t> file_bytes_max = std::nullopt;
};

/// The experiment store in one SQLite file (contract 5.2), shared with other processes, the
/// original's and notebooks included: write-ahead log, so readers never wait for the writer. A
/// commit survives the end of the process; after a loss of power the last commits may be missing,
/// but the file is whole (synchronous=NORMAL). Values longer than declared are kept whole.
/// Thread-compatible.
class SqliteStore final : public ExperimentStore {
  public:
    /// Opens the file and makes its tables where they are missing; files of the original are taken
    /// as they are. Errors as ExperimentStore says, and kNotFound when the file (or, with kCreate,
    /// its directory) does not exist.
    static Result<std::unique_ptr<SqliteStore>> open(const SqliteOptions& options);

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
    explicit SqliteStore(std::unique_ptr<Connection> connection)
        : connection_(std::move(connection)) {}

    Result<void> set_up(const SqliteOptions& options);

    std::unique_ptr<Connection> connection_;
    /// The one statement that is used thousands of times a second; prepared at first use.
    std::optional<RowInserter> trace_inserter_;
    std::vector<const model::TraceRow*> trace_batch_;  ///< scratch of add_trace_rows
};

}  // namespace galileo::store::sqlite
