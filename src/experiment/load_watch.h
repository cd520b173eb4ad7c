#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "control/run_session.h"
#include "experiment/progress.h"
#include "experiment/spec.h"
#include "recorder/trace_recorder.h"

namespace galileo::experiment {

/// A second is suspect when the generator took up more than 1 % of its arrivals later than this.
inline constexpr std::chrono::milliseconds kSuspectLag{25};
/// A run with more than this share of suspect seconds (and more than one of them) is not to be
/// trusted.
inline constexpr double kSuspectShare = 0.2;

/// Follows a prepared run from its start to its account: turns the session's reports into Progress
/// once a second, notes what happens, and comes to the verdict. Used by the runner's thread;
/// thread-compatible.
class LoadWatch {
  public:
    /// `recorder` may be null: no traces are kept. All must outlive the watch.
    LoadWatch(const ExperimentSpec& spec,
              const RunPlan& plan,
              control::RunSession& session,
              recorder::TraceRecorder* recorder,
              ProgressListener& listener,
              base::Clock& clock);

    /// Tells the plan and lets the workers begin a moment from now.
    void begin();

    /// Since the load's start; negative before it.
    [[nodiscard]] std::chrono::nanoseconds elapsed() const;

    /// Call about four times a second.
    void tick();

    /// Ends the load before its time; answers are awaited for `patience`.
    void stop(const std::string& reason, std::chrono::nanoseconds patience);
    [[nodiscard]] std::chrono::nanoseconds stop_patience() const noexcept { return stop_patience_; }

    /// Notes a failure of a process of ours, once.
    void note_if_failed(const Result<void>& check);

    [[nodiscard]] bool everybody_lost() const;
    /// Whether every workload has ended by itself, long before the end of its time.
    [[nodiscard]] bool over_early() const;

    /// True once every worker has given its account or is lost. Begins the draining at the first
    /// call.
    bool poll_finish(std::chrono::nanoseconds patience, control::RunSession::LastTraces traces);

    /// Tells the listener of what has come since the last full second; call after poll_finish().
    void report_rest();

    /// After poll_finish(): what the run came to, without the traces.
    [[nodiscard]] RunSummary summary();

    /// Adds what became of the traces, which may change the verdict.
    void account_for(const recorder::RecordedTraces& traces, RunSummary& summary) const;

  private:
    void report(RunState state, std::chrono::nanoseconds until);
    void note(std::string kind, std::string text);
    void watch_database();
    void judge(RunSummary& summary) const;
    [[nodiscard]] GeneratorHealth health(const stats::Snapshot& interval) const;

    const ExperimentSpec& spec_;
    const RunPlan& plan_;
    control::RunSession& session_;
    recorder::TraceRecorder* recorder_;
    ProgressListener& listener_;
    base::Clock& clock_;

    base::MonotonicTime start_{};
    base::WallTime start_wall_{};
    std::chrono::nanoseconds reported_{0};  ///< what on_progress() has been told of
    std::chrono::nanoseconds load_duration_{0};
    std::chrono::nanoseconds stop_patience_{0};
    stats::Snapshot cumulative_;
    std::uint64_t suspect_seconds_ = 0;
    std::uint64_t seconds_ = 0;
    bool draining_ = false;
    std::string stop_reason_;  ///< empty: the load ran to its end
    std::string process_trouble_;
    std::string database_trouble_;
    std::vector<RunEvent> events_;
    std::vector<std::string> warnings_;
};

}  // namespace galileo::experiment
