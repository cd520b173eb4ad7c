#include "coord/routing_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/log.h"
#include "coord/keys.h"
#include "coord/redis_calls.h"
#include "model/json.h"
#include "model/text.h"

namespace galileo::coord {

namespace {

using redis::Command;

constexpr std::chrono::milliseconds kRetryPause{500};

// Both get the keys of hosts, weights and drained ones, then host and service; they answer how
// often the record has the host, or -1. A host may stand in a record more than once: the hash keeps
// its weights in order, parted by spaces.
constexpr std::string_view kDrainScript = R"(
local hosts = redis.call('LRANGE', KEYS[1], 0, -1)
local weights = redis.call('LRANGE', KEYS[2], 0, -1)
local former, weighs = {}, false
for i, host in ipairs(hosts) do
  if host == ARGV[1] and weights[i] then
    table.insert(former, weights[i])
    weighs = weighs or tonumber(weights[i]) ~= 0
  end
end
if weighs then
  redis.call('HSET', KEYS[3], ARGV[1], table.concat(former, ' '))
  for i, host in ipairs(hosts) do
    if host == ARGV[1] and weights[i] then redis.call('LSET', KEYS[2], i - 1, '0') end
  end
  redis.call('PUBLISH', 'routing:updates', ARGV[2])
end
return #former)";
constexpr std::string_view kUndrainScript = R"(
local hosts = redis.call('LRANGE', KEYS[1], 0, -1)
local weights = redis.call('LRANGE', KEYS[2], 0, -1)
local remembered = redis.call('HGET', KEYS[3], ARGV[1])
local former, count = {}, 0
for weight in string.gmatch(remembered or '', '%S+') do table.insert(former, weight) end
for i, host in ipairs(hosts) do
  if host == ARGV[1] and weights[i] then
    count = count + 1
    if remembered and tonumber(weights[i]) == 0 then
      redis.call('LSET', KEYS[2], i - 1, former[count] or former[#former])
    end
  end
end
if count == 0 then return 0 end
if not remembered then return -1 end
redis.call('HDEL', KEYS[3], ARGV[1])
redis.call('PUBLISH', 'routing:updates', ARGV[2])
return count)";

/// As `rtbl` writes weights that are whole: `1`, not `1.0`.
std::string weight_text(double weight) {
    constexpr double kExact = 9007199254740992.0;
    if (std::trunc(weight) == weight && std::abs(weight) < kExact) {
        return std::to_string(static_cast<std::int64_t>(weight));
    }
    return model::python_float(weight);
}

std::vector<std::string> weight_texts(std::span<const double> weights) {
    std::vector<std::string> texts;
    for (const double weight : weights) {
        texts.push_back(weight_text(weight));
    }
    return texts;
}

void add_reads(std::string_view service, std::vector<Command>& commands) {
    commands.push_back({"LRANGE", keys::routing_hosts(service), "0", "-1"});
    commands.push_back({"LRANGE", keys::routing_weights(service), "0", "-1"});
}

Result<std::optional<model::RoutingRecord>> to_record(std::string_view service,
                                                      const redis::Reply& hosts,
                                                      const redis::Reply& weights) {
    model::RoutingRecord record;
    record.service = service;
    record.hosts = TRY(hosts.texts());
    for (const auto& text : TRY(weights.texts())) {
        const auto weight = model::parse_finite(text);
        if (!weight) {
            return Error(
                ErrorCode::kInvalidInput,
                fmt::format("routing record of '{}': '{}' is not a weight", service, text));
        }
        record.weights.push_back(*weight);
    }
    if (record.hosts.empty() && record.weights.empty()) {
        return std::optional<model::RoutingRecord>{};
    }
    TRY(routing::validate(record));
    return std::optional<model::RoutingRecord>(std::move(record));
}

bool is_outage(ErrorCode code) {
    return code != ErrorCode::kInvalidInput && code != ErrorCode::kConflict;
}

}  // namespace

Result<void> RoutingStore::set(const model::RoutingRecord& record) {
    TRY(routing::validate(record));
    const auto hosts = keys::routing_hosts(record.service);
    const auto weights = keys::routing_weights(record.service);
    const std::vector<Command> commands{
        {"DEL", hosts},
        {"DEL", weights},
        {"SADD", keys::kRoutingServices, record.service},
        Command{"RPUSH", hosts}.args(record.hosts),
        Command{"RPUSH", weights}.args(weight_texts(record.weights)),
        {"PUBLISH", keys::kRoutingUpdates, record.service}};
    return run_at_once(client_, commands);
}

Result<std::optional<model::RoutingRecord>> RoutingStore::record(std::string_view service) {
    std::vector<Command> commands;
    add_reads(service, commands);
    const auto replies = TRY(client_.transaction(commands));
    return to_record(service, replies[0], replies[1]);
}

Result<std::vector<std::string>> RoutingStore::services() {
    auto services = TRY(texts_of(client_, {"SMEMBERS", keys::kRoutingServices}));
    std::sort(services.begin(), services.end());
    return services;
}

Result<std::vector<model::RoutingRecord>> RoutingStore::records() {
    const auto services = TRY(this->services());
    std::vector<Command> commands;
    for (const auto& service : services) {
        add_reads(service, commands);
    }
    const auto replies = TRY(client_.transaction(commands));
    std::vector<model::RoutingRecord> records;
    for (std::size_t i = 0; i < services.size(); ++i) {
        auto record = to_record(services[i], replies[2 * i], replies[2 * i + 1]);
        if (!record) {
            base::log_warn("service '{}': {}", services[i], record.error().message());
        } else if (*record) {
            records.push_back(std::move(**record));
        }
    }
    return records;
}

Result<model::RoutingRecord> RoutingStore::append(std::string_view service,
                                                  std::string_view host,
                                                  double weight) {
    TRY(routing::validate({std::string(service), {std::string(host)}, {weight}}));
    const std::vector<Command> commands{
        {"SADD", keys::kRoutingServices, service},
        {"RPUSH", keys::routing_hosts(service), host},
        {"RPUSH", keys::routing_weights(service), weight_text(weight)},
        {"PUBLISH", keys::kRoutingUpdates, service}};
    TRY(run_at_once(client_, commands));
    auto now = TRY(record(service));
    if (!now) {
        return Error(ErrorCode::kConflict,
                     fmt::format("routing record of '{}': removed meanwhile", service));
    }
    return std::move(*now);
}

Result<void> RoutingStore::update_weights(std::string_view service,
                                          std::span<const double> weights) {
    auto now = TRY(record(service));
    if (!now) {
        return Error(ErrorCode::kNotFound,
                     fmt::format("No routing record found for service '{}'", service));
    }
    if (now->hosts.size() != weights.size()) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("invalid number of weights: {} for {} hosts", weights.size(),
                                 now->hosts.size()));
    }
    now->weights.assign(weights.begin(), weights.end());
    return set(*now);
}

