#include "experiment/load_watch.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "experiment/run_account.h"

namespace galileo::experiment {

namespace {

using std::chrono::nanoseconds;

constexpr std::chrono::milliseconds kLead{300};  // for the start command to reach every worker
constexpr std::chrono::milliseconds kLeadPerWorker{5};
constexpr std::chrono::seconds kReportEvery{1};
constexpr std::chrono::milliseconds kReportDelay{
    200};  // until what the workers report at a full second is here
constexpr std::chrono::seconds kWorthEndingEarly{2};
constexpr std::size_t kMaxEvents = 1'000;

/// Exit codes of architecture section 5.10.
constexpr int kExitFailed = 1;
constexpr int kExitAborted = 105;
constexpr int kExitUntrusted = 110;

void verdict(RunSummary& summary, RunStatus status, int exit_code, std::string reason) {
    if (summary.status == RunStatus::kPassed) {
        summary.status = status;
        summary.exit_code = exit_code;
    }
    summary.reasons.push_back(std::move(reason));
}

/// The commonest reasons first: `refused 1,204, timeout 3`.
std::string to_text(const std::map<std::string, std::uint64_t, std::less<>>& errors) {
    std::vector<std::pair<std::string, std::uint64_t>> sorted(errors.begin(), errors.end());
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& left, const auto& right) {
        return left.second > right.second;
    });
    std::string text;
    for (const auto& [name, count] : sorted) {
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, base::format_count(count));
    }
    return text;
}

}  // namespace

LoadWatch::LoadWatch(const ExperimentSpec& spec,
                     const RunPlan& plan,
                     control::RunSession& session,
                     recorder::TraceRecorder* recorder,
                     ProgressListener& listener,
                     base::Clock& clock)
    : spec_(spec),
      plan_(plan),
      session_(session),
      recorder_(recorder),
      listener_(listener),
      clock_(clock) {}

void LoadWatch::begin() {
    listener_.on_plan(plan_);
    const nanoseconds lead = kLead + kLeadPerWorker * static_cast<int>(session_.workers().size());
    start_ = clock_.monotonic() + lead;
    start_wall_ = clock_.wall() + lead;
    session_.start(start_wall_);
    for (const auto& worker : session_.workers()) {
        if (worker.lost) {
            note("worker", fmt::format("worker {} is lost: {}", worker.name, worker.lost_reason));
        }
    }
}

nanoseconds LoadWatch::elapsed() const {
    return clock_.monotonic() - start_;
}

void LoadWatch::tick() {
    listener_.on_tick(elapsed());
    if (elapsed() < reported_ + kReportEvery + kReportDelay) {
        return;
    }
    const nanoseconds until = (elapsed() - kReportDelay) / kReportEvery * kReportEvery;
    for (const auto& name : session_.check_workers()) {
        const auto& workers = session_.workers();
        const auto lost = std::find_if(workers.begin(), workers.end(),
                                       [&](const auto& worker) { return worker.name == name; });
        note("worker", fmt::format("worker {} is lost: {}", name, lost->lost_reason));
    }
    watch_database();
    report(draining_ ? RunState::kDraining : RunState::kRunning, until);
}

void LoadWatch::stop(const std::string& reason, nanoseconds patience) {
    if (stop_reason_.empty()) {
        load_duration_ = std::max(elapsed(), nanoseconds(0));
    }
    stop_reason_ = reason;
    stop_patience_ = patience;
    note("state", reason);
    session_.stop(reason);
}

void LoadWatch::note_if_failed(const Result<void>& check) {
    if (!check && process_trouble_.empty()) {
        process_trouble_ = check.error().message();
        note("worker", process_trouble_);
    }
}

bool LoadWatch::everybody_lost() const {
    const auto& workers = session_.workers();
    return std::all_of(workers.begin(), workers.end(),
                       [](const auto& worker) { return worker.lost; });
}

bool LoadWatch::over_early() const {
    const bool counted =
        std::all_of(spec_.workloads.begin(), spec_.workloads.end(),
                    [](const WorkloadSpec& workload) { return workload.max_requests.has_value(); });
    return session_.load_done() && (counted || spec_.duration - elapsed() > kWorthEndingEarly);
}

bool LoadWatch::poll_finish(nanoseconds patience, control::RunSession::LastTraces traces) {
    if (!draining_) {
        draining_ = true;
        if (stop_reason_.empty()) {
            const auto done = over_early() ? session_.load_done_at() : std::nullopt;
            const nanoseconds end = done ? *done - start_ : elapsed();
            load_duration_ = std::min<nanoseconds>(end, spec_.duration);
        }
    }
    return session_.poll_finish(patience, traces);
}

GeneratorHealth LoadWatch::health(const stats::Snapshot& interval) const {
    GeneratorHealth health;
    health.sockets = interval.connections;
    health.in_flight = interval.in_flight;
    health.waiting = interval.waiting;
    for (const auto& worker : session_.workers()) {
        health.socket_limit += worker.prepared.socket_limit;
    }
    const auto total = interval.total();
    const auto lag = total.schedule_lag.percentile(99);
    if (total.schedule_lag.count() > 0 && lag > kSuspectLag) {
        health.saturated = true;
        health.reason = fmt::format(
            "1 % of the requests due were taken up {} late or later: add workers or lower the rate",
            base::format_latency(lag));
    }
    return health;
}

