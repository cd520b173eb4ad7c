#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "routing/host_load.h"

namespace galileo::routing {

/// The weights of one record, prepared for weighted round robin: truncated to whole numbers (0.5
/// becomes 0), as the original does. Negative weights and NaN count as 0, beyond 1e15 as 1e15.
/// Immutable after construction; thread-safe.
class WheelWeights {
  public:
    explicit WheelWeights(std::span<const double> weights);

    [[nodiscard]] std::span<const std::int64_t> values() const noexcept { return values_; }
    [[nodiscard]] std::int64_t largest() const noexcept { return largest_; }
    /// Greatest common divisor of all values; 0 when all are 0.
    [[nodiscard]] std::int64_t divisor() const noexcept { return divisor_; }

  private:
    std::vector<std::int64_t> values_;
    std::int64_t largest_ = 0;
    std::int64_t divisor_ = 0;
};

/// Weighted round robin, draw for draw the sequence of contract 2.8. One per client and service:
/// every client starts at the beginning. The position survives a change of the weights. A value;
/// thread-compatible.
class WeightedRoundRobin {
  public:
    /// The index of the next host. Nothing when there are no weights or all are 0; the position
    /// then stays, so that drawing goes on where it was once there are weights. At most two rounds
    /// over the weights; does not allocate.
    std::optional<std::uint32_t> next(const WheelWeights& weights) noexcept;

  private:
    void start_round(const WheelWeights& weights) noexcept;

    std::size_t position_ = kBeforeFirst;
    std::int64_t threshold_ = 0;  ///< hosts of at least this weight take part in the current round

    static constexpr std::size_t kBeforeFirst = static_cast<std::size_t>(-1);
};

/// The weights of one record for drawing at random: as they are given, fractions included.
/// Immutable after construction; thread-safe.
class DrawWeights {
  public:
    explicit DrawWeights(std::span<const double> weights);

    [[nodiscard]] double total() const noexcept { return sums_.empty() ? 0 : sums_.back(); }
    [[nodiscard]] std::size_t size() const noexcept { return sums_.size(); }
    [[nodiscard]] double weight(std::size_t index) const noexcept {
        return index == 0 ? sums_[0] : sums_[index] - sums_[index - 1];
    }
    /// The host at `place`, from 0 up to total(): one of weight 0 is at no place.
    [[nodiscard]] std::uint32_t host_at(double place) const noexcept;

  private:
    std::vector<double> sums_;  ///< of the weights up to each host
};

/// How a client chooses among the hosts of a service.
enum class BalancerType : std::uint8_t {
    kWeightedRoundRobin,  ///< `weighted-round-robin`: the original's, and the default
    kWeightedRandom,      ///< `weighted-random`: each draw by weight, independent of all others
    kLeastLatency,        ///< `least-latency`: the host that answers soonest, by what was seen
    kPowerOfTwoChoices,   ///< `power-of-two-choices`: of two by weight, the less busy one
};

/// kInvalidInput names those that are allowed.
Result<BalancerType> parse_balancer_type(std::string_view name);
std::string_view to_string(BalancerType type) noexcept;

/// Whether it needs to know how the hosts fare.
[[nodiscard]] constexpr bool looks_at_load(BalancerType type) noexcept {
    return type == BalancerType::kLeastLatency || type == BalancerType::kPowerOfTwoChoices;
}

/// What a balancer chooses from. Borrowed for the call.
struct Choices {
    const WheelWeights& wheel;
    const DrawWeights& weights;
    /// One for each host; empty: nothing is known of any.
    std::span<HostLoad* const> loads;
    base::MonotonicTime now{};  ///< roughly
};

/// Draws hosts by one of the types. One per client and service. A value; thread-compatible.
class Balancer {
  public:
    /// `seed`: of what is drawn at random.
    Balancer(BalancerType type, std::uint64_t seed) noexcept : type_(type), rng_(seed) {}

    /// The index of the next host; nothing when no weight is above 0. Does not allocate. Least
    /// latency looks at every host, round robin at most twice; the others at one or two.
    std::optional<std::uint32_t> next(const Choices& choices) noexcept;

  private:
    std::uint32_t draw(const DrawWeights& weights) noexcept;
    std::uint32_t less_busy_of_two(const Choices& choices) noexcept;
    std::uint32_t soonest(const Choices& choices) noexcept;

    BalancerType type_;
    WeightedRoundRobin round_robin_;
    base::Rng rng_;
};

}  // namespace galileo::routing
