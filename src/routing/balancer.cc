#include "routing/balancer.h"

#include <algorithm>
#include <numeric>

namespace galileo::routing {

WheelWeights::WheelWeights(std::span<const double> weights) {
    constexpr double kLargest = 1e15;
    values_.reserve(weights.size());
    for (const double weight : weights) {
        const double positive = weight > 0 ? std::min(weight, kLargest) : 0;  // NaN is not > 0
        const auto value = static_cast<std::int64_t>(positive);
        values_.push_back(value);
        largest_ = std::max(largest_, value);
        divisor_ = std::gcd(divisor_, value);
    }
}

std::optional<std::uint32_t> WeightedRoundRobin::next(const WheelWeights& weights) noexcept {
    const auto values = weights.values();
    if (weights.largest() == 0) {
        return std::nullopt;
    }
    for (;;) {  // ends: start_round brings the threshold down to the largest weight
        position_ = (position_ + 1) % values.size();
        if (position_ == 0) {
            start_round(weights);
        }
        if (values[position_] >= threshold_) {
            return static_cast<std::uint32_t>(position_);
        }
    }
}

void WeightedRoundRobin::start_round(const WheelWeights& weights) noexcept {
    const std::int64_t excess = threshold_ - weights.largest();
    if (excess > 0) {
        // The weights shrank. The original goes round idly, one step each, until a host takes part
        // again; the same state in one go.
        threshold_ -= (excess + weights.divisor() - 1) / weights.divisor() * weights.divisor();
    } else {
        threshold_ -= weights.divisor();
    }
    if (threshold_ <= 0) {
        threshold_ = weights.largest();
    }
}

}  // namespace galileo::routing
