#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "control/cluster.h"
#include "coord/experiment_queue.h"
#include "coord/lease.h"
#include "coord/rpc.h"
#include "experiment/queued_run.h"
#include "experiment/stop_request.h"
#include "redis/client.h"
#include "redis/subscriber.h"
#include "store/experiment_store.h"

namespace galileo::experiment {

/// Runs queued experiments, one after the other (contract 4.1 to 4.3). None is lost: an item leaves
/// the queue's keeping only once its row is final. One whose daemon died is closed as FAILED by the
/// next daemon, when it had begun, and run, when it had not. Items that cannot be read go to the
/// list of dead ones. Used by one thread.
class ExperimentDaemon {
  public:
    struct Options {
        std::string name;  ///< no two daemons that are alive share one
        /// Opens the database that experiments go to; called for each experiment.
        OpenStore open_store;
        /// Waits, for so long at the most; true when the daemon is to end.
        std::function<bool(std::chrono::nanoseconds)> wait;
    };

    /// kConflict: a daemon of this name is alive. The rest must outlive the daemon.
    static Result<std::unique_ptr<ExperimentDaemon>> start(Options options,
                                                           redis::Client& redis,
                                                           redis::Subscriber& subscriber,
                                                           base::Clock& clock);
    ~ExperimentDaemon();
    ExperimentDaemon(const ExperimentDaemon&) = delete;
    ExperimentDaemon& operator=(const ExperimentDaemon&) = delete;

    /// Until `wait` says so, or the queue holds "__POISON__". An experiment in progress ends as
    /// FAILED then. While Redis or the database are away it goes on trying.
    void run();

  private:
    ExperimentDaemon(Options options,
                     redis::Client& redis,
                     redis::Subscriber& subscriber,
                     base::Clock& clock);

    enum class Next { kGoOn, kEnd };
    Result<Next> turn();
    Result<void> take_over();
    Result<Next> begin(const std::string& item);
    Result<void> run_item(const std::string& item, model::QueuedExperiment experiment);
    Result<void> resume(const std::string& item);
    Result<void> bury(const std::string& item, const std::string& reason);
    std::optional<std::string> pause(base::MonotonicTime until);
    [[nodiscard]] QueuedRunTools tools();

    const Options options_;
    redis::Client& redis_;
    redis::Subscriber& subscriber_;
    base::Clock& clock_;
    base::Rng rng_;
    control::Cluster cluster_;
    coord::ExperimentQueue queue_;
    StopRequest stop_request_;
    const Pause pause_;
    coord::RpcServer rpc_;
    std::unique_ptr<coord::LeaseKeeper> lease_;
    bool ending_ = false;
    base::MonotonicTime take_over_at_{};
};

}  // namespace galileo::experiment
