#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "routing/balancer.h"
#include "routing/host_load.h"
#include "routing/table.h"
#include "routing/target.h"

namespace galileo::routing {

/// How a client finds the host of a request (contract 2.7). The original's pairs `Caching...` and
/// not differ in whether the table is read from Redis for every draw; here updates are pushed into
/// the RoutingTable, so both names mean the same: a draw always sees the current table, at no cost.
enum class RouterType {
    kHost,     ///< `CachingSymmetryHostRouter`, `SymmetryHostRouter`: `http://<host><path>`
    kService,  ///< `CachingSymmetryServiceRouter`, `SymmetryServiceRouter`:
               ///< `http://<host>/<service><path>`
    kStatic,   ///< `StaticRouter`: one fixed prefix, no table
    kDebug,    ///< `DebugRouter`: nothing is sent; every request counts as answered with 200
};

/// The type that one of the original's six names means. kInvalidInput: `Unknown router type X`.
Result<RouterType> parse_router_type(std::string_view name);

struct RouterOptions {
    RouterType type = RouterType::kHost;
    std::string static_prefix = "http://localhost";  ///< for kStatic; scheme and path are optional
    BalancerType balancer = BalancerType::kWeightedRoundRobin;
    std::uint64_t seed = 0;  ///< of balancers that draw at random
};

/// Where one request goes. Equal (version, host_index) of one router and service mean an equal
/// target, so what is made from it (rendered request, resolved address) can be kept under that key.
struct Route {
    std::uint64_t version = 0;       ///< of the record; 0 for routers without a table
    std::uint32_t host_index = 0;    ///< position in the record, below the number of its hosts
    const Target* target = nullptr;  ///< owned by the router; valid until its next call of next()
    /// To be told of the request's beginning and end; null: nobody wants to know. Valid as long as
    /// the HostLoads.
    HostLoad* load = nullptr;
};

/// Draws hosts for the requests of one client, by its balancer. Loop-bound. Costs one
/// atomic load per draw while the table does not change; allocates and locks only after a change
/// and for a service it has not seen.
class Router {
  public:
    /// `table` must outlive the router. kInvalidInput when the static prefix is not a URL.
    static Result<Router> create(const RouterOptions& options, const RoutingTable& table);

    [[nodiscard]] RouterType type() const noexcept { return type_; }

    /// Where balancers that look at load find it and leave it; without it they draw by weight
    /// alone. Before the first next(). `loads` must outlive the router.
    void attach(HostLoads& loads) noexcept { loads_ = &loads; }

    /// The host for the next request to `service`, from the table as it is now. Static and debug
    /// routers ignore `service`. kNotFound when the service has no record, kUnavailable when all
    /// its weights are 0; the next call tries again. kExhausted when one client asks for more than
    /// 1,000 services. `now`: roughly; only least latency looks at it.
    Result<Route> next(std::string_view service, base::MonotonicTime now = {});

  private:
    struct ServiceState {
        std::uint64_t table_version = 0;      ///< the table as it was when `set` was fetched
        std::shared_ptr<const RouteSet> set;  ///< shared with all routers; absent: no record
        std::shared_ptr<const HostLoads::List> loads;  ///< of the set's hosts; absent: not needed
        Balancer balancer;
    };
    using States = std::map<std::string, ServiceState, std::less<>>;

    Router(const RouterOptions& options, const RoutingTable& table, Target fixed)
        : type_(options.type),
          balancer_(options.balancer),
          seed_(options.seed),
          table_(&table),
          fixed_(std::make_unique<const Target>(std::move(fixed))) {}

    Result<States::value_type*> state_of(std::string_view service);
    void fetch(std::string_view service, ServiceState& state) const;

    RouterType type_;
    BalancerType balancer_;
    std::uint64_t seed_;
    HostLoads* loads_ = nullptr;
    const RoutingTable* table_;
    std::unique_ptr<const Target> fixed_;  ///< on the heap, so that routes outlive a move of us
    States states_;
    States::value_type* last_ = nullptr;  ///< nearly every client asks for one service only
};

}  // namespace galileo::routing
