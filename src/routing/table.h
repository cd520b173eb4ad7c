#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "model/routing_record.h"
#include "routing/balancer.h"
#include "routing/target.h"

namespace galileo::routing {

/// kInvalidInput, naming the service and what is wrong, unless the record can be routed by: a
/// service name without spaces, commas and control characters; 1 to 65,536 hosts that parse_target
/// accepts; as many weights (`The number of weights does not match the population`), each finite,
/// from 0 to 1e15. All weights 0 is a valid record; drawing from it fails.
Result<void> validate(const model::RoutingRecord& record);

/// One version of a service's record, prepared for drawing. Immutable; thread-safe.
struct RouteSet {
    /// Numbers versions of records: no two sets of one table share it, so (version, host index)
    /// names a target for ever.
    std::uint64_t version;
    model::RoutingRecord record;
    WheelWeights wheel;
    DrawWeights weights;
    std::vector<Target> host_targets;  ///< one per host, in order: `http://<host>`
    std::vector<Target>
        service_targets;  ///< the same for service routers: `http://<host>/<service>`
};

/// The routing table of one process: service name to hosts and weights. One writer (who listens for
/// updates) and many readers (loops). Thread-safe.
class RoutingTable {
  public:
    /// Grows with every change of any record and never shrinks. One acquire load, no lock: a reader
    /// that remembers the number it saw before calling find needs to call find again only when this
    /// differs.
    [[nodiscard]] std::uint64_t version() const noexcept {
        return version_.load(std::memory_order_acquire);
    }

    /// The current record of `service`; nullptr when there is none. Takes a lock for a moment. The
    /// set is shared because readers keep using it while a change replaces it.
    [[nodiscard]] std::shared_ptr<const RouteSet> find(std::string_view service) const;

    /// Copies of all records, in order of service name.
    [[nodiscard]] std::vector<model::RoutingRecord> records() const;

    /// Adds or replaces the record of its service. Setting an equal record changes nothing. Errors
    /// as validate; the table is then unchanged.
    Result<void> set(model::RoutingRecord record);

    /// Removes a record; no effect when there is none.
    void remove(std::string_view service);

    void clear();

    /// Makes the table hold exactly these records, in one step for readers; of two records of one
    /// service the last wins. Records that stay equal keep their version. Errors as validate; the
    /// table is then unchanged.
    Result<void> replace_all(std::vector<model::RoutingRecord> records);

  private:
    struct State {
        std::map<std::string, std::shared_ptr<const RouteSet>, std::less<>> sets;
        std::uint64_t version = 0;
    };

    /// Puts `set` in place and numbers it, unless an equal record is there.
    static void put(State& state, std::shared_ptr<RouteSet> set);

    /// Changes the state by `change(State&)` under the lock, then tells readers the version.
    template <typename Change>
    void update(Change&& change);

    base::Guarded<State> state_;
    std::atomic<std::uint64_t> version_{0};  ///< the one in state_, for readers without the lock
};

}  // namespace galileo::routing
