#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace galileo::hostmon {

/// Turns a counter that grows into a rate. A value; thread-compatible.
class Meter {
  public:
    /// Units per second since the last call; nothing at the first, when no time has passed, and
    /// when the counter went back because its device or its machine began anew.
    std::optional<double> rate(std::uint64_t total, base::MonotonicTime now) noexcept {
        std::optional<double> rate;
        if (total_ && total >= *total_ && now > at_) {
            rate = static_cast<double>(total - *total_) / base::to_seconds(now - at_);
        }
        total_ = total;
        at_ = now;
        return rate;
    }

  private:
    std::optional<std::uint64_t> total_;
    base::MonotonicTime at_;
};

}  // namespace galileo::hostmon
