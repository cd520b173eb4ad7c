#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "model/json.h"
#include "stats/interval.h"

/// What the runner tells about a run while it goes on and at its end. Plain values: the runner
/// fills them, `report` shows them. Durations are since the start of the load unless said
/// otherwise.
namespace galileo::experiment {

struct PlannedWorkload {
    std::string name;
    std::string service;
    std::string profile;  ///< for people, from describe_profile()
    std::uint64_t clients = 0;
    std::chrono::nanoseconds duration{0};
    std::optional<std::uint64_t> requests;  ///< absent: only the run will tell
    std::optional<double> peak_rate;        ///< requests per second; absent: intervals, closed loop
};

struct PlannedWorker {
    std::string name;
    std::map<std::string, std::string> labels;  ///< without secrets
};

/// What is about to run; told once, before the load starts.
struct RunPlan {
    std::string id;       ///< the experiment's, also EXP_ID in the database
    base::WallTime time;  ///< when it was made
    std::string name;     ///< of the experiment
    std::string creator;
    std::string spec_file;  ///< empty: given by flags
    std::uint64_t seed = 0;
    std::chrono::nanoseconds duration{0};
    std::vector<PlannedWorkload> workloads;
    std::vector<PlannedWorker> workers;
    std::vector<std::string> targets;  ///< `host:port` or URLs, as routed to
    std::string database;              ///< path of the SQLite file; empty: no traces are kept
    std::string redis;                 ///< for people: `private`, `10.0.0.5:6379`
};

enum class RunState { kPreparing, kRunning, kDraining, kFinished, kFailed };
/// `preparing`, `running`, `draining`, `finished`, `failed`.
std::string_view to_string(RunState state) noexcept;

struct WorkloadProgress {
    std::string name;
    std::string service;
    /// What the profile asks for in the interval, requests per second; absent: intervals, closed
    /// loop.
    std::optional<double> target_rate;
    std::chrono::nanoseconds duration{0};  ///< of this workload
};

struct WorkerHealth {
    std::string name;
    std::chrono::nanoseconds report_age{0};  ///< since its last statistics arrived
    bool lost = false;                       ///< given up
};

/// How the load generator itself is doing, over all workers.
struct GeneratorHealth {
    std::optional<double> cpu_percent;  ///< busiest worker, 100 = one core for each of its threads
    std::uint64_t sockets = 0;          ///< open now
    std::uint64_t socket_limit = 0;     ///< 0: unknown
    std::uint64_t in_flight = 0;        ///< on the wire now
    std::uint64_t waiting = 0;          ///< due, but without a connection now
    bool saturated = false;             ///< the last interval is not trustworthy
    std::string reason;                 ///< of `saturated`, for people
};

/// Something that happened, for the record: shown as a line.
struct RunEvent {
    base::WallTime time;
    std::chrono::nanoseconds elapsed{0};  ///< negative or 0: before the start
    std::string kind;  ///< one word: `worker`, `routing`, `state`, `warning`, ...
    std::string text;  ///< one sentence
};

/// The state of a run, about once a second and at the end.
struct Progress {
    RunState state = RunState::kPreparing;
    base::WallTime time;
    std::chrono::nanoseconds elapsed{0};
    std::chrono::nanoseconds duration{0};
    std::chrono::nanoseconds interval_length{0};  ///< what `interval` covers; 0: nothing yet
    stats::Snapshot interval;                     ///< since the last Progress
    stats::Snapshot cumulative;                   ///< since the start
    std::vector<WorkloadProgress> workloads;
    std::vector<WorkerHealth> workers;
    GeneratorHealth generator;
    std::uint64_t suspect_seconds = 0;  ///< so far
    std::uint64_t stored = 0;           ///< rows in the database so far
    std::uint64_t lost = 0;             ///< traces known to be lost so far
};

enum class RunStatus {
    kPassed,
    kFailed,
    kAborted,    ///< stopped by the user
    kUntrusted,  ///< the generator was saturated, or a worker was lost
};
/// `passed`, `failed`, `aborted`, `untrusted`.
std::string_view to_string(RunStatus status) noexcept;

/// What a run came to. Counters are over the whole run, as in stats::Tally:
/// planned = sent + dropped, and completed = stored + lost when traces are kept.
struct RunSummary {
    RunPlan plan;
    RunStatus status = RunStatus::kPassed;
    int exit_code = 0;                 ///< architecture 5.10
    std::vector<std::string> reasons;  ///< why it did not pass, the most important first
    std::vector<std::string> warnings;
    base::WallTime started;
    std::chrono::nanoseconds duration{0};  ///< from the start of the load to its last answer
    /// What the load lasted, the base of the rates: until the last start that was due, or the stop.
    std::chrono::nanoseconds load_duration{0};
    std::uint64_t planned = 0;
    std::uint64_t sent = 0;       ///< subset of planned
    std::uint64_t dropped = 0;    ///< subset of planned
    std::uint64_t late = 0;       ///< subset of sent
    std::uint64_t completed = 0;  ///< subset of sent
    std::uint64_t failed = 0;     ///< subset of completed
    bool traces_kept = true;      ///< false: stored and lost are both 0
    std::uint64_t stored = 0;     ///< subset of completed: rows in the database
    std::uint64_t lost = 0;       ///< subset of completed: not stored
    std::map<std::string, std::uint64_t> lost_reasons;  ///< sums to lost
    stats::Snapshot cumulative;
    std::uint64_t suspect_seconds = 0;
    std::vector<RunEvent> events;  ///< the latest; bounded by the runner
    model::Json metadata;          ///< object or null, as in the specification
};

/// Takes what the runner tells. Loop-bound: all calls come from the runner's thread, in the order
/// on_plan, then any number of on_event, on_progress and on_tick, then on_summary. A run that fails
/// before it has a plan ends without any call. Implementations must not block for long.
class ProgressListener {
  public:
    virtual ~ProgressListener() = default;
    virtual void on_plan(const RunPlan& plan) = 0;
    virtual void on_progress(const Progress& progress) = 0;
    virtual void on_event(const RunEvent& event) = 0;
    /// Time passed: the runner calls it about four times a second, for views that show a clock.
    virtual void on_tick(std::chrono::nanoseconds elapsed) = 0;
    virtual void on_summary(const RunSummary& summary) = 0;
};

}  // namespace galileo::experiment
