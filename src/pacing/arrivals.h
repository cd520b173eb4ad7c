#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/random.h"
#include "pacing/distribution.h"
#include "pacing/rate_profile.h"

namespace galileo::pacing {

/// An arrival process: when requests are due, counted from the start of the workload. Pure: knows
/// no clock. Every call gives the next arrival; offsets never decrease; nothing once the process
/// has ended (and then for ever). Thread-compatible.
class Arrivals {
  public:
    virtual ~Arrivals() = default;
    virtual std::optional<std::chrono::nanoseconds> next() = 0;
};

/// How arrivals of a rate profile are spaced.
enum class Spacing {
    kEven,     ///< evenly: the k-th arrival is where the integral of the rate reaches k
    kPoisson,  ///< a (non-homogeneous) Poisson process with that rate: an open model of many
               ///< independent users
};

/// One of `of` equal shares of a schedule; index in [0, of) (a promise: anything else aborts).
struct Share {
    std::uint64_t index = 0;
    std::uint64_t of = 1;
};

/// Arrivals that follow `profile`, ending with it. Even spacing: the share takes arrivals index,
/// index + of, index + 2 of, ... of the one global schedule, so that all shares together make
/// exactly that schedule. Poisson: an independent process of rate/of from stream `index` of `seed`;
/// together they are a Poisson process of the whole rate. `profile` must not be null; it is shared
/// because many clients follow one profile for as long as each of them lives.
std::unique_ptr<Arrivals> profile_arrivals(std::shared_ptr<const RateProfile> profile,
                                           Spacing spacing,
                                           Share share,
                                           std::uint64_t seed);

/// Arrivals separated by draws from `distribution` (contract 2.4): the first one comes after the
/// first interval; draws of 0 and below (and NaN) mean no wait; offsets are summed in whole
/// nanoseconds and a carried fraction, so there is no drift, and stay at nanoseconds::max() once
/// there. Ends after `count` arrivals (0: at once); absent: never.
std::unique_ptr<Arrivals> interval_arrivals(Distribution distribution,
                                            base::Rng rng,
                                            std::optional<std::uint64_t> count);

/// Arrivals separated by recorded intervals, in order (contract 2.6): the first one comes after the
/// first interval; those of 0 and below mean no wait. Ends with them, or after `count`.
std::unique_ptr<Arrivals> recorded_arrivals(std::vector<std::chrono::nanoseconds> intervals,
                                            std::optional<std::uint64_t> count);

}  // namespace galileo::pacing