Result<model::RoutingRecord> RoutingStore::run_on_host(std::string_view script,
                                                       std::string_view service,
                                                       std::string_view host) {
    const auto count = TRY(TRY(client_.command({"EVAL", script, "3", keys::routing_hosts(service),
                                                keys::routing_weights(service),
                                                keys::routing_drained(service), host, service}))
                               .integer());
    if (count < 0) {
        return Error(ErrorCode::kConflict,
                     fmt::format("host '{}' of service '{}' is not drained", host, service));
    }
    auto now = TRY(record(service));
    if (count == 0 || !now) {
        return Error(ErrorCode::kNotFound,
                     now ? fmt::format("service '{}' has no host '{}'", service, host)
                         : fmt::format("No routing record found for service '{}'", service));
    }
    return std::move(*now);
}

Result<model::RoutingRecord> RoutingStore::drain(std::string_view service, std::string_view host) {
    return run_on_host(kDrainScript, service, host);
}

Result<model::RoutingRecord> RoutingStore::undrain(std::string_view service,
                                                   std::string_view host) {
    return run_on_host(kUndrainScript, service, host);
}

Result<void> RoutingStore::remove(std::string_view service) {
    const std::vector<Command> commands{{"DEL", keys::routing_hosts(service)},
                                        {"DEL", keys::routing_weights(service)},
                                        {"DEL", keys::routing_drained(service)},
                                        {"SREM", keys::kRoutingServices, service},
                                        {"PUBLISH", keys::kRoutingUpdates, service}};
    return run_at_once(client_, commands);
}

