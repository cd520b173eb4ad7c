#pragma once

#include <cstdint>
#include <string>

#include "base/random.h"

namespace galileo::coord::testing {

/// Calls `decode` with every beginning of `good`, with one byte more, and with thousands of copies
/// in which up to four bytes are others.
template <typename Decode>
void mutate(const std::string& good, Decode&& decode) {
    for (std::size_t size = 0; size < good.size(); ++size) {
        decode(good.substr(0, size));
    }
    decode(good + "x");
    for (std::uint64_t seed = 1; seed <= 5000; ++seed) {
        base::Rng rng(seed);
        auto bytes = good;
        for (auto changes = 1 + rng.below(4); changes > 0; --changes) {
            bytes[rng.below(bytes.size())] = static_cast<char>(rng.below(256));
        }
        decode(bytes);
    }
}

}  // namespace galileo::coord::testing
