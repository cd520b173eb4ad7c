#pragma once

#include <functional>
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

/// Opens the database that experiments go to.
using OpenStore = std::function<Result<std::unique_ptr<store::ExperimentStore>>()>;

/// What a queued experiment needs to run; borrowed.
struct QueuedRunTools {
    const OpenStore& open_store;
    redis::Client& redis;
    redis::Subscriber& subscriber;
    control::Cluster& cluster;
    base::Clock& clock;
    base::Rng& rng;
    const Pause& pause;
};

/// Runs a queued experiment, which must have an id, from its row IN_PROGRESS to its row FINISHED or
/// FAILED (contract 4.3): records traces, telemetry and events, makes the load, closes its clients
/// on every path. On our workers the clients are those of an open run (coord::PrepareRun), whose
/// traces come by its stream and are accounted for; those of the original's clients come over its
/// channel. The metadata says in the end what was asked for (`configuration` or `instructions`),
/// what was `recorded`, the `troubles`, and of a FAILED one the `reason`. Returns the status. An
/// Error: the row could not be made or made final; nothing is left running.
Result<std::string> run_queued(const model::QueuedExperiment& item, const QueuedRunTools& tools);

/// Brings an experiment whose daemon has died to its end: ends its load, stores the traces that are
/// still on their way, each once, and makes its row FAILED. Waits for the workers' accounts.
Result<void> close_interrupted(const model::Experiment& row, const QueuedRunTools& tools);

/// Makes the row of an experiment that is not run, or not to its end, FAILED, with the reason in
/// its metadata. A row that is missing is made.
Result<void> mark_failed(const model::Experiment& experiment,
                         const std::string& reason,
                         store::ExperimentStore& store,
                         base::Clock& clock);

}  // namespace galileo::experiment
