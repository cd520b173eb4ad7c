#include "worker/client_host.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <utility>

#include "base/log.h"
#include "base/random.h"
#include "coord/keys.h"
#include "http/request.h"
#include "pacing/arrivals.h"
#include "pacing/distribution.h"

namespace galileo::worker {

namespace {

constexpr std::uint64_t kMaxAtOnce = 1'000'000;
constexpr const char* kBalancerParameter = "balancer";  // beside method, path and kwargs
constexpr std::string_view kGetInfoType = "galileo.worker.api.ClientInfo";

/// Parameters as numbers; kInvalidInput for anything else.
Result<std::vector<double>> numbers_of(const model::Json& parameters) {
    std::vector<double> numbers;
    if (parameters.is_null()) {
        return numbers;
    }
    if (!parameters.is_array()) {
        return Error(ErrorCode::kInvalidInput,
                     "the parameters of a distribution must be a list of numbers");
    }
    for (const auto& parameter : parameters) {
        if (!parameter.is_number()) {
            return Error(ErrorCode::kInvalidInput,
                         fmt::format("{} is not a number", model::to_python_json(parameter)));
        }
        numbers.push_back(parameter.get<double>());
    }
    return numbers;
}

/// Contract 2.4: absent and 0 both mean no limit.
std::optional<std::uint64_t> limit_of(const model::Workload& workload) {
    return workload.num && *workload.num > 0 ? workload.num : std::nullopt;
}

bool has_app(const model::ClientConfig& config) {
    return config.client && !config.client->empty();
}

std::vector<std::string> ids_of(const std::vector<model::ClientDescription>& descriptions) {
    std::vector<std::string> ids;
    for (const auto& description : descriptions) {
        ids.push_back(description.client_id);
    }
    return ids;
}

}  // namespace

ClientHost::ClientHost(Options options, const Surroundings& surroundings)
    : options_(std::move(options)), with_(surroundings), next_number_(options_.first_number) {}

ClientHost::~ClientHost() {
    close_all();
}

Result<engine::ClientSpec> ClientHost::spec_of(const model::ClientDescription& description,
                                               const ClientSettings& settings) const {
    const auto& config = description.config;
    engine::ClientSpec spec;
    spec.id = description.client_id;
    spec.service = config.service;
    spec.run_id = settings.run_id;
    if (!has_app(config)) {
        model::Json parameters = config.parameters;
        if (parameters.is_object()) {
            parameters.erase(kBalancerParameter);
        }
        auto request = TRY_WITHIN(
            "parameters",
            http::RequestTemplate::from_parameters(parameters, {.environment = options_.requests}));
        spec.request = std::make_shared<const http::RequestTemplate>(std::move(request));
    }
    spec.router = TRY(router_of(description, settings));
    spec.timeout = settings.timeout;
    spec.traced = settings.run_id.empty() ? options_.traced : settings.traced;
    return spec;
}

Result<std::unique_ptr<routing::Router>> ClientHost::router_of(
    const model::ClientDescription& description, const ClientSettings& settings) const {
    routing::RouterOptions router = options_.router;
    if (!settings.router.empty()) {
        router.type = TRY(routing::parse_router_type(settings.router));
    }
    const model::Json& parameters = description.config.parameters;
    if (!has_app(description.config) && parameters.is_object() &&
        parameters.contains(kBalancerParameter)) {
        const model::Json& name = parameters[kBalancerParameter];
        router.balancer = TRY_WITHIN(
            "parameters",
            routing::parse_balancer_type(name.is_string() ? name.get<std::string>()
                                                          : model::to_python_json(name)));
    }
    if (!settings.balancer.empty()) {
        router.balancer = TRY(routing::parse_balancer_type(settings.balancer));
    }
    router.seed = settings.seed ? *settings.seed + std::hash<std::string>()(description.client_id)
                                : base::entropy_seed();
    return std::make_unique<routing::Router>(TRY(routing::Router::create(router, with_.table)));
}

Result<std::vector<model::ClientDescription>> ClientHost::create(const model::ClientConfig& config,
                                                                 std::uint64_t count,
                                                                 const ClientSettings& settings) {
    std::vector<model::ClientDescription> descriptions;
    if (count == 0) {
        return descriptions;
    }
    if (count > kMaxAtOnce) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("{} clients at once; allowed are up to {}", count, kMaxAtOnce));
    }
    if (!coord::keys::is_usable_name(config.service)) {
        return Error(
            ErrorCode::kInvalidInput,
            fmt::format(
                "service '{}': allowed are 1 to 200 characters without commas and white space",
                config.service));
    }
    if (settings.router == "StaticRouter" &&
        options_.router.static_prefix == routing::RouterOptions().static_prefix) {
        base::log_warn(
            "StaticRouter: galileo_router_static_host is not set, so all requests go to {}",
            options_.router.static_prefix);
    }
    if (const auto watched = with_.routes.watch(config.service); !watched) {
        base::log_warn("routing record of {}: {}", config.service,
                       watched.error().message());  // it is loaded when Redis is back
    }
    std::uint64_t first = 0;
    {
        const std::lock_guard lock(mutex_);
        first = std::exchange(next_number_, next_number_ + count);
    }
    for (std::uint64_t index = 0; index < count; ++index) {
        descriptions.push_back(
            {fmt::format("{}:{}:{}", options_.worker, config.service, first + index),
             options_.worker, config});
    }
    TRY(add_to_engine(descriptions, settings));
    if (auto announced = announce(descriptions); !announced) {
        take_down(ids_of(descriptions));
        return std::move(announced).error();
    }
    const std::lock_guard lock(mutex_);
    for (const auto& description : descriptions) {
        clients_.emplace(description.client_id, Hosted{description, settings.run_id});
    }
    return descriptions;
}

