#include "experiment/queued_run.h"

#include <unistd.h>

#include <utility>

#include "base/log.h"
#include "base/process.h"
#include "coord/keys.h"
#include "coord/lease.h"
#include "recorder/experiment_recording.h"

namespace galileo::experiment {

namespace {

constexpr const char* kFailed = "FAILED";
constexpr const char* kFinished = "FINISHED";

Result<LoadOutcome> follow(const model::QueuedExperiment& item, const QueuedRunTools& tools) {
    LoadSession session(tools.cluster, item.experiment.id);
    const LoadTools load{tools.cluster, session, tools.clock, tools.pause};
    auto outcome =
        item.instructions
            ? follow_instructions(*item.instructions, load)
            : follow_ticks(TRY(model::configuration_from_wire(item.configuration)), load);
    if (outcome) {
        if (const auto closed = session.close_all(); !closed) {
            outcome->add_trouble("clients may stay behind: " + closed.error().message());
        }
    }
    return outcome;
}

/// Between StartTracing and PauseTracing, so that the original's workers trace too.
Result<LoadOutcome> follow_traced(const model::QueuedExperiment& item,
                                  const QueuedRunTools& tools) {
    TRY(tools.cluster.start_tracing());
    auto outcome = follow(item, tools);
    if (const auto paused = tools.cluster.stop_tracing(); !paused) {
        base::log_warn("tracing goes on: {}", paused.error().message());
    }
    return outcome;
}

coord::RunLease lease_of(const model::QueuedExperiment& item, const QueuedRunTools& tools) {
    coord::RunLease lease;
    lease.run_id = item.experiment.id;
    lease.name = item.experiment.name.value_or("");
    lease.host = base::host_name();
    lease.pid = ::getpid();
    lease.started = base::to_epoch_seconds(tools.clock.wall());
    return lease;
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

Result<std::string> run_queued(const model::QueuedExperiment& item,
                               std::unique_ptr<store::ExperimentStore> store,
                               const QueuedRunTools& tools) {
    recorder::RecordingRequest request;
    request.id = item.experiment.id;
    request.name = item.experiment.name;
    request.creator = item.experiment.creator;
    request.created = item.experiment.created;
    request.status = "IN_PROGRESS";
    const auto recording = TRY(recorder::ExperimentRecording::start(
        request, tools.redis, tools.subscriber, std::move(store), tools.clock, tools.rng));
    base::log_info("experiment {} begins", item.experiment.id);
    const auto outcome = [&] {
        const coord::LeaseKeeper lease(tools.redis, coord::keys::run_lease(item.experiment.id),
                                       coord::encode_lease(lease_of(item, tools)));
        return follow_traced(item, tools);
    }();
    const auto end = end_of(item, outcome);
    TRY(recording->stop(end));
    base::log_info("experiment {}: {}{}", item.experiment.id, end.status,
                   end.metadata.contains("reason")
                       ? ": " + end.metadata["reason"].get<std::string>()
                       : std::string());
    return end.status;
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
