#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"

namespace galileo::routing {

/// How one host fares, as seen from one loop: how many requests are on their way to it and how long
/// its answers take. A peak-sensitive moving average (as in Finagle's balancers): a slower answer
/// counts at once, faster ones by and by, and what was seen fades (to a third in 5 s) when nothing
/// new is. Loop-bound.
class HostLoad {
  public:
    /// A request goes to it.
    void begin() noexcept { ++in_flight_; }
    /// Its answer has come, or it has failed: then it counts as slow, since failing fast must not
    /// look good.
    void end(std::chrono::nanoseconds latency, bool failed, base::MonotonicTime now) noexcept;
    /// It was taken back before anything came of it.
    void take_back() noexcept { --in_flight_; }

    [[nodiscard]] std::uint32_t in_flight() const noexcept { return in_flight_; }
    /// Nanoseconds that one more request is likely to take: the average times those in flight and
    /// this one. 0 when nothing is known and nothing on the way; very long while the first answers
    /// are awaited, so that a new host is tried by one request and not flooded.
    [[nodiscard]] double expected_wait(base::MonotonicTime now) const noexcept;

  private:
    /// The share of the average that has not faded.
    [[nodiscard]] double kept(base::MonotonicTime now) const noexcept;

    std::uint32_t in_flight_ = 0;
    double average_ = 0;  ///< nanoseconds, at `seen_`; 0: nothing seen
    base::MonotonicTime seen_{};
};

struct RouteSet;

/// The loads of all hosts that a loop's clients send to. Loop-bound.
class HostLoads {
  public:
    using List = std::vector<HostLoad*>;

    /// The loads of a record's hosts, in order; shared by all who ask for the same version. Valid
    /// as long as this object. Allocates for hosts and versions it has not seen.
    std::shared_ptr<const List> of(const RouteSet& set);

  private:
    HostLoad& load_of(const std::string& authority);

    std::unordered_map<std::string, std::unique_ptr<HostLoad>> hosts_;
    std::map<std::uint64_t, std::weak_ptr<const List>> lists_;  ///< by version of the record
    HostLoad others_;                                           ///< of all hosts beyond the limit
};

}  // namespace galileo::routing