Result<void> ClientHost::add_to_engine(const std::vector<model::ClientDescription>& descriptions,
                                       const ClientSettings& settings) {
    const auto& config = descriptions.front().config;
    std::vector<std::unique_ptr<engine::RequestSource>> sources(descriptions.size());
    if (has_app(config)) {
        sources = TRY(with_.apps.open(*config.client, config.parameters, ids_of(descriptions)));
    }
    auto source = sources.begin();
    for (auto it = descriptions.begin(); it != descriptions.end(); ++it) {
        auto spec = spec_of(*it, settings);
        if (spec) {
            spec->source = std::move(*source++);
        }
        auto added = spec ? with_.engine.add_client(std::move(*spec)) : Result<void>(spec.error());
        if (!added) {
            for (auto undo = descriptions.begin(); undo != it; ++undo) {
                with_.engine.remove_client(undo->client_id);
            }
            return added;
        }
    }
    return {};
}

/// Listening first, then registered: whoever finds a client can reach it (contract 2.2).
Result<void> ClientHost::announce(const std::vector<model::ClientDescription>& descriptions) {
    std::vector<coord::RpcServer::Responder> responders;
    for (const auto& description : descriptions) {
        responders.push_back(
            {description.client_id,
             [this, description](const model::Json&) -> Result<coord::RpcAnswer> {
                 const auto counters = with_.engine.counters(description.client_id)
                                           .value_or(engine::ClientCounters{});
                 const model::ClientInfo info{description, counters.requests, counters.failed};
                 return coord::RpcAnswer{model::to_wire(info), std::string(kGetInfoType)};
             }});
    }
    TRY(with_.rpc.add_responders(std::string(coord::keys::kGetInfo), std::move(responders)));
    return with_.registry.register_clients(options_.worker, descriptions);
}

void ClientHost::take_down(const std::vector<std::string>& client_ids) {
    if (client_ids.empty()) {
        return;
    }
    if (const auto gone = with_.registry.unregister_clients(options_.worker, client_ids); !gone) {
        base::log_warn("{} clients stay registered: {}", client_ids.size(), gone.error().message());
    }
    with_.rpc.remove_responders(std::string(coord::keys::kGetInfo), client_ids);
    for (const auto& id : client_ids) {
        with_.engine.remove_client(id);
    }
}

std::vector<std::string> ClientHost::forget(const std::function<bool(const Hosted&)>& matches) {
    std::vector<std::string> ids;
    const std::lock_guard lock(mutex_);
    for (auto it = clients_.begin(); it != clients_.end();) {
        if (matches(it->second)) {
            ids.push_back(it->first);
            it = clients_.erase(it);
        } else {
            ++it;
        }
    }
    return ids;
}

bool ClientHost::close(const std::string& client_id) {
    {
        const std::lock_guard lock(mutex_);
        if (clients_.erase(client_id) == 0) {
            return false;
        }
    }
    take_down({client_id});
    return true;
}

void ClientHost::close_run(std::string_view run_id) {
    take_down(forget([&](const Hosted& hosted) { return hosted.run_id == run_id; }));
}

void ClientHost::close_all() {
    take_down(forget([](const Hosted&) { return true; }));
}

Result<void> ClientHost::set_workload(const std::string& client_id,
                                      const model::Workload& workload) {
    return set_workload(client_id, workload, 1);
}

Result<void> ClientHost::set_workload(const std::string& client_id,
                                      const model::Workload& workload,
                                      double share) {
    {
        const std::lock_guard lock(mutex_);
        if (!clients_.contains(client_id)) {
            return Error(ErrorCode::kNotFound, "no client " + client_id + " here");
        }
    }
    auto made = TRY_WITHIN(client_id, workload_of(client_id, workload, share));
    return with_.engine.set_workload(client_id, std::move(made));
}

