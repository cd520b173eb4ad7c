#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"

namespace galileo::telemd {

/// When things that happen again and again are due: at whole multiples of their periods after the
/// start, so that nothing drifts and those with the same period fall together. What could not
/// happen in time is left out, not made up for. Thread-compatible.
class Schedule {
  public:
    /// `periods` are above zero, at least one. The first time is one period after `start`.
    Schedule(const std::vector<std::chrono::nanoseconds>& periods, base::MonotonicTime start);

    /// When the next one is due.
    [[nodiscard]] base::MonotonicTime next() const noexcept;

    /// The numbers, in order, of those that are due at `now`; valid until the next call. They are
    /// due again at the first of their times after `now`.
    const std::vector<std::size_t>& take(base::MonotonicTime now);

    /// How many times were left out.
    [[nodiscard]] std::uint64_t missed() const noexcept { return missed_; }

  private:
    struct Entry {
        std::chrono::nanoseconds period;
        base::MonotonicTime due;
    };

    std::vector<Entry> entries_;
    std::vector<std::size_t> taken_;
    std::uint64_t missed_ = 0;
};

}  // namespace galileo::telemd
