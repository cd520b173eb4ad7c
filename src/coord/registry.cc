#include "coord/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <queue>
#include <set>
#include <utility>

#include "base/environment.h"
#include "base/log.h"
#include "coord/keys.h"
#include "coord/redis_calls.h"
#include "coord/scan.h"
#include "coord/wire.h"

namespace galileo::coord {

namespace {

using redis::Command;

/// The number at the end of `<worker>:<service>:<n>`.
std::optional<std::uint64_t> number_of(std::string_view client_id) {
    const auto digits = client_id.substr(client_id.rfind(':') + 1);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc{} || end != digits.data() + digits.size()) {
        return std::nullopt;
    }
    return number;
}

Result<model::ClientDescription> parse_description(std::string_view text) {
    return model::client_description_from_wire(TRY(model::parse_json(text)));
}

}  // namespace

Result<void> Registry::check_worker_name(std::string_view name) {
    if (!keys::is_usable_name(name)) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("'{}' cannot be a worker's name: want 1 to 200 characters without "
                                 "spaces and commas, and no key of Galileo's",
                                 name));
    }
    const std::vector<std::pair<std::string, std::string_view>> wanted{
        {std::string(keys::kWorkers), "set"},
        {keys::worker_labels(name), "hash"},
        {keys::worker_clients(name), "set"}};
    std::vector<Command> commands;
    for (const auto& [key, type] : wanted) {
        commands.push_back({"TYPE", key});
    }
    const auto replies = TRY(client_.pipeline(commands));
    for (std::size_t i = 0; i < replies.size(); ++i) {
        const auto type = TRY(replies[i].text());
        if (type != "none" && type != wanted[i].second) {
            return Error(ErrorCode::kConflict,
                         fmt::format("worker '{}' needs the Redis key '{}' as a {}, but it holds a "
                                     "{}: choose another name or remove the key",
                                     name, wanted[i].first, wanted[i].second, type));
        }
    }
    return {};
}

Result<void> Registry::register_worker(std::string_view name, const Labels& labels) {
    TRY(check_worker_name(name));
    const auto key = keys::worker_labels(name);
    const auto present = TRY(texts_of(client_, {"HKEYS", key}));
    std::vector<std::string> stale;
    Command set("HMSET");
    set.arg(key);
    for (const auto& [label, value] : labels) {
        if (!base::holds_secret(label, value)) {
            set.arg(label).arg(value);
        }
    }
    for (const auto& field : present) {
        const auto found = labels.find(field);
        if (found == labels.end() || base::holds_secret(field, found->second)) {
            stale.push_back(field);
        }
    }
    std::vector<Command> commands{{"SADD", keys::kWorkers, name},
                                  {"SADD", keys::kLeaseHolders, name}};
    if (!stale.empty()) {
        commands.push_back(Command{"HDEL", key}.args(stale));
    }
    if (set.size() > 2) {
        commands.push_back(std::move(set));
    }
    commands.push_back({"PUBLISH", keys::bus(RegisterWorkerEvent::kType),
                        encode(RegisterWorkerEvent{std::string(name)})});
    return run_all(client_, commands);
}

Result<void> Registry::unregister_worker(std::string_view name) {
    const auto set = keys::worker_clients(name);
    const auto ids = TRY(texts_of(client_, {"SMEMBERS", set}));
    std::vector<Command> commands{
        {"SREM", keys::kWorkers, name}, {"SREM", keys::kLeaseHolders, name}, {"DEL", set}};
    for (const auto& id : ids) {
        commands.push_back({"DEL", keys::client(id)});
    }
    // Only a hash is ours: the bare name may be somebody else's key (contract 10.5).
    if (TRY(text_of(client_, {"TYPE", keys::worker_labels(name)})) == "hash") {
        commands.push_back({"DEL", keys::worker_labels(name)});
    }
    commands.push_back({"PUBLISH", keys::bus(UnregisterWorkerEvent::kType),
                        encode(UnregisterWorkerEvent{std::string(name)})});
    return run_all(client_, commands);
}

Result<std::uint64_t> Registry::reclaim(std::string_view worker) {
    const auto set = keys::worker_clients(worker);
    const auto members = TRY(texts_of(client_, {"SMEMBERS", set}));
    std::set<std::string> ids(members.begin(), members.end());
    // Descriptions without an entry in the set: `discover` deletes sets under running clients.
    const auto prefix = keys::client("");
    std::vector<std::string> candidates;
    for (const auto& key :
         TRY(scan_keys(client_, keys::glob_escaped(keys::client(worker)) + ":*"))) {
        candidates.push_back(key.substr(prefix.size()));
    }
    for (const auto& description : TRY(descriptions(candidates))) {
        // The worker `a:b` has ids that begin like those of `a`.
        if (description.worker == worker) {
            ids.insert(description.client_id);
        }
    }
    std::uint64_t next = 0;
    std::vector<Command> commands;
    if (!ids.empty()) {
        commands.push_back({"DEL", set});
    }
    for (const auto& id : ids) {
        commands.push_back({"DEL", keys::client(id)});
        constexpr std::uint64_t kLargest = std::uint64_t{1} << 62U;
        if (const auto number = number_of(id); number && *number < kLargest) {
            next = std::max(next, *number + 1);
        }
    }
    TRY(run_all(client_, commands));
    return next;
}

Result<void> Registry::register_clients(std::string_view worker,
                                        std::span<const model::ClientDescription> clients) {
    const auto set = keys::worker_clients(worker);
    std::vector<Command> commands;
    for (const auto& client : clients) {
        commands.push_back({"SADD", set, client.client_id});
        commands.push_back(
            {"SET", keys::client(client.client_id), model::to_python_json(model::to_wire(client))});
    }
    return run_all(client_, commands);
}

