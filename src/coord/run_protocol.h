#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/client.h"
#include "model/json.h"
#include "stats/interval.h"

/// Our own conversation between `galileo run` and our workers, beside the original's messages: a
/// run is prepared on every worker, starts at one instant everywhere, is followed by the statistics
/// channel, and finished with an exact account. Carried by the RPC of contract 1.5 as JSON objects;
/// unknown keys are ignored, missing ones take the defaults below, a wrong type is an error that
/// names the key. Workers that lack a function (the original) have no receivers on its channel.
namespace galileo::coord {

/// The function names, each followed by `:<worker>`.
inline constexpr const char* kPrepareRun = "galileo.run.prepare";
inline constexpr const char* kStartRun = "galileo.run.start";
inline constexpr const char* kStopRun = "galileo.run.stop";
inline constexpr const char* kFinishRun = "galileo.run.finish";
inline constexpr const char* kSpawnIntoRun = "galileo.run.spawn";

enum class RunTraceSink {
    kNone,    ///< only statistics
    kStream,  ///< every trace goes into the run's stream, see trace_stream.h
};
enum class LoadModel {
    kOpen,    ///< requests start when the schedule says
    kClosed,  ///< `in_flight` requests of each client at all times
};
enum class ArrivalSpacing { kEven, kPoisson };

/// A straight piece of a rate profile, over the whole workload.
struct RateStage {
    std::chrono::nanoseconds duration{0};
    double from = 0;  ///< requests per second
    double to = 0;

    bool operator==(const RateStage&) const = default;
};

/// One worker's part of one workload.
struct WorkloadAssignment {
    std::string workload;
    model::ClientConfig
        config;          ///< service, app, parameters and labels, as for a client of the original
    std::string router;  ///< contract 2.7; empty: the worker's own
    std::string balancer{};     ///< routing::parse_balancer_type(); empty: the worker's own
    std::uint64_t clients = 0;  ///< on this worker
    /// The clients of a workload are numbered over all workers: this worker has first_client,
    /// first_client + client_stride, ...
    std::uint64_t first_client = 0;
    std::uint64_t client_stride = 1;
    std::uint64_t clients_in_all = 0;
    LoadModel model = LoadModel::kOpen;
    ArrivalSpacing spacing = ArrivalSpacing::kEven;
    std::vector<RateStage> stages;          ///< open model by rate; empty: by `distribution`
    std::string distribution = "constant";  ///< open model by intervals, for each client
    std::vector<double> parameters;
    std::uint64_t in_flight = 1;           ///< closed model, for each client
    std::chrono::nanoseconds duration{0};  ///< no request starts later than this after the start
    std::optional<std::uint64_t> max_requests;  ///< over the whole workload
    std::chrono::nanoseconds timeout{0};        ///< of a request; 0: none

    bool operator==(const WorkloadAssignment&) const = default;
};

struct PrepareRun {
    std::string run_id;  ///< the experiment's id
    std::uint64_t seed = 0;
    RunTraceSink trace_sink = RunTraceSink::kStream;
    std::uint64_t body_limit = 64 * 1024;  ///< bytes of a response kept in its trace
    std::uint64_t connections = 0;         ///< open at once on this worker; 0: no limit
    bool keep_alive = true;
    /// Empty: an open run. Its clients come later (kSpawnIntoRun), are commanded one by one or many
    /// at once like clients without a run (client_protocol.h), and stop when the run is finished.
    /// Like theirs, their tracing can be paused (contract 2.9), and the worker's own sink (file,
    /// redis) gets their traces too.
    std::vector<WorkloadAssignment> workloads;

    bool operator==(const PrepareRun&) const = default;
};
struct PreparedRun {
    std::uint64_t clients = 0;
    std::uint64_t loops = 0;
    std::string version;
    std::uint64_t socket_limit = 0;  ///< open files the worker may have

    bool operator==(const PreparedRun&) const = default;
};

struct StartRun {
    std::string run_id;
    double start_at = 0;  ///< epoch seconds

    bool operator==(const StartRun&) const = default;
};
struct StopRun {
    std::string run_id;
    std::string reason;

    bool operator==(const StopRun&) const = default;
};

/// More clients for an open run.
struct SpawnIntoRun {
    std::string run_id;
    model::ClientConfig config;
    std::uint64_t clients = 1;

    bool operator==(const SpawnIntoRun&) const = default;
};
/// They listen.
struct SpawnedIntoRun {
    std::vector<model::ClientDescription> clients;

    bool operator==(const SpawnedIntoRun&) const = default;
};

/// Asked again and again until the state is kFinished: the first call begins the draining.
struct FinishRun {
    std::string run_id;
    std::chrono::nanoseconds drain_timeout{
        0};                       ///< for the last answers, counted from the first call
    bool give_up_traces = false;  ///< those that are not in the stream yet are lost

    bool operator==(const FinishRun&) const = default;
};
enum class WorkerRunState { kPrepared, kRunning, kDraining, kFinished };
/// `prepared`, `running`, `draining`, `finished`.
std::string_view to_string(WorkerRunState state) noexcept;

/// A worker's account of a run. Exact once the state is kFinished: planned = sent + dropped, sent =
/// completed, and completed = traces_shipped + traces_lost when traces are kept.
struct RunAccount {
    std::string worker;
    WorkerRunState state = WorkerRunState::kPrepared;
    std::uint64_t traces_shipped = 0;                   ///< handed to Redis
    std::uint64_t traces_lost = 0;                      ///< never handed over
    std::map<std::string, std::uint64_t> lost_reasons;  ///< sums to traces_lost
    stats::Snapshot snapshot;  ///< of the whole run; empty before kFinished
};

/// JSON objects, both ways. The snapshot travels as base64 text of stats::encode.
model::Json to_json(const PrepareRun& message);
model::Json to_json(const PreparedRun& message);
model::Json to_json(const StartRun& message);
model::Json to_json(const StopRun& message);
model::Json to_json(const SpawnIntoRun& message);
model::Json to_json(const SpawnedIntoRun& message);
model::Json to_json(const FinishRun& message);
model::Json to_json(const RunAccount& message);
Result<PrepareRun> prepare_run_from_json(const model::Json& json);
Result<PreparedRun> prepared_run_from_json(const model::Json& json);
Result<StartRun> start_run_from_json(const model::Json& json);
Result<StopRun> stop_run_from_json(const model::Json& json);
Result<SpawnIntoRun> spawn_into_run_from_json(const model::Json& json);
Result<SpawnedIntoRun> spawned_into_run_from_json(const model::Json& json);
Result<FinishRun> finish_run_from_json(const model::Json& json);
Result<RunAccount> run_account_from_json(const model::Json& json);

}  // namespace galileo::coord
