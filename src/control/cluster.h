#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "coord/bus.h"
#include "coord/lease.h"
#include "coord/registry.h"
#include "coord/rpc.h"
#include "model/client.h"
#include "model/workload.h"
#include "redis/client.h"
#include "redis/subscriber.h"

namespace galileo::control {

/// A worker of ours that is alive, with its labels.
struct LiveWorker {
    coord::WorkerLease lease;
    coord::Labels labels;
};

/// All the workers and clients behind one Redis, as a controller sees and commands them
/// (contract 1.8). Works with the original's workers too, but for what says otherwise. Borrows what
/// it is given. Every call blocks on Redis. Thread-safe.
class Cluster {
  public:
    Cluster(redis::Client& redis, redis::Subscriber& subscriber, base::Clock& clock);

    /// Registered workers, alive or not, with their labels; in order of name.
    Result<std::vector<coord::RegisteredWorker>> workers();
    /// Registered workers of ours whose lease stands; in order of name.
    Result<std::vector<LiveWorker>> live_workers();
    /// The names of all workers that answer within two seconds.
    Result<std::vector<std::string>> ping();
    /// Empties the registry and asks all workers to register again; returns how many were asked.
    Result<std::int64_t> discover();

    /// Spawns `count` clients, each on the matching worker with the fewest (contract 1.8), and
    /// waits until all of them listen. kNotFound: no worker matches the labels; kInvalidInput: a
    /// worker refuses the configuration.
    Result<std::vector<model::ClientDescription>> spawn(const model::ClientConfig& config,
                                                        std::uint64_t count);
    Result<void> close(const std::string& client_id);
    Result<void> set_workload(const std::string& client_id, const model::Workload& workload);
    Result<void> stop_workload(const std::string& client_id);
    /// Every client that answers within two seconds.
    Result<std::vector<model::ClientInfo>> client_infos();

    /// How many workers were told.
    Result<std::int64_t> start_tracing();
    Result<std::int64_t> stop_tracing();

    [[nodiscard]] redis::Client& redis() noexcept { return redis_; }
    [[nodiscard]] coord::RpcCaller& rpc() noexcept { return rpc_; }
    [[nodiscard]] coord::LeaseBook& leases() noexcept { return leases_; }
    [[nodiscard]] coord::Registry& registry() noexcept { return registry_; }

  private:
    Result<std::vector<std::string>> matching_workers(const model::ClientConfig& config);
    Result<void> wait_until_listening(const std::vector<model::ClientDescription>& clients);

    redis::Client& redis_;
    base::Clock& clock_;
    coord::Registry registry_;
    coord::LeaseBook leases_;
    coord::RpcCaller rpc_;
    coord::EventBus bus_;
};

}  // namespace galileo::control
