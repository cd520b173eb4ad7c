#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "coord/client_protocol.h"
#include "coord/registry.h"
#include "coord/routing_store.h"
#include "coord/rpc.h"
#include "engine/engine.h"
#include "http/request_environment.h"
#include "model/client.h"
#include "model/workload.h"
#include "routing/router.h"
#include "worker/app_sources.h"

namespace galileo::worker {

/// What sets the clients of a run apart from those of the original's protocol.
struct ClientSettings {
    std::string run_id;                   ///< empty: no run
    std::string router;                   ///< contract 2.7; empty: the worker's own
    std::string balancer{};               ///< empty: the parameters', or the worker's own
    std::optional<std::uint64_t> seed{};  ///< of balancers that draw; absent: another each time
    std::optional<std::chrono::nanoseconds> timeout;
    bool traced = true;
};

/// Tells that a client has used its workload up (contract 2.4). Called on a loop thread; must not
/// block.
using FinishedHandler = std::function<void(const std::string& client_id)>;

/// The clients of this worker: in the engine, in the registry, and as subscriptions that answer
/// `Client.get_info`. Thread-safe; blocks on Redis.
class ClientHost {
  public:
    struct Options {
        std::string worker;
        std::uint64_t first_number =
            0;  ///< of client ids: above those that an earlier process of this name has given out
        routing::RouterOptions router;  ///< of clients whose settings name none
        /// What requests take from the worker's environment; null: nothing.
        std::shared_ptr<const http::RequestEnvironment> requests{};
        bool traced = true;  ///< clients without a run: whether there is a sink for their traces
        FinishedHandler on_finished;
    };

    /// What the host works with; all of it must outlive the host.
    struct Surroundings {
        engine::Engine& engine;
        redis::Client& redis;
        coord::Registry& registry;
        coord::RpcServer& rpc;
        coord::RoutingListener& routes;
        const routing::RoutingTable& table;
        AppSources& apps;
        base::Clock& clock;
    };

    ClientHost(Options options, const Surroundings& surroundings);
    ~ClientHost();
    ClientHost(const ClientHost&) = delete;
    ClientHost& operator=(const ClientHost&) = delete;

    /// Makes `count` clients, listening and registered when it returns. All or none. kInvalidInput
    /// names the parameter that is wrong, or tells how the app failed; other errors:
    /// AppSources::open().
    Result<std::vector<model::ClientDescription>> create(const model::ClientConfig& config,
                                                         std::uint64_t count,
                                                         const ClientSettings& settings);

    /// Ends a client: no effect when it is not ours. False then.
    bool close(const std::string& client_id);
    void close_run(std::string_view run_id);
    void close_all();

    /// kNotFound: not a client of ours. kInvalidInput: an unknown distribution or parameters it
    /// does not take; the client keeps its workload.
    Result<void> set_workload(const std::string& client_id, const model::Workload& workload);
    void stop_workload(const std::string& client_id);

    /// The same for many clients. Of a constant interval each begins at another part, so that they
    /// do not all send at the same moments. kInvalidInput when no client can have the workload;
    /// then none got it.
    Result<coord::CommandedClients> command(const coord::CommandClients& command);

    /// Of every client, in order of id.
    [[nodiscard]] std::vector<model::ClientInfo> infos() const;
    [[nodiscard]] std::size_t count() const;

    /// Puts all clients into the registry again, after somebody has emptied it (contract 1.8,
    /// discover).
    Result<void> register_again();

  private:
    struct Hosted {
        model::ClientDescription description;
        std::string run_id;
    };
    using Clients = std::map<std::string, Hosted, std::less<>>;

    Result<engine::ClientSpec> spec_of(const model::ClientDescription& description,
                                       const ClientSettings& settings) const;
    Result<std::unique_ptr<routing::Router>> router_of(const model::ClientDescription& description,
                                                       const ClientSettings& settings) const;
    Result<void> add_to_engine(const std::vector<model::ClientDescription>& descriptions,
                               const ClientSettings& settings);
    Result<void> announce(const std::vector<model::ClientDescription>& descriptions);
    void take_down(const std::vector<std::string>& client_ids);
    std::vector<std::string> forget(const std::function<bool(const Hosted&)>& matches);
    std::vector<std::string> take_unknown(std::vector<std::string>& client_ids) const;
    /// `share` of the first interval passes before the first request, when intervals are constant.
    Result<void> set_workload(const std::string& client_id,
                              const model::Workload& workload,
                              double share);
    Result<engine::ClientWorkload> workload_of(const std::string& client_id,
                                               const model::Workload& workload,
                                               double share);
    Result<std::vector<std::chrono::nanoseconds>> take_recorded(const std::string& client_id);

    const Options options_;
    const Surroundings with_;

    mutable std::mutex mutex_;
    // Protected by mutex_:
    Clients clients_;
    std::uint64_t next_number_;
};

}  // namespace galileo::worker
