#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/json.h"
#include "redis/client.h"

namespace galileo::coord {

/// Puts an item (model::QueuedExperiment on the wire) at the end of the original's queue.
Result<void> enqueue(redis::Client& client, const model::Json& item);

/// Takes a queued experiment out of the queues again; false when none has an item of this id. An
/// item that is taken by a daemon at the same moment runs. kConflict: a queue's key is no list.
Result<bool> cancel_queued(redis::Client& client, const std::string& experiment_id);

/// The queues of experiments (contract 4.1, 4.2) as one daemon reads them, so that none is lost: an
/// item that it takes stands in a list of its own, `galileo:experiments:processing:<daemon>`, until
/// it says that it is done with it. What a daemon that died has left there, others take over.
/// Borrows the client. Blocking. Thread-compatible.
class ExperimentQueue {
  public:
    ExperimentQueue(redis::Client& client, std::string daemon);

    /// The oldest item of the first queue that has one; nothing when none came within about `wait`.
    /// kConflict: a queue's key is no list; the other queues are read all the same.
    Result<std::optional<std::string>> take(std::chrono::nanoseconds wait);

    /// Items taken and not done, oldest first.
    Result<std::vector<std::string>> in_work();
    /// Puts `now` in the place of `item`, for example with the id that it was given.
    Result<void> replace(const std::string& item, const std::string& now);
    /// Forgets an item.
    Result<void> done(const std::string& item);
    /// Gives an item back, as the next to be taken.
    Result<void> put_back(const std::string& item);
    /// Moves an item to the list of dead ones, `galileo:experiments:dead`, with the reason and the
    /// time (epoch seconds). It keeps the newest 1,000.
    Result<void> bury(const std::string& item, std::string_view reason, double now);

    /// Takes over what daemons without a lease have in work; returns how many items.
    Result<std::uint64_t> adopt();

  private:
    Result<std::optional<std::string>> move(std::string_view from, const std::string& to);
    Result<void> execute(const std::vector<redis::Command>& commands);

    redis::Client& client_;
    const std::string daemon_;
    const std::string in_work_;
};

}  // namespace galileo::coord
