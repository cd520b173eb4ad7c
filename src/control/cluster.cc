#include "control/cluster.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/log.h"
#include "coord/keys.h"

namespace galileo::control {

namespace {

constexpr std::chrono::seconds kAskAll{2};  // contract 1.8
constexpr std::chrono::seconds kCreate{10};
constexpr std::chrono::seconds kListening{5};

/// The labels a configuration asks for; anything that is not text is compared by its JSON text.
coord::Labels wanted_labels(const model::ClientConfig& config) {
    coord::Labels wanted;
    if (config.worker_labels.is_object()) {
        for (const auto& [name, value] : config.worker_labels.items()) {
            wanted[name] =
                value.is_string() ? value.get<std::string>() : model::to_python_json(value);
        }
    }
    return wanted;
}

}  // namespace

Cluster::Cluster(redis::Client& redis, redis::Subscriber& subscriber, base::Clock& clock)
    : redis_(redis),
      clock_(clock),
      registry_(redis),
      leases_(redis),
      rpc_(redis, clock),
      bus_(redis, subscriber) {}

Result<std::vector<coord::RegisteredWorker>> Cluster::workers() {
    return registry_.workers_with_labels();
}

Result<std::vector<LiveWorker>> Cluster::live_workers() {
    auto leases = TRY(leases_.workers());
    const auto registered = TRY(registry_.workers_with_labels());
    std::vector<LiveWorker> live;
    for (auto& lease : leases) {
        const auto found =
            std::find_if(registered.begin(), registered.end(),
                         [&](const auto& worker) { return worker.name == lease.name; });
        if (found != registered.end()) {
            live.push_back({std::move(lease), found->labels});
        }
    }
    return live;
}

Result<std::vector<std::string>> Cluster::ping() {
    const auto answers = TRY(rpc_.call_all(coord::keys::kPing, model::Json::array(), kAskAll));
    std::vector<std::string> names;
    for (const auto& answer : answers) {
        if (answer && answer->is_string()) {
            names.push_back(answer->get<std::string>());
        }
    }
    return names;
}

Result<std::int64_t> Cluster::discover() {
    return registry_.discover();
}

Result<std::vector<std::string>> Cluster::matching_workers(const model::ClientConfig& config) {
    const auto wanted = wanted_labels(config);
    std::vector<std::string> names;
    const auto registered = TRY(registry_.workers_with_labels());
    for (const auto& worker : registered) {
        if (coord::labels_match(worker.labels, wanted)) {
            names.push_back(worker.name);
        }
    }
    if (names.empty()) {
        return Error(ErrorCode::kNotFound, registered.empty()
                                               ? "No workers are registered."
                                               : "No workers found that match labels.");
    }
    return names;
}

Result<std::vector<model::ClientDescription>> Cluster::spawn(const model::ClientConfig& config,
                                                             std::uint64_t count) {
    const auto names = TRY(matching_workers(config));
    auto hosted = TRY(registry_.client_counts(names));
    const auto shares = coord::deal_clients(std::move(hosted), count);
    std::vector<model::ClientDescription> clients;
    for (std::size_t index = 0; index < names.size(); ++index) {
        if (shares[index] == 0) {
            continue;
        }
        const coord::CreateClientCommand command{names[index], config, shares[index]};
        const auto made =
            TRY_WITHIN("worker " + names[index],
                       rpc_.call(coord::keys::create_client(names[index]),
                                 model::Json::array({coord::to_wire(command)}), kCreate));
        if (!made.is_array()) {
            return Error(ErrorCode::kProtocol,
                         fmt::format("worker {} answered {} instead of a list of clients",
                                     names[index], model::to_python_json(made)));
        }
        for (const auto& wire : made) {
            clients.push_back(TRY(model::client_description_from_wire(wire)));
        }
    }
    TRY(wait_until_listening(clients));
    return clients;
}

/// The original's workers answer before their clients listen (contract 2.2): whoever answers
/// `Client.get_info` does.
Result<void> Cluster::wait_until_listening(const std::vector<model::ClientDescription>& clients) {
    const auto leases = TRY(leases_.workers());
    std::set<std::string> waiting;
    for (const auto& client : clients) {
        const bool ours = std::any_of(leases.begin(), leases.end(), [&](const auto& lease) {
            return lease.name == client.worker;
        });
        if (!ours) {
            waiting.insert(client.client_id);
        }
    }
    const auto deadline = clock_.monotonic() + kListening;
    while (!waiting.empty()) {
        const auto infos = TRY(client_infos());
        for (const auto& info : infos) {
            waiting.erase(info.description.client_id);
        }
        if (!waiting.empty() && clock_.monotonic() > deadline) {
            return Error(ErrorCode::kTimeout,
                         fmt::format("{} clients were created but do not listen, {} among them",
                                     waiting.size(), *waiting.begin()));
        }
    }
    return {};
}

Result<void> Cluster::close(const std::string& client_id) {
    TRY(bus_.publish(coord::CloseClientCommand{client_id}));
    return {};
}

Result<void> Cluster::set_workload(const std::string& client_id, const model::Workload& workload) {
    TRY(bus_.publish(coord::SetWorkloadCommand{client_id, workload}));
    return {};
}

Result<void> Cluster::stop_workload(const std::string& client_id) {
    TRY(bus_.publish(coord::StopWorkloadCommand{client_id}));
    return {};
}

Result<std::vector<model::ClientInfo>> Cluster::client_infos() {
    const auto answers = TRY(rpc_.call_all(coord::keys::kGetInfo, model::Json::array(), kAskAll));
    std::vector<model::ClientInfo> infos;
    for (const auto& answer : answers) {
        auto info = answer ? model::client_info_from_wire(*answer)
                           : Result<model::ClientInfo>(answer.error());
        if (info) {
            infos.push_back(std::move(*info));
        } else {
            base::log_warn("a client's info is left out: {}", info.error().message());
        }
    }
    return infos;
}

Result<std::int64_t> Cluster::start_tracing() {
    return bus_.publish(coord::StartTracingCommand{});
}

Result<std::int64_t> Cluster::stop_tracing() {
    return bus_.publish(coord::PauseTracingCommand{});
}

}  // namespace galileo::control