Result<void> RoutingStore::clear() {
    std::vector<Command> commands;
    for (const auto& service : TRY(texts_of(client_, {"SMEMBERS", keys::kRoutingServices}))) {
        commands.push_back({"DEL", keys::routing_hosts(service)});
        commands.push_back({"DEL", keys::routing_weights(service)});
        commands.push_back({"DEL", keys::routing_drained(service)});
        commands.push_back({"PUBLISH", keys::kRoutingUpdates, service});
    }
    commands.push_back({"DEL", keys::kRoutingServices});
    return run_at_once(client_, commands);
}

Result<std::unique_ptr<RoutingListener>> RoutingListener::start(redis::Client& client,
                                                                redis::Subscriber& subscriber,
                                                                routing::RoutingTable& table) {
    std::unique_ptr<RoutingListener> listener(new RoutingListener(client, subscriber, table));
    auto* const self = listener.get();
    listener->thread_ = std::thread([self] { self->run(); });
    listener->reconnect_handler_ =
        subscriber.add_reconnect_handler([self] { self->reload_all_soon(); });
    auto subscribed = subscriber.subscribe(
        std::string(keys::kRoutingUpdates),
        [self](const redis::Message& message) { self->reload_soon(message.payload); });
    listener->subscribed_ = subscribed.ok();
    TRY(std::move(subscribed));
    return listener;
}

RoutingListener::~RoutingListener() {
    subscriber_.remove_reconnect_handler(reconnect_handler_);
    if (subscribed_) {
        subscriber_.unsubscribe(std::string(keys::kRoutingUpdates));
    }
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

Result<void> RoutingListener::watch(const std::string& service) {
    {
        const std::lock_guard lock(mutex_);
        if (!watched_.insert(service).second) {
            return {};
        }
    }
    auto loaded = load(service);
    if (!loaded && is_outage(loaded.error().code())) {
        reload_soon(service);
    }
    return loaded;
}

void RoutingListener::unwatch(const std::string& service) {
    const std::lock_guard load_lock(load_mutex_);
    {
        const std::lock_guard lock(mutex_);
        watched_.erase(service);
    }
    table_.remove(service);
}

Result<void> RoutingListener::load(const std::string& service) {
    const std::lock_guard load_lock(load_mutex_);
    auto record = RoutingStore(client_).record(service);
    {
        const std::lock_guard lock(mutex_);
        if (!watched_.contains(service)) {
            return {};
        }
    }
    if (!record) {
        if (!is_outage(record.error().code())) {
            table_.remove(service);
        }
        return std::move(record).error().within(fmt::format("routing of '{}'", service));
    }
    if (!*record) {
        table_.remove(service);
        return {};
    }
    return table_.set(std::move(**record));
}

void RoutingListener::reload_soon(std::string_view service) {
    {
        const std::lock_guard lock(mutex_);
        const auto found = watched_.find(service);
        if (found == watched_.end()) {
            return;
        }
        due_.insert(*found);
    }
    changed_.notify_all();
}

void RoutingListener::reload_all_soon() {
    {
        const std::lock_guard lock(mutex_);
        due_.insert(watched_.begin(), watched_.end());
    }
    changed_.notify_all();
}

void RoutingListener::run() {
    for (;;) {
        std::set<std::string> services;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return stopping_ || !due_.empty(); });
            if (stopping_) {
                return;
            }
            services.swap(due_);
        }
        bool outage = false;
        for (const auto& service : services) {
            auto loaded = load(service);
            if (!loaded) {
                base::log_warn("{}", loaded.error().message());
                if (is_outage(loaded.error().code())) {
                    outage = true;
                    reload_soon(service);
                }
            }
        }
        if (outage) {
            std::unique_lock lock(mutex_);
            changed_.wait_for(lock, kRetryPause, [this] { return stopping_; });
        }
    }
}

}  // namespace galileo::coord
