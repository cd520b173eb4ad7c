#include "pacing/rate_profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace galileo::pacing {

using std::chrono::nanoseconds;

namespace {

constexpr double kNanosecondsPerSecond = 1e9;

double seconds(nanoseconds duration) {
    return static_cast<double>(duration.count()) / kNanosecondsPerSecond;
}

/// How far a sum of stages may be off from rounding alone; always much less than one arrival.
double rounding(double arrivals) {
    return std::min(1e-9 + 1e-12 * arrivals, 0.01);
}

double arrivals_in(const Stage& stage) {
    return (stage.from + stage.to) / 2 * seconds(stage.duration);
}

/// How many arrivals fall into the first `elapsed` of a stage.
double arrivals_within(const Stage& stage, nanoseconds elapsed) {
    const double part = seconds(elapsed) / seconds(stage.duration);
    return (stage.from + (stage.to - stage.from) * part / 2) * seconds(elapsed);
}

/// The positive root of rate * t + slope / 2 * t * t = arrivals, for a rate that does not fall.
/// This form of it subtracts nothing, so no digits cancel, and it holds for slope 0.
double seconds_until(double arrivals, double rate, double slope) {
    const double divisor = rate + std::sqrt(rate * rate + 2 * slope * arrivals);
    return divisor > 0 ? 2 * arrivals / divisor : 0;
}

Result<void> check_rate(double rate) {
    if (!(rate >= 0 && rate <= RateProfile::kMaxRate)) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("a rate of {}: want 0 to {} requests per second", rate,
                                 RateProfile::kMaxRate));
    }
    return {};
}

}  // namespace

RateProfile::RateProfile(std::vector<Stage> stages)
    : stages_(std::move(stages)), arrivals_before_{0}, elapsed_before_{nanoseconds(0)} {
    arrivals_before_.reserve(stages_.size() + 1);
    elapsed_before_.reserve(stages_.size() + 1);
    for (const Stage& stage : stages_) {
        arrivals_before_.push_back(arrivals_before_.back() + arrivals_in(stage));
        elapsed_before_.push_back(elapsed_before_.back() + stage.duration);
    }
}

Result<RateProfile> RateProfile::of_stages(std::vector<Stage> stages) {
    if (stages.empty()) {
        return Error(ErrorCode::kInvalidInput, "no stages: want at least one");
    }
    nanoseconds left = nanoseconds::max();
    for (std::size_t index = 0; index < stages.size(); ++index) {
        const Stage& stage = stages[index];
        const std::string place = fmt::format("stage {}", index + 1);
        if (stage.duration.count() <= 0) {
            return Error(ErrorCode::kInvalidInput,
                         fmt::format("{}: a duration of {} ns: want more than 0", place,
                                     stage.duration.count()));
        }
        if (stage.duration > left) {
            return Error(ErrorCode::kInvalidInput,
                         place + ": all durations together are beyond 292 years");
        }
        left -= stage.duration;
        TRY_WITHIN(place, check_rate(stage.from));
        TRY_WITHIN(place, check_rate(stage.to));
    }
    return RateProfile(std::move(stages));
}

Result<RateProfile> RateProfile::constant(double rate, nanoseconds duration) {
    return of_stages({Stage{duration, rate, rate}});
}

Result<RateProfile> RateProfile::of_ticks(const std::vector<double>& rates,
                                          nanoseconds interval,
                                          nanoseconds duration) {
    if (rates.empty()) {
        return Error(ErrorCode::kInvalidInput, "no ticks: want at least one rate");
    }
    if (interval.count() <= 0 || duration.count() <= 0) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("an interval of {} ns and a duration of {} ns: want more than 0",
                                 interval.count(), duration.count()));
    }
    std::vector<Stage> stages;
    nanoseconds left = duration;
    for (std::size_t index = 0; index < rates.size(); ++index) {
        TRY_WITHIN(fmt::format("tick {}", index + 1), check_rate(rates[index]));
        if (left.count() > 0) {
            const nanoseconds held = std::min(interval, left);
            stages.push_back({held, rates[index], rates[index]});
            left -= held;
        }
    }
    return of_stages(std::move(stages));
}

