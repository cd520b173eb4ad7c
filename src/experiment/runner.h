#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "experiment/progress.h"
#include "experiment/spec.h"
#include "redis/options.h"
#include "store/experiment_store.h"

namespace galileo::experiment {

/// What the user has asked of a run in progress.
enum class StopWish {
    kNone,
    kGraceful,  ///< start nothing more, wait for the answers, report
    kAbort,     ///< give up what is in flight, report
};

struct RunnerOptions {
    std::optional<redis::RedisOptions> redis;  ///< absent: a private one, with workers of our own
    std::string spec_file;                     ///< for messages; empty: flags
    std::string user;                          ///< creator where the specification names none
    std::chrono::nanoseconds worker_patience =
        std::chrono::seconds(15);  ///< for our own workers to register
    /// Opens the database of a run whose specification names no SQLite file, and what to call it;
    /// unset: `galileodb.sqlite`.
    std::function<Result<std::unique_ptr<store::ExperimentStore>>()> open_store{};
    std::string store_name{};
    /// Waits for the user, `patience` at the most, and says what he wants; called in place of every
    /// pause, on the runner's thread.
    std::function<StopWish(std::chrono::milliseconds patience)> wait;
};

/// kInvalidInput when a service has no routes and would get none: it takes those of the routing
/// table, which a Redis that the run starts itself does not have. And when it has one to a sample
/// service, which only a run with workers of its own starts.
Result<void> check_routes(const ExperimentSpec& spec, const RunnerOptions& options);

/// Runs one experiment from its checked specification to its summary: brings up what it needs,
/// prepares the workers, records traces into the database, tells `listener`, and takes everything
/// down again. Blocks for the whole run; everything it starts is bound to the calling thread.
///
/// An Error means that there is no summary because the load never started: kInvalidInput, kNotFound
/// (no worker matches), kUnavailable, kConflict, kCancelled (the user gave up before), ... Later
/// trouble is part of the summary.
Result<RunSummary> run_experiment(const ExperimentSpec& spec,
                                  const RunnerOptions& options,
                                  ProgressListener& listener,
                                  base::Clock& clock);

}  // namespace galileo::experiment
