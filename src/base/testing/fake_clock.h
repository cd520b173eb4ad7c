#pragma once

#include <atomic>

#include "base/clock.h"

namespace galileo::base::testing {

/// A clock that moves only when told; both clocks start at 1,700,000,000 s. Thread-safe.
class FakeClock final : public Clock {
  public:
    [[nodiscard]] MonotonicTime monotonic() const noexcept override {
        return MonotonicTime(std::chrono::nanoseconds(nanoseconds_.load()));
    }
    [[nodiscard]] WallTime wall() const noexcept override {
        return WallTime(std::chrono::nanoseconds(nanoseconds_.load()));
    }
    void advance(std::chrono::nanoseconds by) noexcept { nanoseconds_ += by.count(); }

  private:
    std::atomic<std::int64_t> nanoseconds_{1'700'000'000'000'000'000};
};

}  // namespace galileo::base::testing
