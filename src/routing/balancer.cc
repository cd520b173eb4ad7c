#include "routing/balancer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <string>

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

DrawWeights::DrawWeights(std::span<const double> weights) {
    sums_.reserve(weights.size());
    double sum = 0;
    for (const double weight : weights) {
        sum += weight > 0 ? weight : 0;
        sums_.push_back(sum);
    }
}

std::uint32_t DrawWeights::host_at(double place) const noexcept {
    const auto found = std::upper_bound(sums_.begin(), sums_.end(), place);
    // Rounding may reach the total: the last host with a weight is the first to reach it.
    const auto host =
        found != sums_.end() ? found : std::lower_bound(sums_.begin(), sums_.end(), sums_.back());
    return static_cast<std::uint32_t>(host - sums_.begin());
}

namespace {

struct NamedType {
    std::string_view name;
    BalancerType type;
};
constexpr std::array<NamedType, 4> kTypes{{
    {"weighted-round-robin", BalancerType::kWeightedRoundRobin},
    {"weighted-random", BalancerType::kWeightedRandom},
    {"least-latency", BalancerType::kLeastLatency},
    {"power-of-two-choices", BalancerType::kPowerOfTwoChoices},
}};

}  // namespace

Result<BalancerType> parse_balancer_type(std::string_view name) {
    std::string allowed;
    for (const auto& known : kTypes) {
        if (known.name == name) {
            return known.type;
        }
        allowed += allowed.empty() ? "" : ", ";
        allowed += known.name;
    }
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("unknown balancer '{}'; allowed are {}", name, allowed));
}

std::string_view to_string(BalancerType type) noexcept {
    return kTypes.at(static_cast<std::size_t>(type)).name;
}

std::optional<std::uint32_t> Balancer::next(const Choices& choices) noexcept {
    if (type_ == BalancerType::kWeightedRoundRobin) {
        return round_robin_.next(choices.wheel);
    }
    if (choices.weights.total() <= 0) {
        return std::nullopt;
    }
    switch (type_) {
        case BalancerType::kLeastLatency:
            return soonest(choices);
        case BalancerType::kPowerOfTwoChoices:
            return less_busy_of_two(choices);
        default:
            return draw(choices.weights);
    }
}

std::uint32_t Balancer::draw(const DrawWeights& weights) noexcept {
    return weights.host_at(rng_.uniform() * weights.total());
}

std::uint32_t Balancer::less_busy_of_two(const Choices& choices) noexcept {
    const std::uint32_t first = draw(choices.weights);
    if (choices.loads.empty() || choices.weights.weight(first) >= choices.weights.total()) {
        return first;
    }
    std::uint32_t second = draw(choices.weights);
    for (int tries = 0; second == first && tries < 8; ++tries) {
        second = draw(choices.weights);
    }
    return choices.loads[second]->in_flight() < choices.loads[first]->in_flight() ? second : first;
}

std::uint32_t Balancer::soonest(const Choices& choices) noexcept {
    const std::size_t count = choices.weights.size();
    // Beginning anywhere, so that equal hosts get equal shares.
    const std::uint32_t start = draw(choices.weights);
    if (choices.loads.empty()) {
        return start;
    }
    std::uint32_t best = start;
    double best_cost = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t index = (start + i) % count;
        const double weight = choices.weights.weight(index);
        if (weight <= 0) {
            continue;
        }
        const double cost = choices.loads[index]->expected_wait(choices.now) / weight;
        if (cost < best_cost) {
            best_cost = cost;
            best = static_cast<std::uint32_t>(index);
        }
    }
    return best;
}

}  // namespace galileo::routing
