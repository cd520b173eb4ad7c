#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace galileo::engine {

/// Wakes one sleeping thread: ringing costs a system call only when that thread sleeps.
/// Thread-safe; one thread waits.
class Bell {
  public:
    void ring() noexcept {
        if (asleep_.load() != 0 && asleep_.exchange(0) != 0) {
            wake();
        }
    }

    /// Sleeps until `ready()`, which the ringers make true before they ring, or until `patience`
    /// has passed; returns what ready() says then. May return early.
    template <typename Ready>
    bool wait(std::chrono::nanoseconds patience, const Ready& ready) {
        if (ready()) {
            return true;
        }
        asleep_.store(1);
        // The ringer looks at asleep_ after it has made ready() true: one of the two sees the
        // other.
        if (!ready()) {
            doze(patience);
        }
        asleep_.store(0);
        return ready();
    }

  private:
    void wake() noexcept;
    void doze(std::chrono::nanoseconds patience) noexcept;

    std::atomic<std::uint32_t> asleep_{0};
};

}  // namespace galileo::engine