void ClientHost::stop_workload(const std::string& client_id) {
    if (const auto stopped = with_.engine.stop_workload(client_id);
        !stopped && stopped.error().code() != ErrorCode::kNotFound) {
        base::log_warn("{}: {}", client_id, stopped.error().message());
    }
}

/// Those that we do not host; they are then no longer in `client_ids`.
std::vector<std::string> ClientHost::take_unknown(std::vector<std::string>& client_ids) const {
    const std::lock_guard lock(mutex_);
    const auto unknown =
        std::stable_partition(client_ids.begin(), client_ids.end(),
                              [this](const auto& id) { return clients_.contains(id); });
    std::vector<std::string> taken(std::make_move_iterator(unknown),
                                   std::make_move_iterator(client_ids.end()));
    client_ids.erase(unknown, client_ids.end());
    return taken;
}

Result<coord::CommandedClients> ClientHost::command(const coord::CommandClients& command) {
    auto ids = command.client_ids;
    coord::CommandedClients outcome;
    outcome.unknown = take_unknown(ids);
    switch (command.action) {
        case coord::ClientAction::kSetWorkload:
            for (std::size_t i = 0; i < ids.size(); ++i) {
                const auto share = static_cast<double>(i + 1) / static_cast<double>(ids.size());
                TRY(set_workload(ids[i], command.workload, share));
            }
            break;
        case coord::ClientAction::kStop:
            for (const auto& id : ids) {
                stop_workload(id);
            }
            break;
        case coord::ClientAction::kClose: {
            const std::set<std::string> closing(ids.begin(), ids.end());
            take_down(forget([&](const Hosted& hosted) {
                return closing.contains(hosted.description.client_id);
            }));
            break;
        }
    }
    outcome.done = ids.size();
    return outcome;
}

Result<engine::ClientWorkload> ClientHost::workload_of(const std::string& client_id,
                                                       const model::Workload& workload,
                                                       double share) {
    constexpr double kLongestShift = 1e6;  // seconds
    engine::ClientWorkload made;
    made.start = with_.clock.monotonic();
    made.on_finished = options_.on_finished;
    made.max_requests = limit_of(workload);
    if (workload.distribution == "prerecorded") {
        made.arrivals =
            pacing::recorded_arrivals(TRY(take_recorded(client_id)), limit_of(workload));
        return made;
    }
    const auto parameters = TRY(numbers_of(workload.parameters));
    auto distribution = TRY(pacing::Distribution::create(workload.distribution, parameters));
    const bool no_wait =
        workload.distribution == "constant" && (parameters.empty() || parameters[0] <= 0);
    if (workload.distribution == "constant" && !no_wait) {
        made.start -= base::from_seconds(std::min(parameters[0], kLongestShift) * (1 - share));
    }
    if (!no_wait) {  // else: as fast as the answers come, one in flight
        made.arrivals = pacing::interval_arrivals(
            std::move(distribution), base::Rng(base::entropy_seed()), limit_of(workload));
    }
    return made;
}

/// The list is used once: read and deleted (contract 2.6), played from tail to head.
Result<std::vector<std::chrono::nanoseconds>> ClientHost::take_recorded(
    const std::string& client_id) {
    const std::string key = coord::keys::recorded_profile(client_id);
    const std::vector<redis::Command> commands = {{"LRANGE", key, "0", "-1"}, {"DEL", key}};
    const auto replies = TRY(with_.redis.transaction(commands));
    const auto texts = TRY(replies.at(0).texts());
    std::vector<std::chrono::nanoseconds> intervals;
    for (auto text = texts.rbegin(); text != texts.rend(); ++text) {
        double seconds = 0;
        const auto [end, error] =
            std::from_chars(text->data(), text->data() + text->size(), seconds);
        if (error != std::errc() || end != text->data() + text->size() || !(seconds < 9e9)) {
            return Error(
                ErrorCode::kInvalidInput,
                fmt::format("'{}' in the list {} is not an interval in seconds", *text, key));
        }
        intervals.push_back(base::from_seconds(std::max(seconds, 0.0)));
    }
    return intervals;
}

std::vector<model::ClientInfo> ClientHost::infos() const {
    std::vector<model::ClientInfo> infos;
    const std::lock_guard lock(mutex_);
    for (const auto& [id, hosted] : clients_) {
        const auto counters = with_.engine.counters(id).value_or(engine::ClientCounters{});
        infos.push_back({hosted.description, counters.requests, counters.failed});
    }
    return infos;
}

std::size_t ClientHost::count() const {
    const std::lock_guard lock(mutex_);
    return clients_.size();
}

Result<void> ClientHost::register_again() {
    std::vector<model::ClientDescription> descriptions;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [id, hosted] : clients_) {
            descriptions.push_back(hosted.description);
        }
    }
    return descriptions.empty() ? Result<void>()
                                : with_.registry.register_clients(options_.worker, descriptions);
}

}  // namespace galileo::worker
