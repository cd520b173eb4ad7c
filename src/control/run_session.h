#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/result.h"
#include "control/cluster.h"
#include "control/dealing.h"
#include "coord/lease.h"
#include "coord/run_protocol.h"
#include "coord/stats_channel.h"
#include "redis/subscriber.h"
#include "stats/interval.h"
#include "stats/timeline.h"

namespace galileo::control {

/// What is known of one worker of the run.
struct RunWorker {
    std::string name;
    std::map<std::string, std::string> labels;
    coord::PreparedRun prepared;
    base::MonotonicTime last_report{};  ///< when its last statistics came
    bool lost = false;                  ///< its lease ran out, or it does not answer
    std::string lost_reason;
    std::optional<coord::RunAccount> account;          ///< once it has finished
    std::optional<base::MonotonicTime> unheard_since;  ///< it did not answer when last asked
};

/// One run over the workers of a cluster: prepared everywhere, started at one instant, followed by
/// the statistics channel, finished with each worker's account. Keeps the run's lease: workers stop
/// by themselves when it lapses, so a controller that dies leaves no load behind. Used by one
/// thread; thread-compatible.
class RunSession {
  public:
    /// Chooses workers and prepares the run on them. kNotFound: no worker of ours is registered, or
    /// none has the labels of a workload, and what there is instead; kInvalidInput: a worker
    /// refuses the request; kUnavailable, kTimeout: a worker does not answer. On error nothing is
    /// left prepared.
    static Result<std::unique_ptr<RunSession>> prepare(Cluster& cluster,
                                                       redis::Subscriber& subscriber,
                                                       const RunRequest& request,
                                                       base::Clock& clock);
    /// Begins an open run (coord::PrepareRun), with no worker so far.
    static Result<std::unique_ptr<RunSession>> open(Cluster& cluster,
                                                    redis::Subscriber& subscriber,
                                                    const RunRequest& request,
                                                    base::Clock& clock);
    /// Takes the place of the controller of a run that is dead: stops the load on all workers of
    /// ours that still have a part in the run and begins their draining. To be finished like any
    /// other. Workers that do not answer are left out; they end their part by themselves.
    static Result<std::unique_ptr<RunSession>> take_over(Cluster& cluster,
                                                         redis::Subscriber& subscriber,
                                                         const std::string& run_id,
                                                         base::Clock& clock);
    /// Ends what has not been finished.
    ~RunSession();
    RunSession(const RunSession&) = delete;
    RunSession& operator=(const RunSession&) = delete;

    /// Spawns clients on one worker of ours into an open run; they listen when it returns. The
    /// worker takes part from then on. kInvalidInput: the worker refuses the configuration;
    /// kUnavailable, kTimeout: it does not answer; kNotFound: it is lost.
    Result<std::vector<model::ClientDescription>> spawn_on(const std::string& worker,
                                                           const model::ClientConfig& config,
                                                           std::uint64_t count);

    /// Lets all workers begin at `at`. A worker that cannot be reached counts as lost.
    void start(base::WallTime at);

    /// Everything reported since the last call, merged.
    stats::Snapshot take_interval();

    /// A second of the run that is over, as its workers have reported it.
    struct Second {
        base::WallTime start;
        stats::Timeline::Second content;
    };
    /// The seconds since the last call. Thread-safe.
    std::vector<Second> take_seconds(stats::Timeline::Until until);

    /// Marks workers whose lease has lapsed as lost; call about once a second. Returns the names of
    /// those newly lost.
    std::vector<std::string> check_workers();

    /// Whether every workload has ended by itself on every worker.
    [[nodiscard]] bool load_done() const;
    /// When the last of those reports came; absent: none did, because all workers are lost.
    [[nodiscard]] std::optional<base::MonotonicTime> load_done_at() const;

    /// No request starts any more.
    void stop(const std::string& reason);

    /// What becomes of traces that workers still hold when everything is answered.
    enum class LastTraces { kAwait, kGiveUp };

    /// Asks the workers for their accounts; call it until it returns true: all have finished or are
    /// lost. The first call begins the draining; `drain_timeout` counts from then.
    bool poll_finish(std::chrono::nanoseconds drain_timeout,
                     LastTraces traces = LastTraces::kAwait);

    /// In the order of registration.
    [[nodiscard]] const std::vector<RunWorker>& workers() const noexcept { return workers_; }

    /// The final view: the accounts of the workers that finished and the reports of those that are
    /// lost.
    [[nodiscard]] stats::Snapshot total() const;

    /// The sum of a worker's reports: all there is to go by when it is lost.
    [[nodiscard]] stats::Snapshot reported(const std::string& worker) const;

  private:
    struct Reports {
        base::MonotonicTime last_report{};
        bool load_done = false;
        base::MonotonicTime load_done_at{};  ///< when a report first said so
        stats::Snapshot latest;
        stats::Snapshot sum;
    };
    struct Inbox {
        base::WallTime start{};  ///< of the load, or of the run as long as that is not known
        stats::Timeline timeline;
        stats::Snapshot interval;
        std::map<std::string, Reports, std::less<>> by_worker;
    };

    RunSession(Cluster& cluster,
               redis::Subscriber& subscriber,
               RunRequest request,
               base::Clock& clock);

    Result<std::map<std::string, coord::PrepareRun>> choose_workers();
    Result<void> begin(std::size_t workers);
    Result<RunWorker*> join(const std::string& worker);
    Result<void> prepare_all(const std::map<std::string, coord::PrepareRun>& parts);
    void lose(RunWorker& worker, std::string reason);
    Result<model::Json> call(const RunWorker& worker,
                             const char* function,
                             const model::Json& argument,
                             std::chrono::milliseconds patience);

    Cluster& cluster_;
    redis::Subscriber& subscriber_;
    const RunRequest request_;
    base::Clock& clock_;
    std::vector<RunWorker> workers_;
    std::unique_ptr<coord::LeaseKeeper> lease_;
    std::shared_ptr<base::Guarded<Inbox>>
        inbox_;  // shared with the subscriber's handler, which may outlive us for a moment
};

}  // namespace galileo::control
