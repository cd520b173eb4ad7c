#pragma once

#include <cstddef>
#include <vector>

#include "base/clock.h"

namespace galileo::io {

class Timer;

/// The armed timers of a loop, earliest first: a binary heap whose entries know their timer and
/// whose timers know their entry, so that disarming costs O(log n) as well. Private to the room.
/// Loop-bound.
class TimerHeap {
  public:
    void arm(Timer& timer, base::MonotonicTime deadline);
    void disarm(Timer& timer) noexcept;

    [[nodiscard]] bool empty() const noexcept { return heap_.empty(); }
    /// Only when not empty.
    [[nodiscard]] base::MonotonicTime next_deadline() const noexcept {
        return heap_.front().deadline;
    }

    /// Runs the callbacks of all timers due at `now`. A timer armed meanwhile for `now` or earlier
    /// waits for the next call.
    void fire(base::MonotonicTime now);

  private:
    struct Entry {
        base::MonotonicTime deadline;
        Timer* timer;
    };

    void place(std::size_t index, Entry entry) noexcept;
    void sift_up(std::size_t index) noexcept;
    void sift_down(std::size_t index) noexcept;
    void remove(std::size_t index) noexcept;

    std::vector<Entry> heap_;
    std::vector<Timer*> deferred_;  ///< armed for the past while firing; null: disarmed again
    base::MonotonicTime firing_at_{};
    bool firing_ = false;
};

}  // namespace galileo::io
