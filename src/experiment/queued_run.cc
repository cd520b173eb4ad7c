#include "experiment/queued_run.h"

#include <fmt/format.h>

#include <limits>
#include <thread>
#include <utility>

#include "base/log.h"
#include "control/run_session.h"
#include "experiment/run_account.h"
#include "recorder/experiment_recording.h"
#include "recorder/request_account.h"
#include "recorder/trace_recorder.h"

namespace galileo::experiment {

namespace {

constexpr const char* kFailed = "FAILED";
constexpr const char* kFinished = "FINISHED";
constexpr std::chrono::seconds kDrain{10};  // for the last answers
constexpr std::chrono::milliseconds kPollPause{20};
constexpr std::chrono::milliseconds kLastStatistics{100};
constexpr std::chrono::milliseconds kTracePatience{15'000};  // without any new trace
constexpr std::chrono::milliseconds kRestPatience{1'000};    // all that will come is in the stream

Result<LoadOutcome> follow(const model::QueuedExperiment& item,
                           LoadSession& session,
                           const QueuedRunTools& tools) {
    const LoadTools load{tools.cluster, session, tools.clock, tools.pause};
    if (item.instructions) {
        return follow_instructions(*item.instructions, load);
    }
    return follow_ticks(TRY(model::configuration_from_wire(item.configuration)), load);
}

/// Between StartTracing and PauseTracing, so that the original's workers trace too.
Result<LoadOutcome> follow_traced(const model::QueuedExperiment& item,
                                  LoadSession& session,
                                  const QueuedRunTools& tools) {
    TRY(tools.cluster.start_tracing());
    auto outcome = follow(item, session, tools);
    if (const auto closed = session.close_originals(); !closed && outcome) {
        outcome->add_trouble("clients may stay behind: " + closed.error().message());
    }
    return outcome;
}

/// For polling what nobody tells of: accounts of workers, rows that a recorder stores.
void pause_between_polls() {
    // tidy: the daemon's own thread, which has nothing else to do
    std::this_thread::sleep_for(kPollPause);
}

/// Waits for the last answers and the workers' accounts, and for their last statistics, which come
/// on another connection.
void finish(control::RunSession& run, std::chrono::nanoseconds patience) {
    while (!run.poll_finish(patience)) {
        pause_between_polls();
    }
    std::this_thread::sleep_for(kLastStatistics);  // tidy: nothing says that none is on its way
}

/// Makes the load on the clients of an open run, and records their traces.
Result<LoadOutcome> run_load(const model::QueuedExperiment& item,
                             recorder::ExperimentRecording& recording,
                             recorder::RequestAccount& requests,
                             const QueuedRunTools& tools) {
    const std::string& id = item.experiment.id;
    const auto store = TRY(tools.open_store());
    control::RunRequest request;
    request.run_id = id;
    request.name = item.experiment.name.value_or("");
    request.keep_alive = false;  // as the clients of the original (contract 2.10)
    const auto run =
        TRY(control::RunSession::open(tools.cluster, tools.subscriber, request, tools.clock));
    recorder::TraceRecorder traces({.run_id = id, .statistics = statistics_of(*run)}, tools.redis,
                                   *store, tools.clock);
    auto outcome = [&] {
        LoadSession session(tools.cluster, *run,
                            [&](const auto& clients) { recording.record_traces_of(clients); });
        return follow_traced(item, session, tools);
    }();
    finish(*run, outcome && !outcome->stopped ? kDrain : std::chrono::nanoseconds(0));
    if (const auto paused = tools.cluster.stop_tracing(); !paused) {
        base::log_warn("tracing goes on: {}", paused.error().message());
    }
    const auto stopped_at = tools.clock.monotonic();
    const auto wait = [&] {
        pause_between_polls();
        return (outcome && !outcome->stopped) || tools.clock.monotonic() - stopped_at < kDrain;
    };
    requests = account_of(*run, traces.finish(traces_shipped(*run), kTracePatience, wait));
    if (outcome) {
        for (const auto& worker : run->workers()) {
            if (worker.lost) {
                outcome->add_trouble(
                    fmt::format("worker {} is lost: {}", worker.name, worker.lost_reason));
            }
        }
    }
    return outcome;
}

/// What is known of the requests of an interrupted experiment: its rows are those of both daemons.
Result<void> note_account(const std::string& exp_id,
                          const control::RunSession& run,
                          recorder::RecordedTraces recorded,
                          store::ExperimentStore& store) {
    if (!store.reads_back()) {
        return {};
    }
    recorded.stored = TRY(store.count_traces(exp_id));
    auto metadata = TRY(store.metadata(exp_id)).value_or(model::Json::object());
    metadata["recorded"] = recorder::to_json(account_of(run, recorded));
    metadata["recorded"]["experiment"] = exp_id;
    return store.save_metadata(exp_id, metadata);
}

recorder::RecordingEnd end_of(const model::QueuedExperiment& item,
                              const Result<LoadOutcome>& outcome) {
    recorder::RecordingEnd end{kFinished, model::Json::object()};
    if (item.instructions) {
        end.metadata["instructions"] = *item.instructions;
    } else {
        end.metadata["configuration"] = item.configuration;
    }
    if (outcome && !outcome->troubles.empty()) {
        end.metadata["troubles"] = outcome->troubles;
    }
    if (!outcome || outcome->stopped) {
        end.status = kFailed;
        end.metadata["reason"] = outcome ? *outcome->stopped : outcome.error().message();
    }
    return end;
}

}  // namespace

Result<std::string> run_queued(const model::QueuedExperiment& item, const QueuedRunTools& tools) {
    recorder::RecordingRequest request;
    request.id = item.experiment.id;
    request.name = item.experiment.name;
    request.creator = item.experiment.creator;
    request.created = item.experiment.created;
    request.status = "IN_PROGRESS";
    request.traces = recorder::RecordedClients::kNamed;
    const auto recording = TRY(recorder::ExperimentRecording::start(
        request, tools.redis, tools.subscriber, TRY(tools.open_store()), tools.clock, tools.rng));
    base::log_info("experiment {} begins", item.experiment.id);
    recorder::RequestAccount requests;
    const auto outcome = run_load(item, *recording, requests, tools);
    auto end = end_of(item, outcome);
    end.requests = requests;
    TRY(recording->stop(end));
    base::log_info("experiment {}: {}{}", item.experiment.id, end.status,
                   end.metadata.contains("reason")
                       ? ": " + end.metadata["reason"].get<std::string>()
                       : std::string());
    return end.status;
}

Result<void> close_interrupted(const model::Experiment& row, const QueuedRunTools& tools) {
    const auto store = TRY(tools.open_store());
    const auto run =
        TRY(control::RunSession::take_over(tools.cluster, tools.subscriber, row.id, tools.clock));
    finish(*run, std::chrono::nanoseconds(0));
    recorder::TraceRecorder::Options options;
    options.run_id = row.id;
    options.resumed = true;
    options.statistics = statistics_of(*run);
    recorder::TraceRecorder traces(options, tools.redis, *store, tools.clock);
    const auto recorded =
        traces.finish(std::numeric_limits<std::uint64_t>::max(), kRestPatience, [] {
            pause_between_polls();
            return true;
        });
    base::log_info("experiment {}: {} traces that its daemon had left behind are stored", row.id,
                   recorded.stored);
    TRY(note_account(row.id, *run, recorded, *store));
    return mark_failed(row, "interrupted: the daemon that ran it ended before it did", *store,
                       tools.clock);
}

Result<void> mark_failed(const model::Experiment& experiment,
                         const std::string& reason,
                         store::ExperimentStore& store,
                         base::Clock& clock) {
    auto failed = experiment;
    failed.status = kFailed;
    failed.end = base::to_epoch_seconds(clock.wall());
    const auto known = TRY(store.find(failed.id));
    TRY(known ? store.update(failed) : store.save(failed));
    auto metadata = TRY(store.metadata(failed.id)).value_or(model::Json::object());
    metadata["exp_id"] = failed.id;
    metadata["reason"] = reason;
    TRY(store.save_metadata(failed.id, metadata));
    base::log_warn("experiment {}: {}: {}", failed.id, kFailed, reason);
    return {};
}

}  // namespace galileo::experiment
