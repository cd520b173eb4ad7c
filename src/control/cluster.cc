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
constexpr std::chrono::seconds kCommand{10};
constexpr std::chrono::seconds kListening{5};

Result<std::vector<model::ClientDescription>> descriptions_of(const Result<model::Json>& answer) {
    if (!answer) {
        return answer.error();
    }
    if (!answer->is_array()) {
        return Error(ErrorCode::kProtocol, fmt::format("answered {} instead of a list of clients",
                                                       model::to_python_json(*answer)));
    }
    std::vector<model::ClientDescription> clients;
    for (const auto& wire : *answer) {
        clients.push_back(TRY(model::client_description_from_wire(wire)));
    }
    return clients;
}

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

Result<std::vector<coord::RegisteredWorker>> Cluster::present_workers() {
    auto absent = TRY(leases_.absent_workers());
    for (auto entry = absent.begin(); entry != absent.end();) {
        const auto& [name, absence] = *entry;
        if (absence == coord::LeaseBook::Absence::kLapsed && answers(name)) {
            TRY(leases_.forget(name));
            entry = absent.erase(entry);
            continue;
        }
        if (absence == coord::LeaseBook::Absence::kLapsed) {
            base::log_info("worker {} is dead: what it left in the registry is removed", name);
            TRY(registry_.unregister_worker(name));
        }
        ++entry;
    }
    auto workers = TRY(registry_.workers_with_labels());
    std::erase_if(workers, [&](const auto& worker) { return absent.contains(worker.name); });
    return workers;
}

/// Asked for no client at all, every worker answers with an empty list (contract 2.2). Does not
/// wait when nobody listens.
bool Cluster::answers(const std::string& worker) {
    const coord::CreateClientCommand none{worker, {}, 0};
    return rpc_
        .call(coord::keys::create_client(worker), model::Json::array({coord::to_wire(none)}),
              kAskAll)
        .ok();
}

Result<std::vector<Result<std::string>>> Cluster::ping() {
    const auto answers = TRY(rpc_.call_all(coord::keys::kPing, model::Json::array(), kAskAll));
    std::vector<Result<std::string>> names;
    for (const auto& answer : answers) {
        if (!answer) {
            names.emplace_back(answer.error());
        } else if (answer->is_string()) {
            names.emplace_back(answer->get<std::string>());
        } else {
            names.emplace_back(
                Error(ErrorCode::kProtocol, "not a name: " + model::to_python_json(*answer)));
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
    const auto registered = TRY(present_workers());
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
    return listening_of(std::move(names));
}

/// Those of `names` that can be asked: one that has just been killed is registered still. All of
/// them when none can, so that asking says why.
Result<std::vector<std::string>> Cluster::listening_of(std::vector<std::string> names) {
    redis::Command command{"PUBSUB", "NUMSUB"};
    for (const auto& name : names) {
        command.arg(coord::keys::bus(coord::keys::create_client(name)));
    }
    const auto reply = TRY(redis_.command(command));
    std::vector<std::string> listening;
    for (std::size_t i = 0; i < names.size() && 2 * i + 1 < reply.elements().size(); ++i) {
        if (TRY(reply.elements()[2 * i + 1].integer()) > 0) {
            listening.push_back(names[i]);
        }
    }
    return listening.empty() ? std::move(names) : std::move(listening);
}

Result<std::vector<Cluster::Share>> Cluster::deal(const model::ClientConfig& config,
                                                  std::uint64_t count) {
    const auto names = TRY(matching_workers(config));
    const auto dealt = coord::deal_clients(TRY(registry_.client_counts(names)), count);
    std::vector<Share> shares;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (dealt[i] > 0) {
            shares.push_back({names[i], dealt[i]});
        }
    }
    return shares;
}

Result<std::vector<model::ClientDescription>> Cluster::spawn(const model::ClientConfig& config,
                                                             std::uint64_t count) {
    auto clients = TRY(create(config, TRY(deal(config, count))));
    TRY(wait_until_listening(clients));
    return clients;
}

Result<std::vector<model::ClientDescription>> Cluster::spawn_on(const std::string& worker,
                                                                const model::ClientConfig& config,
                                                                std::uint64_t count) {
    auto clients = TRY(create(config, {{worker, count}}));
    TRY(wait_until_listening(clients));
    return clients;
}

/// Asks all workers at once. When one fails, what the others have made is closed again.
Result<std::vector<model::ClientDescription>> Cluster::create(const model::ClientConfig& config,
                                                              const std::vector<Share>& shares) {
    const auto deadline = clock_.monotonic() + kCreate;
    std::vector<std::pair<std::string, Result<coord::RpcCaller::Pending>>> calls;
    for (const auto& share : shares) {
        if (share.clients > 0) {
            const coord::CreateClientCommand command{share.worker, config, share.clients};
            calls.emplace_back(share.worker,
                               rpc_.send(coord::keys::create_client(share.worker),
                                         model::Json::array({coord::to_wire(command)})));
        }
    }
    std::vector<model::ClientDescription> clients;
    std::optional<Error> failure;
    for (const auto& [worker, pending] : calls) {
        auto made = pending ? descriptions_of(rpc_.collect_one(*pending, deadline))
                            : Result<std::vector<model::ClientDescription>>(pending.error());
        if (made) {
            clients.insert(clients.end(), made->begin(), made->end());
        } else if (!failure) {
            failure = std::move(made).error().within("worker " + worker);
        }
    }
    if (!failure) {
        return clients;
    }
    ClientIds undo;
    for (const auto& client : clients) {
        undo[client.worker].push_back(client.client_id);
    }
    if (const auto closed = command(coord::ClientAction::kClose, {}, undo); !closed) {
        base::log_warn("clients stay behind: {}", closed.error().message());
    }
    return *std::move(failure);
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
            if (info) {
                waiting.erase(info->description.client_id);
            }
        }
        if (!waiting.empty() && clock_.monotonic() > deadline) {
            return Error(ErrorCode::kTimeout,
                         fmt::format("{} clients were created but do not listen, {} among them",
                                     waiting.size(), *waiting.begin()));
        }
    }
    return {};
}

