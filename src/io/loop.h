#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/result.h"

namespace galileo::io {

/// Is told when a descriptor can be read or written. Edge-triggered: read or write until EAGAIN, or
/// until a short read that no hang-up came with. Watches one descriptor at a time.
class Watcher {
  public:
    virtual ~Watcher() = default;
    struct Readiness {
        bool readable = false;
        bool writable = false;
        bool hung_up = false;  ///< error or hang-up; reading tells which
    };
    virtual void on_ready(Readiness readiness) = 0;
};

/// An event loop over epoll: descriptors, timers and posted functions, on the thread that calls
/// run(). Loop-bound, but for post() and stop().
class Loop {
  public:
    /// kExhausted when descriptors run out. `clock` must outlive the loop.
    static Result<std::unique_ptr<Loop>> create(base::Clock& clock);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    /// Turns until stop(). Functions posted before stop() still run.
    void run();
    /// One turn: waits `patience` at the most for something to happen and handles it.
    void turn(std::chrono::nanoseconds patience);
    /// Thread-safe.
    void stop();
    /// Runs `function` on the loop, in order of posting. Thread-safe; may allocate.
    void post(std::function<void()> function);

    /// The time at which this turn began to handle events: one clock reading for all of them.
    [[nodiscard]] base::MonotonicTime now() const noexcept;
    /// Reads the clock.
    [[nodiscard]] base::MonotonicTime fresh_now() const noexcept;
    [[nodiscard]] base::Clock& clock() const noexcept;

    /// Begins watching `fd` for both directions; `watcher` stays the caller's and must outlive the
    /// watch. A watch may end inside on_ready().
    Result<void> watch(int fd, Watcher& watcher);
    /// Ends it; no on_ready() follows, not even in this turn.
    void unwatch(int fd, Watcher& watcher);

    struct Impl;
    [[nodiscard]] Impl& impl() noexcept { return *impl_; }

  private:
    explicit Loop(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// A deadline on a loop. Arming costs no allocation after warm-up; precise to the kernel's timer
/// slack, which the loop sets to 1 ns. Loop-bound; the destructor disarms. The callback may arm it
/// again.
class Timer {
  public:
    Timer(Loop& loop, std::function<void()> callback);
    ~Timer();
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    void arm(base::MonotonicTime deadline);  ///< replaces an earlier deadline; one in the past
                                             ///< fires in the next turn
    void disarm() noexcept;
    [[nodiscard]] bool armed() const noexcept;

  private:
    friend class TimerHeap;
    Loop& loop_;
    std::function<void()> callback_;
    base::MonotonicTime deadline_{};
    std::size_t heap_index_ = kNotArmed;
    static constexpr std::size_t kNotArmed = static_cast<std::size_t>(-1);
};

}  // namespace galileo::io
