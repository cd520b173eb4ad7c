#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/client.h"
#include "redis/client.h"

namespace galileo::coord {

using Labels = std::map<std::string, std::string>;  ///< name -> value

struct RegisteredWorker {
    std::string name;
    Labels labels;

    bool operator==(const RegisteredWorker&) const = default;
};

/// Who has registered in Redis: workers with their labels, and the clients they host
/// (contract 1.1, 1.8, 2.1). Being registered does not mean being alive: see lease.h. Borrows the
/// client. Every call blocks on Redis and may fail as redis::Client does. Thread-safe.
class Registry {
  public:
    explicit Registry(redis::Client& client) : client_(client) {}

    // What workers do.

    /// Fails with kInvalidInput when `name` cannot be a worker's name (keys::is_usable_name), and
    /// with kConflict, naming the key, when one of the keys that it would use holds something of
    /// another kind (contract 10.5).
    Result<void> check_worker_name(std::string_view name);

    /// Puts the worker and its labels in and publishes RegisterWorkerEvent. Labels whose names may
    /// hold secrets (base::holds_secret) are left out; label fields of an earlier registration that
    /// are not among `labels` go away. Calling it again refreshes. Errors as check_worker_name.
    Result<void> register_worker(std::string_view name, const Labels& labels);

    /// Takes out the worker, its labels and all its clients, and publishes UnregisterWorkerEvent.
    /// No effect on others.
    Result<void> unregister_worker(std::string_view name);

    /// For a worker that starts: removes the clients that a crashed process of this name has left,
    /// and returns a number above those in all their ids (contract 10.1), 0 when there were none.
    Result<std::uint64_t> reclaim(std::string_view worker);

    /// Puts clients of one worker in; again is fine.
    Result<void> register_clients(std::string_view worker,
                                  std::span<const model::ClientDescription> clients);
    Result<void> unregister_clients(std::string_view worker,
                                    std::span<const std::string> client_ids);

    // What controllers do.

    /// In order of name.
    Result<std::vector<std::string>> workers();
    /// With labels; a worker whose label key holds something else has none.
    Result<std::vector<RegisteredWorker>> workers_with_labels();
    Result<Labels> labels(std::string_view worker);

    /// Every registered client with a readable description, of all workers, in order of id.
    Result<std::vector<model::ClientDescription>> clients();
    /// Nothing when it is not registered or its description cannot be read.
    Result<std::optional<model::ClientDescription>> client(std::string_view client_id);
    /// How many clients each of `workers` hosts, in the same order.
    Result<std::vector<std::uint64_t>> client_counts(std::span<const std::string> workers);

    /// Empties the registry of workers and asks all to register again; returns how many were asked.
    /// The original's workers do not register their clients again, ours do (contract 10.7).
    Result<std::int64_t> discover();

  private:
    Result<std::vector<model::ClientDescription>> descriptions(
        std::span<const std::string> client_ids);

    redis::Client& client_;
};

/// Gives each of `count` new clients to the worker with the fewest, the first of them on ties;
/// `hosted` are those the workers have now (contract 1.8). Returns how many new ones each worker
/// gets, in the same order; all 0 without workers. Pure.
std::vector<std::uint64_t> deal_clients(std::vector<std::uint64_t> hosted, std::uint64_t count);

/// True when `labels` has every one of `wanted` with an equal value; a worker that lacks one does
/// not match (contract 10.6).
bool labels_match(const Labels& labels, const Labels& wanted);

}  // namespace galileo::coord