Result<Cluster::Commanded> Cluster::command(coord::ClientAction action,
                                            const model::Workload& workload,
                                            const ClientIds& clients) {
    return ask({action, workload, {}}, clients);
}

Result<Cluster::Commanded> Cluster::ask(const coord::CommandClients& command,
                                        const ClientIds& clients) {
    const auto deadline = clock_.monotonic() + kCommand;
    std::vector<std::pair<std::string, coord::RpcCaller::Pending>> calls;
    for (const auto& [worker, ids] : clients) {
        auto theirs = command;
        theirs.client_ids = ids;
        calls.emplace_back(worker,
                           TRY(rpc_.send(fmt::format("{}:{}", coord::kCommandClients, worker),
                                         model::Json::array({coord::to_json(theirs)}))));
    }
    Commanded outcome;
    std::optional<Error> failure;
    for (const auto& [worker, pending] : calls) {
        if (pending.receivers == 0) {  // the original's, or gone
            outcome.told += TRY(tell(command, clients.find(worker)->second));
            continue;
        }
        const auto answer = rpc_.collect_one(pending, deadline);
        const auto done = answer ? coord::commanded_clients_from_json(*answer)
                                 : Result<coord::CommandedClients>(answer.error());
        if (done) {
            outcome.acknowledged += done->done;
            outcome.unknown.insert(outcome.unknown.end(), done->unknown.begin(),
                                   done->unknown.end());
        } else if (!failure) {
            failure = (done.error().code() == ErrorCode::kTimeout
                           ? Error(ErrorCode::kTimeout,
                                   "does not answer; it may still follow the command later")
                           : done.error())
                          .within("worker " + worker);
        }
    }
    return failure ? Result<Commanded>(*std::move(failure)) : Result<Commanded>(std::move(outcome));
}

/// By the original's events, one for each client, in one go.
Result<std::uint64_t> Cluster::tell(const coord::CommandClients& command,
                                    const std::vector<std::string>& client_ids) {
    std::vector<redis::Command> commands;
    const auto publish = [&]<coord::WireMessage M>(const M& message) {
        commands.push_back({"PUBLISH", coord::keys::bus(M::kType), coord::encode(message)});
    };
    for (const auto& id : client_ids) {
        switch (command.action) {
            case coord::ClientAction::kSetWorkload:
                publish(coord::SetWorkloadCommand{id, command.workload});
                break;
            case coord::ClientAction::kStop:
                publish(coord::StopWorkloadCommand{id});
                break;
            case coord::ClientAction::kClose:
                publish(coord::CloseClientCommand{id});
                break;
        }
    }
    for (const auto& reply : TRY(redis_.pipeline(commands))) {
        TRY(reply.integer());
    }
    return client_ids.size();
}

Result<std::vector<std::string>> Cluster::gone(const ClientIds& clients) {
    const auto absent = TRY(leases_.absent_workers());
    std::vector<std::string> gone;
    std::vector<std::string> asked;
    std::vector<redis::Command> commands;
    for (const auto& [worker, ids] : clients) {
        if (absent.contains(worker)) {
            gone.insert(gone.end(), ids.begin(), ids.end());
            continue;
        }
        for (const auto& id : ids) {
            asked.push_back(id);
            commands.push_back({"EXISTS", coord::keys::client(id)});
        }
    }
    const auto replies = TRY(redis_.pipeline(commands));
    for (std::size_t i = 0; i < asked.size(); ++i) {
        if (TRY(replies[i].integer()) == 0) {
            gone.push_back(asked[i]);
        }
    }
    return gone;
}

Result<std::vector<Result<model::ClientInfo>>> Cluster::client_infos() {
    const auto answers = TRY(rpc_.call_all(coord::keys::kGetInfo, model::Json::array(), kAskAll));
    std::vector<Result<model::ClientInfo>> infos;
    for (const auto& answer : answers) {
        infos.push_back(answer ? model::client_info_from_wire(*answer)
                               : Result<model::ClientInfo>(answer.error()));
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
