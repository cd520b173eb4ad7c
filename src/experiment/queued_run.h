#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "control/cluster.h"
#include "experiment/queued_load.h"
#include "model/queued_experiment.h"
#include "redis/client.h"
#include "redis/subscriber.h"
#include "store/experiment_store.h"

namespace galileo::experiment {

/// What a queued experiment needs to run; borrowed.
struct QueuedRunTools {
    redis::Client& redis;
    redis::Subscriber& subscriber;
    control::Cluster& cluster;
    base::Clock& clock;
    base::Rng& rng;
    const Pause& pause;
};

/// Runs a queued experiment, which must have an id, from its row IN_PROGRESS to its row FINISHED or
/// FAILED (contract 4.3): records traces, telemetry and events, makes the load, closes its clients
/// on every path. The metadata says in the end what was asked for (`configuration` or
/// `instructions`), what was `recorded`, the `troubles`, and of a FAILED one the `reason`. Returns
/// the status. An Error: the row could not be made or made final; nothing is left running.
Result<std::string> run_queued(const model::QueuedExperiment& item,
                               std::unique_ptr<store::ExperimentStore> store,
                               const QueuedRunTools& tools);

/// Makes the row of an experiment that is not run, or not to its end, FAILED, with the reason in
/// its metadata. A row that is missing is made.
Result<void> mark_failed(const model::Experiment& experiment,
                         const std::string& reason,
                         store::ExperimentStore& store,
                         base::Clock& clock);

}  // namespace galileo::experiment
