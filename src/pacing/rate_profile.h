#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "base/result.h"

namespace galileo::pacing {

/// A stretch of a profile: the rate moves in a straight line from `from` to `to` (requests per
/// second) within `duration`.
struct Stage {
    std::chrono::nanoseconds duration{};
    double from = 0;
    double to = 0;
};

/// An arrival rate as a function of elapsed time: straight pieces, so its integral is known in
/// closed form and nothing drifts. Pure and immutable; thread-safe.
class RateProfile {
  public:
    static constexpr double kMaxRate = 1e9;

    /// Stages one after the other. kInvalidInput: no stages, a duration of 0 or below, durations
    /// that sum up beyond what nanoseconds can hold (292 years), a rate that is negative, not
    /// finite or above kMaxRate.
    static Result<RateProfile> of_stages(std::vector<Stage> stages);
    static Result<RateProfile> constant(double rate, std::chrono::nanoseconds duration);
    /// The original's ticks: each rate holds for `interval`; the last tick ends at `duration` at
    /// the latest, and rates that would begin later are not used (contract 4.3). Too few rates make
    /// a shorter profile. kInvalidInput: an interval or a duration of 0 or below, and as above.
    static Result<RateProfile> of_ticks(const std::vector<double>& rates,
                                        std::chrono::nanoseconds interval,
                                        std::chrono::nanoseconds duration);

    [[nodiscard]] std::chrono::nanoseconds duration() const noexcept;
    [[nodiscard]] double rate_at(
        std::chrono::nanoseconds elapsed) const noexcept;  ///< 0 outside [0, duration)
    /// The integral of the rate from 0 to `elapsed`: how many arrivals are due by then. Clamped to
    /// [0, total()].
    [[nodiscard]] double cumulative(std::chrono::nanoseconds elapsed) const noexcept;
    [[nodiscard]] double total() const noexcept;  ///< cumulative(duration())
    /// Whole arrivals that even spacing makes: floor(total()), tolerant of rounding.
    [[nodiscard]] std::uint64_t planned() const noexcept;
    /// The earliest elapsed time at which cumulative() reaches `arrivals`; duration() when it never
    /// does.
    [[nodiscard]] std::chrono::nanoseconds when(double arrivals) const noexcept;
    /// When arrival number `arrival` (from 0) of even spacing is due: where the integral has
    /// reached `arrival` and goes on, so not before or within a stretch of rate 0. A constant rate
    /// has its first one at 0. duration() from planned() on.
    [[nodiscard]] std::chrono::nanoseconds due(std::uint64_t arrival) const noexcept;
    [[nodiscard]] const std::vector<Stage>& stages() const noexcept { return stages_; }

  private:
    explicit RateProfile(std::vector<Stage> stages);

    [[nodiscard]] std::size_t stage_at(std::chrono::nanoseconds elapsed) const noexcept;
    [[nodiscard]] std::chrono::nanoseconds solve(std::size_t stage, double arrivals) const noexcept;

    std::vector<Stage> stages_;
    // One longer than stages_: what lies before each stage, and the whole at the end.
    std::vector<double> arrivals_before_;
    std::vector<std::chrono::nanoseconds> elapsed_before_;
};

}  // namespace galileo::pacing
