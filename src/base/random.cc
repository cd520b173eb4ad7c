#include "base/random.h"

#include <bit>
#include <random>

namespace galileo::base {

namespace {

std::uint64_t splitmix64(std::uint64_t& state) noexcept {
    state += 0x9e3779b97f4a7c15U;
    std::uint64_t mixed = state;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31U);
}

}  // namespace

Rng::Rng(std::uint64_t seed) noexcept {
    for (auto& word : state_) {
        word = splitmix64(seed);
    }
}

Rng Rng::stream(std::uint64_t seed, std::uint64_t index) noexcept {
    std::uint64_t mixed = index;
    return Rng(seed ^ splitmix64(mixed));
}

Rng::result_type Rng::operator()() noexcept {
    const std::uint64_t drawn = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17U;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return drawn;
}

double Rng::uniform() noexcept {
    return static_cast<double>((*this)() >> 11U) * 0x1.0p-53;
}

std::uint64_t Rng::below(std::uint64_t bound) noexcept {
    const std::uint64_t biased =
        -bound % bound;  // values below this would make the remainder uneven
    std::uint64_t drawn = (*this)();
    while (drawn < biased) {
        drawn = (*this)();
    }
    return drawn % bound;
}

std::uint64_t entropy_seed() noexcept {
    std::random_device device;
    return (static_cast<std::uint64_t>(device()) << 32U) | device();
}

}  // namespace galileo::base
