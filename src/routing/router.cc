#include "routing/router.h"

#include <fmt/format.h>

#include <span>
#include <utility>

namespace galileo::routing {

namespace {

constexpr std::size_t kServicesMax = 1'000;

Target debug_target() {
    return {.scheme = Scheme::kHttp,
            .host = "debughost",
            .port = 80,
            .authority = "debughost",
            .prefix = ""};
}

}  // namespace

Result<RouterType> parse_router_type(std::string_view name) {
    if (name == "CachingSymmetryHostRouter" || name == "SymmetryHostRouter") {
        return RouterType::kHost;
    }
    if (name == "CachingSymmetryServiceRouter" || name == "SymmetryServiceRouter") {
        return RouterType::kService;
    }
    if (name == "StaticRouter") {
        return RouterType::kStatic;
    }
    if (name == "DebugRouter") {
        return RouterType::kDebug;
    }
    return Error(ErrorCode::kInvalidInput, fmt::format("Unknown router type {}", name));
}

Result<Router> Router::create(const RouterOptions& options, const RoutingTable& table) {
    Target fixed;
    if (options.type == RouterType::kStatic) {
        fixed = TRY_WITHIN("prefix of StaticRouter", parse_target(options.static_prefix));
    } else if (options.type == RouterType::kDebug) {
        fixed = debug_target();
    }
    return Router(options, table, std::move(fixed));
}

Result<Router::States::value_type*> Router::state_of(std::string_view service) {
    if (last_ != nullptr && last_->first == service) {
        return last_;
    }
    auto known = states_.find(service);
    if (known == states_.end()) {
        if (states_.size() >= kServicesMax) {
            return Error(ErrorCode::kExhausted,
                         fmt::format("one client may use {} services at most", kServicesMax));
        }
        const std::uint64_t seed = base::Rng::stream(seed_, states_.size())();
        known = states_
                    .emplace(service, ServiceState{.table_version = table_->version(),
                                                   .set = nullptr,
                                                   .loads = nullptr,
                                                   .balancer = Balancer(balancer_, seed)})
                    .first;
        fetch(service, known->second);
    }
    last_ = &*known;
    return last_;
}

void Router::fetch(std::string_view service, ServiceState& state) const {
    auto set = table_->find(service);
    if (set == state.set) {
        return;
    }
    state.set = std::move(set);
    state.loads = state.set != nullptr && loads_ != nullptr && looks_at_load(balancer_)
                      ? loads_->of(*state.set)
                      : nullptr;
}

Result<Route> Router::next(std::string_view service, base::MonotonicTime now) {
    if (type_ == RouterType::kStatic || type_ == RouterType::kDebug) {
        return Route{.version = 0, .host_index = 0, .target = fixed_.get()};
    }
    ServiceState& state = TRY(state_of(service))->second;
    // The number first: a change between the two reads is then noticed at the next draw.
    if (const auto version = table_->version(); version != state.table_version) {
        state.table_version = version;
        fetch(service, state);
    }
    if (state.set == nullptr) {
        return Error(ErrorCode::kNotFound,
                     fmt::format("no routing record for service '{}'", service));
    }
    const std::span<HostLoad* const> loads =
        state.loads ? std::span<HostLoad* const>(*state.loads) : std::span<HostLoad* const>();
    const auto index = state.balancer.next(
        {.wheel = state.set->wheel, .weights = state.set->weights, .loads = loads, .now = now});
    if (!index) {
        return Error(ErrorCode::kUnavailable,
                     fmt::format("all weights of service '{}' are 0", service));
    }
    const auto& targets =
        type_ == RouterType::kService ? state.set->service_targets : state.set->host_targets;
    return Route{.version = state.set->version,
                 .host_index = *index,
                 .target = &targets[*index],
                 .load = loads.empty() ? nullptr : loads[*index]};
}

}  // namespace galileo::routing
