#pragma once

#include <chrono>

#include "base/clock.h"
#include "io/loop.h"

namespace galileo::io::testing {

/// Turns `loop` until `done()` or, so that a failing test ends, for 10 s. Returns what `done()`
/// says last.
template <typename Done>
bool turn_until(Loop& loop, Done&& done) {
    const auto deadline = base::system_clock().monotonic() + std::chrono::seconds(10);
    while (!done() && base::system_clock().monotonic() < deadline) {
        loop.turn(std::chrono::milliseconds(50));
    }
    return done();
}

}  // namespace galileo::io::testing
