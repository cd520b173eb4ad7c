#pragma once

#include <map>
#include <string>

#include "coord/lease.h"

namespace galileo::worker {

/// Tells which runs have lost their controller, which no longer refreshes the lease of its run.
/// While Redis is away nothing is known, and they count as alive. Thread-compatible.
class RunLeases {
  public:
    /// `book` must outlive it.
    explicit RunLeases(coord::LeaseBook& book) : book_(book) {}

    /// Call it once a second for each run; asks Redis. True: the lease has not been refreshed for
    /// seven seconds, or has not been there for seven calls in a row, since a Redis that was
    /// restarted has no leases until their holders have refreshed them.
    bool is_dead(const std::string& run_id);
    /// The run has ended.
    void forget(const std::string& run_id) { absent_.erase(run_id); }

  private:
    coord::LeaseBook& book_;
    std::map<std::string, int> absent_;  ///< how often in a row a run's lease was not there
};

}  // namespace galileo::worker