void LoadWatch::report(RunState state, nanoseconds until) {
    const auto now = clock_.monotonic();
    const auto requests_due = [&](const pacing::RateProfile& profile) {
        return profile.cumulative(until) - profile.cumulative(reported_);
    };
    Progress progress;
    progress.state = state;
    progress.time = clock_.wall();
    progress.elapsed = until;
    progress.duration = spec_.duration;
    progress.interval_length = until - reported_;
    progress.interval = session_.take_interval();
    ++seconds_;
    cumulative_.merge(progress.interval);
    cumulative_.in_flight = progress.interval.in_flight;
    cumulative_.waiting = progress.interval.waiting;
    cumulative_.connections = progress.interval.connections;
    progress.cumulative = cumulative_;
    progress.generator = health(progress.interval);
    suspect_seconds_ += progress.generator.saturated ? 1 : 0;
    progress.suspect_seconds = suspect_seconds_;
    for (const auto& workload : spec_.workloads) {
        const auto profile = rate_profile(spec_, workload);
        WorkloadProgress row{workload.name, workload.service, std::nullopt,
                             workload_duration(spec_, workload)};
        if (profile) {
            row.target_rate = requests_due(*profile) /
                              std::chrono::duration<double>(progress.interval_length).count();
        }
        progress.workloads.push_back(std::move(row));
    }
    for (const auto& worker : session_.workers()) {
        progress.workers.push_back({worker.name, now - worker.last_report, worker.lost});
    }
    if (recorder_ != nullptr) {
        const auto traces = recorder_->state();
        progress.stored = traces.stored;
        progress.lost = traces.lost;
    }
    reported_ = until;
    listener_.on_progress(progress);
}

void LoadWatch::report_rest() {
    const nanoseconds end = std::max(load_duration_, reported_ + std::chrono::milliseconds(1));
    report(RunState::kFinished, end);
}

void LoadWatch::note(std::string kind, std::string text) {
    RunEvent event{clock_.wall(), elapsed(), std::move(kind), std::move(text)};
    listener_.on_event(event);
    if (events_.size() < kMaxEvents) {
        events_.push_back(std::move(event));
    }
}

void LoadWatch::watch_database() {
    if (recorder_ == nullptr) {
        return;
    }
    const std::string trouble = recorder_->state().trouble;
    if (trouble != database_trouble_) {
        note("warning", trouble.empty() ? "the database takes traces again"
                                        : "the database takes no traces: " + trouble);
        database_trouble_ = trouble;
    }
}

RunSummary LoadWatch::summary() {
    RunSummary summary;
    summary.plan = plan_;
    summary.started = start_wall_;
    summary.duration = std::max(elapsed(), nanoseconds(0));
    summary.load_duration = load_duration_;
    summary.cumulative = session_.total();
    const auto total = summary.cumulative.total();
    summary.planned = total.planned;
    summary.sent = total.sent;
    summary.dropped = total.dropped;
    summary.late = total.late;
    summary.completed = total.completed;
    summary.failed = total.failed;
    summary.traces_kept = recorder_ != nullptr;
    summary.suspect_seconds = suspect_seconds_;
    summary.events = events_;
    summary.warnings = warnings_;
    judge(summary);
    return summary;
}

void LoadWatch::judge(RunSummary& summary) const {
    if (!stop_reason_.empty()) {
        verdict(summary, RunStatus::kAborted, kExitAborted,
                fmt::format("{} at {} of {}", stop_reason_, base::format_clock(load_duration_),
                            base::format_clock(spec_.duration)));
    }
    for (const auto& worker : session_.workers()) {
        if (worker.lost) {
            verdict(summary, RunStatus::kUntrusted, kExitUntrusted,
                    fmt::format("worker {} was lost ({}): what it did after its last report is not "
                                "in the figures",
                                worker.name, worker.lost_reason));
        }
    }
    const auto total = summary.cumulative.total();
    if (summary.completed > 0 && summary.failed == summary.completed) {
        verdict(summary, RunStatus::kFailed, kExitFailed,
                fmt::format("every request failed: {}", total.errors.empty()
                                                            ? "no answer had a status below 300"
                                                            : to_text(total.errors)));
    } else if (summary.planned > 0 && summary.completed == 0 && stop_reason_.empty()) {
        verdict(summary, RunStatus::kFailed, kExitFailed, "not one request was completed");
    }
    if (suspect_seconds_ > 1 &&
        static_cast<double>(suspect_seconds_) > kSuspectShare * static_cast<double>(seconds_)) {
        verdict(
            summary, RunStatus::kUntrusted, kExitUntrusted,
            fmt::format(
                "the generator was saturated in {} of {} seconds: add workers or lower the rate",
                suspect_seconds_, seconds_));
    }
    if (summary.dropped > 0) {
        summary.warnings.push_back(
            fmt::format("{} of {} planned requests were dropped: no connection was free in time",
                        base::format_count(summary.dropped), base::format_count(summary.planned)));
    }
}

void LoadWatch::account_for(const recorder::RecordedTraces& traces, RunSummary& summary) const {
    const auto account = account_of(session_, traces);
    if (account.completed > summary.completed) {  // with a lost worker: its last traces came, its
                                                  // last report did not
        const auto unreported = account.completed - summary.completed;
        summary.warnings.push_back(
            fmt::format("{} stored requests of a lost worker are in no report", unreported));
        summary.planned += unreported;
    }
    summary.sent = account.sent;
    summary.completed = account.completed;
    summary.stored = account.stored;
    summary.lost = account.lost;
    summary.lost_reasons = account.lost_reasons;
    if (summary.lost > 0) {
        verdict(summary, RunStatus::kFailed, kExitFailed,
                fmt::format("{} of {} requests are not in the database{}",
                            base::format_count(summary.lost), base::format_count(summary.completed),
                            traces.trouble.empty() ? "" : ": " + traces.trouble));
    }
}

}  // namespace galileo::experiment
