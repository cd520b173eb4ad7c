#include "coord/lease.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "base/log.h"
#include "base/process.h"
#include "coord/keys.h"
#include "coord/scan.h"
#include "model/json.h"

namespace galileo::coord {

namespace {

template <typename T>
T field(const model::Json& json, const char* name, T fallback) {
    const auto found = json.find(name);
    if (found == json.end()) {
        return fallback;
    }
    if constexpr (std::is_same_v<T, std::string>) {
        return found->is_string() ? found->get<std::string>() : fallback;
    } else if constexpr (std::is_integral_v<T>) {
        return found->is_number_integer() ? found->get<T>() : fallback;
    } else {
        return found->is_number() ? found->get<T>() : fallback;
    }
}

}  // namespace

std::string encode_lease(const WorkerLease& lease) {
    model::Json json;
    json["version"] = lease.version;
    json["host"] = lease.host;
    json["pid"] = lease.pid;
    json["started"] = lease.started;
    json["loops"] = lease.loops;
    return model::to_python_json(json);
}

Result<WorkerLease> decode_lease(std::string_view name, std::string_view text) {
    const auto json = TRY(model::parse_json(text));
    if (!json.is_object()) {
        return Error(ErrorCode::kInvalidInput,
                     "the lease of worker " + std::string(name) + " is not a JSON object");
    }
    WorkerLease lease;
    lease.name = name;
    lease.version = field<std::string>(json, "version", "");
    lease.host = field<std::string>(json, "host", "");
    lease.pid = field<std::int64_t>(json, "pid", 0);
    lease.started = field<double>(json, "started", 0);
    lease.loops = field<std::uint64_t>(json, "loops", 0);
    return lease;
}

std::string encode_lease(const RunLease& lease) {
    model::Json json;
    json["name"] = lease.name;
    json["host"] = lease.host;
    json["pid"] = lease.pid;
    json["started"] = lease.started;
    json["workers"] = lease.workers;
    return model::to_python_json(json);
}

Result<RunLease> decode_run_lease(std::string_view run_id, std::string_view text) {
    const auto json = TRY(model::parse_json(text));
    if (!json.is_object()) {
        return Error(ErrorCode::kInvalidInput,
                     "the lease of run " + std::string(run_id) + " is not a JSON object");
    }
    RunLease lease;
    lease.run_id = run_id;
    lease.name = field<std::string>(json, "name", "");
    lease.host = field<std::string>(json, "host", "");
    lease.pid = field<std::int64_t>(json, "pid", 0);
    lease.started = field<double>(json, "started", 0);
    lease.workers = field<std::uint64_t>(json, "workers", 0);
    return lease;
}

std::string encode_lease(const DaemonLease& lease) {
    model::Json json;
    json["host"] = lease.host;
    json["pid"] = lease.pid;
    json["started"] = lease.started;
    return model::to_python_json(json);
}

namespace {

/// How long ago a lease was refreshed, to kLeaseTimeToLive at the most. Nothing: there is none.
Result<std::optional<std::chrono::milliseconds>> age_of(redis::Client& client,
                                                        const std::string& key) {
    const auto reply = TRY(client.command({"PTTL", key}));
    const std::chrono::milliseconds left(TRY(reply.integer()));
    if (left.count() < 0) {  // -2: no such key; -1: without a time to live, so not ours
        return std::optional<std::chrono::milliseconds>();
    }
    const std::chrono::milliseconds whole = kLeaseTimeToLive;
    return std::optional(whole - std::min(left, whole));
}

Result<std::optional<DaemonLease>> holder_of(redis::Client& client, const std::string& key) {
    const auto reply = TRY(client.command({"GET", key}));
    const auto text = TRY(reply.optional_text());
    if (!text) {
        return std::optional<DaemonLease>();
    }
    const auto json = TRY(model::parse_json(*text));
    DaemonLease holder;
    if (json.is_object()) {
        holder.host = field<std::string>(json, "host", "");
        holder.pid = field<std::int64_t>(json, "pid", 0);
    }
    return std::optional(std::move(holder));
}

bool ended_here(const DaemonLease& holder) {
    return holder.host == base::host_name() &&
           (holder.pid == ::getpid() || !base::process_exists(static_cast<pid_t>(holder.pid)));
}

}  // namespace

Result<void> wait_until_free(redis::Client& client, const std::string& key, std::string_view who) {
    auto seen = std::chrono::milliseconds(0);
    for (;;) {
        const auto holder = TRY(holder_of(client, key));
        const auto age = TRY(age_of(client, key));
        if (!holder || !age || *age >= kLeaseSilence || ended_here(*holder)) {
            return {};
        }
        if (*age < seen) {
            return Error(ErrorCode::kConflict,
                         fmt::format("{} is alive already (pid {} on {}); give this one another "
                                     "name",
                                     who, holder->pid, holder->host));
        }
        seen = *age;
        // tidy: at the start of a program, and only another machine could tell
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
}

LeaseKeeper::LeaseKeeper(redis::Client& client,
                         std::string key,
                         std::string value,
                         std::function<void()> on_lapse)
    : client_(client),
      key_(std::move(key)),
      value_(std::move(value)),
      on_lapse_(std::move(on_lapse)) {
    take();
    thread_ = std::thread([this] { run(); });
}

LeaseKeeper::~LeaseKeeper() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
    if (const auto deleted = client_.command({"DEL", key_}); !deleted) {
        base::log_warn("lease {} ends by itself: {}", key_, deleted.error().message());
    }
}

void LeaseKeeper::take() {
    const std::vector<redis::Command> commands = {
        {"EXISTS", key_}, redis::Command{"SET", key_, value_, "EX"}.arg(kLeaseTimeToLive.count())};
    const auto replies = client_.pipeline(commands);
    const auto was_there =
        replies ? replies->at(0).integer() : Result<std::int64_t>(replies.error());
    if (!was_there) {
        base::log_warn("lease {} not refreshed: {}", key_, was_there.error().message());
        return;
    }
    if (held_ && *was_there == 0 && on_lapse_) {
        on_lapse_();
    }
    held_ = true;
}

void LeaseKeeper::run() {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, kLeaseRefresh, [this] { return stopping_; })) {
        lock.unlock();
        take();
        lock.lock();
    }
}

