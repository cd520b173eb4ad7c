#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.h"
#include "redis/client.h"

/// Leases: keys of ours with a time to live, which say that somebody is alive now. The original has
/// none, so its killed workers stay registered for ever (contract 10.2).
namespace galileo::coord {

inline constexpr std::chrono::seconds kLeaseTimeToLive{10};
inline constexpr std::chrono::seconds kLeaseRefresh{1};
/// A lease not refreshed for this long: its holder is most probably dead.
inline constexpr std::chrono::seconds kLeaseSilence{4};

/// What a worker of ours says about itself in its lease.
struct WorkerLease {
    std::string name;
    std::string version;
    std::string host;
    std::int64_t pid = 0;
    double started = 0;  ///< epoch seconds
    std::uint64_t loops = 0;

    bool operator==(const WorkerLease&) const = default;
};

/// What the controller of a run says about it in its lease.
struct RunLease {
    std::string run_id;
    std::string name;  ///< of the experiment; empty: unknown
    std::string host;  ///< of the controller
    std::int64_t pid = 0;
    double started = 0;         ///< epoch seconds; 0: unknown
    std::uint64_t workers = 0;  ///< that take part; 0: unknown

    bool operator==(const RunLease&) const = default;
};

/// What an experiment daemon says about itself in its lease.
struct DaemonLease {
    std::string host;
    std::int64_t pid = 0;
    double started = 0;  ///< epoch seconds

    bool operator==(const DaemonLease&) const = default;
};

/// JSON text of a lease (without the name or id, which is in the key), and back. Missing keys take
/// the defaults; kInvalidInput for anything but an object.
std::string encode_lease(const WorkerLease& lease);
Result<WorkerLease> decode_lease(std::string_view name, std::string_view text);
std::string encode_lease(const RunLease& lease);
Result<RunLease> decode_run_lease(std::string_view run_id, std::string_view text);
std::string encode_lease(const DaemonLease& lease);

/// Returns once nobody who is alive holds the lease `key`, of a worker or a daemon: it is not
/// there, has not been refreshed for kLeaseSilence, or its holder was a process of this host that
/// has ended. kConflict, "`who` is alive already (pid and host)", when it is seen to be refreshed.
/// Blocks for kLeaseSilence at the most.
Result<void> wait_until_free(redis::Client& client, const std::string& key, std::string_view who);

/// Holds one lease: takes it on construction, refreshes it on a thread of its own, deletes it on
/// destruction. While Redis is away it goes on trying, so the lease is there again when Redis is.
/// `on_lapse`, which may be empty, is called on that thread when the lease had run out meanwhile:
/// others may have taken its holder for dead. Thread-safe.
class LeaseKeeper {
  public:
    /// `client` must outlive the keeper.
    LeaseKeeper(redis::Client& client,
                std::string key,
                std::string value,
                std::function<void()> on_lapse = {});
    ~LeaseKeeper();
    LeaseKeeper(const LeaseKeeper&) = delete;
    LeaseKeeper& operator=(const LeaseKeeper&) = delete;

  private:
    void take();
    void run();

    redis::Client& client_;
    const std::string key_;
    const std::string value_;
    const std::function<void()> on_lapse_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;  // protected by mutex_
    bool held_ = false;      ///< taken at least once; of the constructor, then of the thread
    std::thread thread_;
};

/// Reads leases. Thread-safe.
class LeaseBook {
  public:
    explicit LeaseBook(redis::Client& client) : client_(client) {}

    /// The workers of ours that are alive, in order of name. Undecodable leases are left out and
    /// logged.
    Result<std::vector<WorkerLease>> workers();
    /// Nothing when this worker has no lease: it is the original's, or dead.
    Result<std::optional<WorkerLease>> worker(std::string_view name);
    /// How long ago the worker has refreshed its lease, to kLeaseTimeToLive at the most. Nothing
    /// when it has none.
    Result<std::optional<std::chrono::milliseconds>> worker_lease_age(std::string_view name);

    /// Workers of ours that are registered but not alive: their lease is silent, or has lapsed. The
    /// original's workers, which have none, are never among them.
    enum class Absence {
        kSilent,  ///< not refreshed for kLeaseSilence
        kLapsed,  ///< gone
    };
    Result<std::map<std::string, Absence, std::less<>>> absent_workers();
    /// From now on the worker counts as one without a lease: the original's has taken the name.
    Result<void> forget(std::string_view name);

    /// The runs that go on, in order of id. Undecodable leases are left out and logged.
    Result<std::vector<RunLease>> runs();
    /// Nothing when there is no such run, or it has ended.
    Result<std::optional<RunLease>> run(std::string_view run_id);
    Result<bool> run_is_alive(std::string_view run_id);
    /// As worker_lease_age().
    Result<std::optional<std::chrono::milliseconds>> run_lease_age(std::string_view run_id);

  private:
    /// What stands behind `prefix` in the keys that match `pattern`, in order.
    Result<std::vector<std::string>> names(std::string_view pattern, std::string_view prefix);

    redis::Client& client_;
};

}  // namespace galileo::coord
