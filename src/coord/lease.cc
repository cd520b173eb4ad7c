#include "coord/lease.h"

#include <algorithm>
#include <optional>
#include <set>

#include "base/log.h"
#include "coord/keys.h"
#include "model/json.h"

namespace galileo::coord {

namespace {

constexpr std::int64_t kScanCount = 1'000;

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

LeaseKeeper::LeaseKeeper(redis::Client& client, std::string key, std::string value)
    : client_(client), key_(std::move(key)), value_(std::move(value)) {
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

void LeaseKeeper::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        lock.unlock();
        const auto set = client_.command(
            redis::Command{"SET", key_, value_, "EX"}.arg(kLeaseTimeToLive.count()));
        if (!set) {
            base::log_warn("lease {} not refreshed: {}", key_, set.error().message());
        }
        lock.lock();
        changed_.wait_for(lock, kLeaseRefresh, [this] { return stopping_; });
    }
}

Result<std::vector<WorkerLease>> LeaseBook::workers() {
    std::set<std::string> names;
    std::string cursor = "0";
    do {
        auto reply = TRY(client_.command(
            redis::Command{"SCAN", cursor, "MATCH", keys::kAllWorkerLeases, "COUNT"}.arg(
                kScanCount)));
        const auto parts = TRY(std::move(reply).array());
        if (parts.size() != 2) {
            return Error(ErrorCode::kProtocol, "SCAN: want a cursor and keys");
        }
        cursor = TRY(parts[0].text());
        for (auto& key : TRY(parts[1].texts())) {
            names.insert(key.substr(keys::kWorkerLeasePrefix.size()));
        }
    } while (cursor != "0");
    std::vector<WorkerLease> leases;
    for (const auto& name : names) {
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

Result<bool> LeaseBook::run_is_alive(std::string_view run_id) {
    const auto reply = TRY(client_.command({"EXISTS", keys::run_lease(run_id)}));
    return TRY(reply.integer()) > 0;
}

}  // namespace galileo::coord
