#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "coord/lease.h"
#include "coord/run_protocol.h"
#include "coord/stats_channel.h"
#include "engine/engine.h"
#include "pacing/arrivals.h"
#include "worker/client_host.h"
#include "worker/run_leases.h"
#include "worker/trace_shipper.h"

namespace galileo::worker {

/// The worker's side of runs (coord/run_protocol.h): prepared, started, draining, finished. Several
/// runs may go on side by side; each has connections, statistics and a trace stream of its own.
/// Thread-safe.
class RunHost {
  public:
    struct Identity {
        std::string worker;
        unsigned loops = 1;
    };

    /// All must outlive the host.
    RunHost(Identity identity,
            engine::Engine& engine,
            ClientHost& clients,
            TraceShipper& shipper,
            coord::StatsPublisher& statistics,
            coord::LeaseBook& leases,
            base::Clock& clock);
    /// Abandons what still runs.
    ~RunHost();
    RunHost(const RunHost&) = delete;
    RunHost& operator=(const RunHost&) = delete;

    /// kInvalidInput names what cannot be done; then nothing of the run is left behind. kConflict:
    /// the run is there already.
    Result<coord::PreparedRun> prepare(const coord::PrepareRun& request);
    /// Adds clients to an open run, which is prepared or running. kInvalidInput: it is not open, or
    /// the configuration is wrong; kConflict: it is finishing.
    Result<coord::SpawnedIntoRun> spawn(const coord::SpawnIntoRun& request);
    Result<void> start(const coord::StartRun& request);
    Result<void> stop(const coord::StopRun& request);
    /// Begins or continues the draining, which goes on as long as the last traces find takers; once
    /// finished, the account stays for a minute so that a lost answer can be asked for again.
    Result<coord::RunAccount> finish(const coord::FinishRun& request);

    /// To be called several times a second. Publishes each run's statistics at every full second
    /// since its start, and abandons runs whose controller has let their lease lapse.
    void tick();

    /// Ends all runs, shipping what they have. For shutting down.
    void abandon_all(const std::string& reason);

  private:
    struct Run {
        coord::PrepareRun request;
        coord::WorkerRunState state = coord::WorkerRunState::kPrepared;
        std::vector<std::vector<std::string>>
            clients;  ///< ids, for each assignment of the request, or each spawn() of an open run
        /// Clients whose workload has ended by itself and whose last answer is in; shared with the
        /// loops, which count.
        std::shared_ptr<std::atomic<std::uint64_t>> finished_clients =
            std::make_shared<std::atomic<std::uint64_t>>(0);
        std::uint64_t reports = 0;
        base::MonotonicTime next_report{};
        bool end_reported = false;  ///< that every client has finished
        stats::Snapshot total;
        base::MonotonicTime load_until{};  ///< by our clock, which may differ from the
                                           ///< controller's; no draining ends before
        base::MonotonicTime drain_until{};
        base::MonotonicTime forget_at{};
        bool abandoned = false;
        bool shipping = false;  ///< nothing is in flight any more; the traces are on their way
        TraceOutlet::Closing traces = TraceOutlet::Closing::kShipAll;
        coord::RunAccount account;
    };
    using Runs = std::map<std::string, Run, std::less<>>;

    Result<void> add_clients(Run& run);
    engine::ClientWorkload workload_of(const coord::WorkloadAssignment& assignment,
                                       std::uint64_t index,
                                       std::uint64_t seed,
                                       base::MonotonicTime start) const;
    static std::uint64_t client_count(const Run& run);
    static bool is_open(const Run& run);
    static bool all_finished(const Run& run);
    void stop_load(Run& run);
    void begin_drain(Run& run, std::chrono::nanoseconds timeout);
    void advance(const std::string& run_id, Run& run);
    std::optional<ShippedTraces> ship(const std::string& run_id, Run& run);
    void close(const std::string& run_id, Run& run, const ShippedTraces& traces);
    void publish(const std::string& run_id, Run& run);
    void discard(const std::string& run_id, Run& run);

    const Identity identity_;
    engine::Engine& engine_;
    ClientHost& clients_;
    TraceShipper& shipper_;
    coord::StatsPublisher& statistics_;
    base::Clock& clock_;

    std::mutex mutex_;
    // Protected by mutex_:
    RunLeases leases_;
    Runs runs_;
};

}  // namespace galileo::worker