nanoseconds RateProfile::duration() const noexcept {
    return elapsed_before_.back();
}

double RateProfile::total() const noexcept {
    return arrivals_before_.back();
}

std::uint64_t RateProfile::planned() const noexcept {
    return static_cast<std::uint64_t>(std::floor(total() + rounding(total())));
}

/// The stage that holds `elapsed`, which lies in [0, duration()).
std::size_t RateProfile::stage_at(nanoseconds elapsed) const noexcept {
    const auto after = std::upper_bound(elapsed_before_.begin(), elapsed_before_.end(), elapsed);
    return static_cast<std::size_t>(after - elapsed_before_.begin()) - 1;
}

double RateProfile::rate_at(nanoseconds elapsed) const noexcept {
    if (elapsed.count() < 0 || elapsed >= duration()) {
        return 0;
    }
    const std::size_t index = stage_at(elapsed);
    const Stage& stage = stages_[index];
    const double part = seconds(elapsed - elapsed_before_[index]) / seconds(stage.duration);
    return stage.from + (stage.to - stage.from) * part;
}

double RateProfile::cumulative(nanoseconds elapsed) const noexcept {
    if (elapsed.count() <= 0) {
        return 0;
    }
    if (elapsed >= duration()) {
        return total();
    }
    const std::size_t index = stage_at(elapsed);
    const double within = arrivals_within(stages_[index], elapsed - elapsed_before_[index]);
    return std::min(arrivals_before_[index] + within, arrivals_before_[index + 1]);
}

/// The elapsed time at which stage number `index` makes the integral reach `arrivals`, which lies
/// in what the stage covers.
nanoseconds RateProfile::solve(std::size_t index, double arrivals) const noexcept {
    const Stage& stage = stages_[index];
    const double slope = (stage.to - stage.from) / seconds(stage.duration);
    double within = 0;
    if (slope >= 0) {
        within = seconds_until(arrivals - arrivals_before_[index], stage.from, slope);
    } else {
        // Backwards from the end the rate does not fall.
        within = seconds(stage.duration) -
                 seconds_until(arrivals_before_[index + 1] - arrivals, stage.to, -slope);
    }
    const double rounded = std::round(within * kNanosecondsPerSecond);
    const double longest = static_cast<double>(stage.duration.count());
    // Compared as doubles: a long stage's end rounds up to what nanoseconds cannot hold.
    if (!(rounded < longest)) {
        return elapsed_before_[index + 1];
    }
    return elapsed_before_[index] + nanoseconds(static_cast<std::int64_t>(std::max(rounded, 0.0)));
}

nanoseconds RateProfile::when(double arrivals) const noexcept {
    if (!(arrivals > 0)) {
        return nanoseconds(0);
    }
    if (arrivals > total()) {
        return duration();
    }
    const auto reached =
        std::lower_bound(arrivals_before_.begin(), arrivals_before_.end(), arrivals);
    return solve(static_cast<std::size_t>(reached - arrivals_before_.begin()) - 1, arrivals);
}

nanoseconds RateProfile::due(std::uint64_t arrival) const noexcept {
    if (arrival >= planned()) {
        return duration();
    }
    const auto arrivals = static_cast<double>(arrival);
    // An arrival at the edge of two stages, but for rounding, is the first of the later one.
    const double nearly = arrivals + rounding(arrivals);
    const auto beyond = std::upper_bound(arrivals_before_.begin(), arrivals_before_.end(), nearly);
    if (beyond == arrivals_before_.end()) {
        return when(arrivals);
    }
    const std::size_t index = static_cast<std::size_t>(beyond - arrivals_before_.begin()) - 1;
    return solve(index, std::max(arrivals, arrivals_before_[index]));
}

}  // namespace galileo::pacing
