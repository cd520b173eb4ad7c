#pragma once

#include <map>
#include <string>

#include "base/clock.h"
#include "coord/lease.h"
#include "worker/client_host.h"

namespace galileo::worker {

/// Ends clients whose controller is dead: those that are bound to the lease of a run
/// (contract 10.3, 10.30) which has not been refreshed for seven seconds, or is gone. While Redis
/// is away nothing is known, and they go on. Thread-compatible.
class ClientLeases {
  public:
    /// All must outlive it.
    ClientLeases(ClientHost& clients, coord::LeaseBook& leases, base::Clock& clock)
        : clients_(clients), leases_(leases), clock_(clock) {}

    /// Call it several times a second; asks Redis once a second, and only when clients are bound.
    void tick();

  private:
    bool is_dead(const std::string& run_id);

    ClientHost& clients_;
    coord::LeaseBook& leases_;
    base::Clock& clock_;
    base::MonotonicTime next_{};
    std::map<std::string, int> absent_;  ///< how often in a row a run's lease was not there
};

}  // namespace galileo::worker