Result<std::vector<std::string>> LeaseBook::names(std::string_view pattern,
                                                  std::string_view prefix) {
    auto names = TRY(scan_keys(client_, pattern));
    for (auto& name : names) {
        name.erase(0, prefix.size());
    }
    return names;
}

Result<std::vector<WorkerLease>> LeaseBook::workers() {
    std::vector<WorkerLease> leases;
    for (const auto& name : TRY(names(keys::kAllWorkerLeases, keys::kWorkerLeasePrefix))) {
        if (auto lease = worker(name); !lease) {
            base::log_warn("{}", lease.error().message());
        } else if (*lease) {
            leases.push_back(std::move(**lease));
        }
    }
    return leases;
}

Result<std::optional<WorkerLease>> LeaseBook::worker(std::string_view name) {
    const auto reply = TRY(client_.command({"GET", keys::worker_lease(name)}));
    const auto text = TRY(reply.optional_text());
    if (!text) {
        return std::optional<WorkerLease>();
    }
    auto lease = TRY(decode_lease(name, *text));
    return std::optional<WorkerLease>(std::move(lease));
}

Result<std::optional<std::chrono::milliseconds>> LeaseBook::worker_lease_age(
    std::string_view name) {
    return age_of(client_, keys::worker_lease(name));
}

Result<std::map<std::string, LeaseBook::Absence, std::less<>>> LeaseBook::absent_workers() {
    const auto holders = TRY(TRY(client_.command({"SMEMBERS", keys::kLeaseHolders})).texts());
    std::vector<redis::Command> commands;
    for (const auto& name : holders) {
        commands.push_back({"PTTL", keys::worker_lease(name)});
    }
    const auto replies = TRY(client_.pipeline(commands));
    std::map<std::string, Absence, std::less<>> absent;
    for (std::size_t i = 0; i < holders.size(); ++i) {
        const std::chrono::milliseconds left(TRY(replies[i].integer()));
        if (left.count() < 0) {
            absent.emplace(holders[i], Absence::kLapsed);
        } else if (left < kLeaseTimeToLive - kLeaseSilence) {
            absent.emplace(holders[i], Absence::kSilent);
        }
    }
    return absent;
}

Result<void> LeaseBook::forget(std::string_view name) {
    TRY(TRY(client_.command({"SREM", keys::kLeaseHolders, name})).integer());
    return {};
}

Result<std::vector<RunLease>> LeaseBook::runs() {
    std::vector<RunLease> leases;
    for (const auto& run_id : TRY(names(keys::kAllRunLeases, keys::kRunLeasePrefix))) {
        if (auto lease = run(run_id); !lease) {
            base::log_warn("{}", lease.error().message());
        } else if (*lease) {
            leases.push_back(std::move(**lease));
        }
    }
    return leases;
}

Result<std::optional<RunLease>> LeaseBook::run(std::string_view run_id) {
    const auto reply = TRY(client_.command({"GET", keys::run_lease(run_id)}));
    const auto text = TRY(reply.optional_text());
    if (!text) {
        return std::optional<RunLease>();
    }
    return std::optional<RunLease>(TRY(decode_run_lease(run_id, *text)));
}

Result<std::optional<std::chrono::milliseconds>> LeaseBook::run_lease_age(std::string_view run_id) {
    return age_of(client_, keys::run_lease(run_id));
}

Result<bool> LeaseBook::run_is_alive(std::string_view run_id) {
    const auto reply = TRY(client_.command({"EXISTS", keys::run_lease(run_id)}));
    return TRY(reply.integer()) > 0;
}

}  // namespace galileo::coord
