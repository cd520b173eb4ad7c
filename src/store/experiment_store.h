#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/event.h"
#include "model/experiment.h"
#include "model/json.h"
#include "model/telemetry.h"
#include "model/trace.h"

namespace galileo::store {

/// One line of what a node says about itself (contract 4.6): a field of its info hash.
struct NodeInfo {
    std::string node;
    std::string key;
    std::optional<std::string> value;

    bool operator==(const NodeInfo&) const = default;
};

/// What a run did in one second, as text that the store does not look into.
struct StatisticsSecond {
    double timestamp = 0;  ///< epoch seconds, when it began
    std::string data;      ///< ASCII

    bool operator==(const StatisticsSecond&) const = default;
};

/// What became of a batch that was written. stored + refused = rows given.
struct BatchReport {
    std::uint64_t stored = 0;   ///< rows written
    std::uint64_t refused = 0;  ///< rows left out because one of their numbers is NaN or infinite
    std::uint64_t over_long =
        0;  ///< values of stored rows beyond the length that their column declares
            ///< (store/columns.h): cut where the database insists, else kept
    std::uint64_t repaired = 0;  ///< values of stored rows that were not UTF-8; stored with U+FFFD

    BatchReport& operator+=(const BatchReport& other) noexcept;
    bool operator==(const BatchReport&) const = default;
};

/// The traces that one host answered.
struct HostTraces {
    std::optional<std::string> server;  ///< absent: no host answered (the request failed before)
    std::uint64_t traces = 0;
    std::uint64_t failed = 0;  ///< subset of traces: model::is_failure

    bool operator==(const HostTraces&) const = default;
};

/// What a visitor wants next.
enum class Visit { kContinue, kStop };

/// Experiments and everything recorded about them, in the tables of contract 5.2.
///
/// Every write is one transaction: it happens as a whole or, when it returns an error, not at all,
/// so that the caller can repeat it or count the loss. Errors of all operations, with a message
/// that names the database and a remedy: kTimeout (locked by another program; repeat), kExhausted
/// (disk full), kDenied (read-only, permissions), kUnavailable (connection lost), kInvalidInput
/// (not a database of ours, damaged, value too large), kInternal. All calls may block on disk or
/// network. Thread-compatible: several threads open a store each.
class ExperimentStore {
  public:
    virtual ~ExperimentStore() = default;
    ExperimentStore(const ExperimentStore&) = delete;
    ExperimentStore& operator=(const ExperimentStore&) = delete;
    ExperimentStore(ExperimentStore&&) = delete;
    ExperimentStore& operator=(ExperimentStore&&) = delete;

    /// Adds an experiment. kConflict when its id exists.
    virtual Result<void> save(const model::Experiment& experiment) = 0;
    /// Writes all fields of an experiment that exists, absent ones too. kNotFound otherwise.
    virtual Result<void> update(const model::Experiment& experiment) = 0;
    /// The experiment with this id, or nothing.
    virtual Result<std::optional<model::Experiment>> find(std::string_view exp_id) = 0;
    /// All experiments in the order in which they were added.
    virtual Result<std::vector<model::Experiment>> list() = 0;
    /// The first experiment with status RUNNING (contract 5.3), or nothing.
    virtual Result<std::optional<model::Experiment>> running() = 0;
    /// Deletes an experiment with everything that was recorded about it. kNotFound
    /// when there is none; then nothing is deleted.
    virtual Result<void> remove(std::string_view exp_id) = 0;

    /// Sets the metadata of an experiment, replacing what was there.
    virtual Result<void> save_metadata(std::string_view exp_id, const model::Json& metadata) = 0;
    /// The metadata of an experiment, or nothing.
    virtual Result<std::optional<model::Json>> metadata(std::string_view exp_id) = 0;

    /// Adds to what is known about nodes; reads it in order of addition.
    virtual Result<BatchReport> add_node_infos(std::string_view exp_id,
                                               std::span<const NodeInfo> infos) = 0;
    virtual Result<std::vector<NodeInfo>> node_infos(std::string_view exp_id) = 0;

    /// Adds a batch of rows of one experiment.
    virtual Result<BatchReport> add_telemetry(std::string_view exp_id,
                                              std::span<const model::TelemetryPoint> points) = 0;
    virtual Result<BatchReport> add_events(std::string_view exp_id,
                                           std::span<const model::Event> events) = 0;
    /// Adds seconds of an experiment's statistics.
    virtual Result<BatchReport> add_statistics(std::string_view exp_id,
                                               std::span<const StatisticsSecond> seconds) = 0;
    /// Adds a batch of traces. `exp_id`, when given, stands for the traces' own (contract 4.4: a
    /// recorder gives every trace its experiment).
    virtual Result<BatchReport> add_trace_rows(std::span<const model::TraceRow> traces,
                                               std::optional<std::string_view> exp_id) = 0;
    Result<BatchReport> add_traces(std::span<const model::Trace> traces,
                                   std::optional<std::string_view> exp_id);

    /// Gives the experiment's id to the traces that belong to none and were created from `start` to
    /// `end` (epoch seconds, both included). Returns their number.
    virtual Result<std::uint64_t> touch_traces(std::string_view exp_id,
                                               double start,
                                               double end) = 0;

    /// Whether telemetry, events and traces can be read: what the functions below return
    /// kInvalidInput for where they cannot.
    [[nodiscard]] virtual bool reads_back() const noexcept { return true; }

    /// The number of traces of an experiment. Like everything that looks traces up, reads through
    /// all traces of the database: an index would cost half as much again for every trace written.
    virtual Result<std::uint64_t> count_traces(std::string_view exp_id) = 0;
    /// In order of host name, absent first.
    virtual Result<std::vector<HostTraces>> traces_per_host(std::string_view exp_id) = 0;

    /// Calls `visit` for the rows of an experiment in order of addition, until it says kStop. What
    /// it is given is valid during the call only. `visit` must not use this store.
    virtual Result<void> for_each_trace(std::string_view exp_id,
                                        const std::function<Visit(const model::Trace&)>& visit) = 0;
    virtual Result<void> for_each_telemetry(
        std::string_view exp_id,
        const std::function<Visit(const model::TelemetryPoint&)>& visit) = 0;
    virtual Result<void> for_each_event(std::string_view exp_id,
                                        const std::function<Visit(const model::Event&)>& visit) = 0;
    /// None of experiments that were not recorded by us.
    virtual Result<void> for_each_second(
        std::string_view exp_id, const std::function<Visit(const StatisticsSecond&)>& visit) = 0;

  protected:
    ExperimentStore() = default;
};

}  // namespace galileo::store
