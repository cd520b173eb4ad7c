#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <pybind11/pybind11.h>

#include "base/result.h"
#include "control/cluster.h"
#include "coord/bus.h"
#include "coord/routing_store.h"
#include "python/done_watch.h"
#include "python/live_statistics.h"
#include "redis/client.h"
#include "redis/subscriber.h"

namespace galileo::python {

/// One connection of a Python program to the cluster behind one Redis. Shared by Python objects and
/// by calls that Ctrl-C has left behind. Thread-safe.
struct Session {
    /// Connects. kUnavailable, kDenied: Redis.
    static base::Result<std::shared_ptr<Session>> open(const redis::RedisOptions& options);
    ~Session();

    /// Ends what waits in it; no further calls.
    void close();

    /// The statistics that workers publish; begins to listen when first asked for.
    base::Result<LiveStatistics*> statistics();

    std::unique_ptr<redis::Client> redis;
    std::unique_ptr<redis::Subscriber> subscriber;
    std::unique_ptr<coord::EventBus> bus;
    std::unique_ptr<control::Cluster> cluster;
    std::unique_ptr<coord::RoutingStore> routes;
    std::unique_ptr<DoneWatches> done;

  private:
    std::mutex mutex_;
    std::unique_ptr<LiveStatistics> statistics_;  // protected by mutex_
};

/// Adds class `Session` and what it returns to the module.
void add_session(pybind11::module_& module);

}  // namespace galileo::python