Result<void> Registry::unregister_clients(std::string_view worker,
                                          std::span<const std::string> client_ids) {
    const auto set = keys::worker_clients(worker);
    std::vector<Command> commands;
    for (const auto& id : client_ids) {
        commands.push_back({"DEL", keys::client(id)});
        commands.push_back({"SREM", set, id});
    }
    return run_all(client_, commands);
}

Result<std::vector<std::string>> Registry::workers() {
    auto names = TRY(texts_of(client_, {"SMEMBERS", keys::kWorkers}));
    std::sort(names.begin(), names.end());
    return names;
}

Result<Labels> Registry::labels(std::string_view worker) {
    return TRY(client_.command({"HGETALL", keys::worker_labels(worker)})).text_map();
}

Result<std::vector<RegisteredWorker>> Registry::workers_with_labels() {
    const auto names = TRY(workers());
    std::vector<Command> commands;
    for (const auto& name : names) {
        commands.push_back({"HGETALL", keys::worker_labels(name)});
    }
    const auto replies = TRY(client_.pipeline(commands));
    std::vector<RegisteredWorker> workers;
    for (std::size_t i = 0; i < names.size(); ++i) {
        auto labels = replies[i].text_map();
        if (!labels) {
            base::log_warn("labels of worker '{}': {}", names[i], labels.error().message());
        }
        workers.push_back({names[i], labels ? std::move(labels).value() : Labels{}});
    }
    return workers;
}

Result<std::vector<model::ClientDescription>> Registry::descriptions(
    std::span<const std::string> client_ids) {
    constexpr std::size_t kOneCommand = 1000;
    std::vector<model::ClientDescription> descriptions;
    for (std::size_t from = 0; from < client_ids.size(); from += kOneCommand) {
        const auto part = client_ids.subspan(from, std::min(kOneCommand, client_ids.size() - from));
        Command command("MGET");
        for (const auto& id : part) {
            command.arg(keys::client(id));
        }
        for (const auto& value : TRY(texts_of(client_, command))) {
            auto description = parse_description(value);
            if (description) {
                descriptions.push_back(std::move(description).value());
            } else {
                base::log_warn("a client's description: {}", description.error().message());
            }
        }
    }
    return descriptions;
}

Result<std::vector<model::ClientDescription>> Registry::clients() {
    // One by one instead of SUNION, which fails for all when one key holds something else.
    const auto sets = TRY(scan_keys(client_, keys::kAllWorkerClients));
    std::vector<Command> commands;
    for (const auto& key : sets) {
        commands.push_back({"SMEMBERS", key});
    }
    const auto replies = TRY(client_.pipeline(commands));
    std::set<std::string> ids;
    for (std::size_t i = 0; i < sets.size(); ++i) {
        auto members = replies[i].texts();
        if (!members) {
            base::log_warn("'{}': {}", sets[i], members.error().message());
            continue;
        }
        ids.insert(members->begin(), members->end());
    }
    return descriptions(std::vector<std::string>(ids.begin(), ids.end()));
}

Result<std::optional<model::ClientDescription>> Registry::client(std::string_view client_id) {
    const auto reply = TRY(client_.command({"GET", keys::client(client_id)}));
    const auto text = TRY(reply.optional_text());
    if (!text) {
        return std::optional<model::ClientDescription>{};
    }
    auto description = parse_description(*text);
    if (!description) {
        base::log_warn("'{}': {}", keys::client(client_id), description.error().message());
        return std::optional<model::ClientDescription>{};
    }
    return std::optional<model::ClientDescription>(std::move(description).value());
}

Result<std::vector<std::uint64_t>> Registry::client_counts(std::span<const std::string> workers) {
    std::vector<Command> commands;
    for (const auto& worker : workers) {
        commands.push_back({"SCARD", keys::worker_clients(worker)});
    }
    std::vector<std::uint64_t> counts;
    for (const auto& reply : TRY(client_.transaction(commands))) {
        counts.push_back(
            static_cast<std::uint64_t>(std::max<std::int64_t>(0, TRY(reply.integer()))));
    }
    return counts;
}

Result<std::int64_t> Registry::discover() {
    std::vector<Command> commands;
    for (const auto& worker : TRY(workers())) {
        commands.push_back({"DEL", keys::worker_clients(worker)});
    }
    commands.push_back({"DEL", keys::kWorkers});
    commands.push_back(
        {"PUBLISH", keys::bus(RegisterWorkerCommand::kType), encode(RegisterWorkerCommand{})});
    const auto replies = TRY(client_.pipeline(commands));
    TRY(check_all(replies));
    return replies.back().integer();
}

std::vector<std::uint64_t> deal_clients(std::vector<std::uint64_t> hosted, std::uint64_t count) {
    std::vector<std::uint64_t> dealt(hosted.size(), 0);
    using Entry = std::pair<std::uint64_t, std::size_t>;  // clients, position
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> fewest;
    for (std::size_t i = 0; i < hosted.size(); ++i) {
        fewest.emplace(hosted[i], i);
    }
    for (; count > 0 && !fewest.empty(); --count) {
        auto [clients, position] = fewest.top();
        fewest.pop();
        ++dealt[position];
        fewest.emplace(clients + 1, position);
    }
    return dealt;
}

bool labels_match(const Labels& labels, const Labels& wanted) {
    return std::all_of(wanted.begin(), wanted.end(), [&](const auto& label) {
        const auto found = labels.find(label.first);
        return found != labels.end() && found->second == label.second;
    });
}

}  // namespace galileo::coord
