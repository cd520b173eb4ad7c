#pragma once

#include <chrono>

#include "base/clock.h"
#include "engine/schedule.h"
#include "io/loop.h"

namespace galileo::engine {

/// Drives a loop's Schedule with one timer: sleeps until something is due, but looks no more often
/// than once a quantum, so that at high rates one wake-up serves many arrivals. Everything due in a
/// look is taken in due order. Loop-bound.
class Ticker {
  public:
    /// Items served in one look; what is due beyond that waits for the loop's next turn, so that
    /// answers are read between.
    static constexpr unsigned kMostPerLook = 64;

    /// `loop` must outlive the ticker.
    Ticker(io::Loop& loop, std::chrono::nanoseconds quantum);

    /// Puts `item` into the schedule, or moves it.
    void set(Due& item, base::MonotonicTime when);
    void remove(Due& item) noexcept;

  private:
    void look();
    void arm();

    io::Loop& loop_;
    const std::chrono::nanoseconds quantum_;
    Schedule schedule_;
    base::MonotonicTime last_look_{};  ///< or when it should have been, if it was late
    bool looking_ = false;
    io::Timer timer_;
    base::MonotonicTime armed_for_{};
};

}  // namespace galileo::engine
