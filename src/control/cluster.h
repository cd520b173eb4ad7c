#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "coord/bus.h"
#include "coord/client_protocol.h"
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
    /// The same without the workers of ours that are not alive: those silent for some seconds are
    /// left out, and what those whose lease has lapsed have left in the registry is removed. One of
    /// the original's that has taken the name of such a worker answers, and stays.
    Result<std::vector<coord::RegisteredWorker>> present_workers();
    /// What each worker that listens answers within two seconds: its name, or why not.
    Result<std::vector<Result<std::string>>> ping();
    /// Empties the registry and asks all workers to register again; returns how many were asked.
    Result<std::int64_t> discover();

    /// Clients that a worker is to get.
    struct Share {
        std::string worker;
        std::uint64_t clients = 0;
    };
    /// Deals `count` clients out, each to the matching worker with the fewest (contract 1.8).
    /// Workers that get none are left out. kNotFound: no worker matches the labels.
    Result<std::vector<Share>> deal(const model::ClientConfig& config, std::uint64_t count);

    /// Spawns `count` clients, each on the matching worker with the fewest (contract 1.8), and
    /// waits until all of them listen. kNotFound: no worker matches the labels; kInvalidInput: a
    /// worker refuses the configuration.
    Result<std::vector<model::ClientDescription>> spawn(const model::ClientConfig& config,
                                                        std::uint64_t count);

    /// The same, all on one worker.
    Result<std::vector<model::ClientDescription>> spawn_on(const std::string& worker,
                                                           const model::ClientConfig& config,
                                                           std::uint64_t count);

    /// Clients of one worker each, by the worker's name.
    using ClientIds = std::map<std::string, std::vector<std::string>, std::less<>>;
    /// What became of a command to many clients.
    struct Commanded {
        std::uint64_t acknowledged = 0;  ///< clients of our workers that have followed it
        std::uint64_t told = 0;          ///< clients of the original's workers, which never answer
        std::vector<std::string> unknown;  ///< ids that their worker does not host
    };
    /// Sets or stops the workloads of clients, or closes them, on all workers at once.
    /// kInvalidInput: a worker refuses the workload; kTimeout: a worker does not answer within ten
    /// seconds. The others have followed then.
    Result<Commanded> command(coord::ClientAction action,
                              const model::Workload& workload,
                              const ClientIds& clients);
    /// Those of `clients` that exist no more: closed, or hosted by a worker of ours that is gone.
    Result<std::vector<std::string>> gone(const ClientIds& clients);

    /// What each client answers within two seconds: its info, or why not.
    Result<std::vector<Result<model::ClientInfo>>> client_infos();

    /// How many workers were told.
    Result<std::int64_t> start_tracing();
    Result<std::int64_t> stop_tracing();

    [[nodiscard]] redis::Client& redis() noexcept { return redis_; }
    [[nodiscard]] coord::RpcCaller& rpc() noexcept { return rpc_; }
    [[nodiscard]] coord::LeaseBook& leases() noexcept { return leases_; }
    [[nodiscard]] coord::Registry& registry() noexcept { return registry_; }

  private:
    Result<std::vector<std::string>> matching_workers(const model::ClientConfig& config);
    Result<std::vector<std::string>> listening_of(std::vector<std::string> names);
    bool answers(const std::string& worker);
    Result<std::vector<model::ClientDescription>> create(const model::ClientConfig& config,
                                                         const std::vector<Share>& shares);
    Result<void> wait_until_listening(const std::vector<model::ClientDescription>& clients);
    Result<Commanded> ask(const coord::CommandClients& command, const ClientIds& clients);
    Result<std::uint64_t> tell(const coord::CommandClients& command,
                               const std::vector<std::string>& client_ids);

    redis::Client& redis_;
    base::Clock& clock_;
    coord::Registry registry_;
    coord::LeaseBook leases_;
    coord::RpcCaller rpc_;
    coord::EventBus bus_;
};

}  // namespace galileo::control
