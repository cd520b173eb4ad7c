#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

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

}  // namespace galileo::routing
