#pragma once

#include <array>
#include <cstdint>
#include <limits>

namespace galileo::base {

/// Seeded pseudo-random numbers: xoshiro256++ (Blackman and Vigna, 2019), its state filled from the
/// seed by splitmix64. The same seed gives the same numbers on every machine. A value;
/// thread-compatible. Satisfies std::uniform_random_bit_generator.
class Rng {
  public:
    using result_type = std::uint64_t;

    explicit Rng(std::uint64_t seed) noexcept;

    /// An independent stream for part `index` of a whole seeded with `seed`, for example one per
    /// client.
    static Rng stream(std::uint64_t seed, std::uint64_t index) noexcept;

    static constexpr result_type min() noexcept { return 0; }
    static constexpr result_type max() noexcept { return std::numeric_limits<result_type>::max(); }
    result_type operator()() noexcept;

    /// Uniform in [0, 1), 53 bits.
    double uniform() noexcept;

    /// Uniform in [0, bound), without bias. `bound` must be positive.
    std::uint64_t below(std::uint64_t bound) noexcept;

  private:
    std::array<std::uint64_t, 4> state_{};
};

/// A seed from the operating system's entropy, for runs that name none. Print it, so they can be
/// repeated.
std::uint64_t entropy_seed() noexcept;

}  // namespace galileo::base
