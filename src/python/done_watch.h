#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "coord/bus.h"

namespace galileo::python {

/// Waits for the WorkloadDoneEvents of some clients (contract 2.4). Events count from its making.
/// Thread-safe.
class DoneWatch {
  public:
    explicit DoneWatch(const std::vector<std::string>& client_ids)
        : waiting_(client_ids.begin(), client_ids.end()) {}

    /// This client is done, or gone.
    void done(const std::string& client_id);
    /// Ends all waiting.
    void cancel();

    /// True once no client is waited for, or it was cancelled; `patience` at the most.
    bool wait(std::chrono::nanoseconds patience);
    [[nodiscard]] std::vector<std::string> waiting() const;

  private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    // Protected by mutex_:
    std::set<std::string> waiting_;
    bool cancelled_ = false;
};

/// All watches of a session, fed from one subscription. Thread-safe.
class DoneWatches {
  public:
    /// Listens from now on. Errors as redis::Subscriber::subscribe. `bus` must outlive it.
    static Result<std::unique_ptr<DoneWatches>> listen(coord::EventBus& bus);
    ~DoneWatches();
    DoneWatches(const DoneWatches&) = delete;
    DoneWatches& operator=(const DoneWatches&) = delete;

    /// Shared: it lives as long as a Python object refers to it.
    std::shared_ptr<DoneWatch> watch(const std::vector<std::string>& client_ids);

  private:
    explicit DoneWatches(coord::EventBus& bus) : bus_(bus) {}

    coord::EventBus& bus_;
    std::mutex mutex_;
    std::vector<std::weak_ptr<DoneWatch>> watches_;  ///< protected by mutex_
};

}  // namespace galileo::python
