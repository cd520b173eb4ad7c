#pragma once

#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "base/fd.h"
#include "base/guarded.h"
#include "io/loop.h"
#include "io/timer_heap.h"

namespace galileo::io {

/// What streams and listeners need of the loop beyond its public face. Private to the room.
struct Loop::Impl {
    static constexpr std::size_t kBufferBytes = 64 * 1024;
    static constexpr std::size_t kEventsPerTurn = 256;
    using Buffer = std::array<char, kBufferBytes>;

    Impl(base::Clock& clock_in, base::UniqueFd epoll_in, base::UniqueFd wake_in);

    void turn(std::chrono::nanoseconds patience);
    Result<void> watch(int fd, Watcher& watcher) const;
    void unwatch(int fd, Watcher& watcher);

    /// Calls `watcher.on_ready(readable)` in the next turn although the kernel says nothing new:
    /// for who stopped reading before the socket was empty.
    void call_again(Watcher& watcher) { again.push_back(&watcher); }

    /// A kernel time stamp (CLOCK_REALTIME) on the monotonic clock, never later than now.
    base::MonotonicTime from_kernel_time(std::chrono::nanoseconds since_epoch);

    void wake_up() noexcept;
    void run_posted();

    base::Clock& clock;
    base::UniqueFd epoll;
    base::UniqueFd wake;
    base::MonotonicTime now;
    TimerHeap timers;
    std::vector<Watcher*> again;
    std::vector<Watcher*> called_again;  ///< those of `again` that this turn handles

    std::array<epoll_event, kEventsPerTurn> events{};
    std::size_t event_next = 0;
    std::size_t event_count = 0;

    std::unique_ptr<Buffer> read_buffer;   ///< filled by one read of one stream at a time
    std::unique_ptr<Buffer> plain_buffer;  ///< the same after decryption

    base::Guarded<std::vector<std::function<void()>>> posted;
    std::vector<std::function<void()>> running;
    std::atomic<bool> stopped{false};

  private:
    [[nodiscard]] std::size_t wait(std::chrono::nanoseconds patience);
    void handle_events();
    void handle_again();

    /// Empties the event descriptor; the posted functions run at the end of the turn.
    class Waker final : public Watcher {
      public:
        explicit Waker(int fd) : fd_(fd) {}
        void on_ready(Readiness readiness) override;

      private:
        int fd_;
    };
    Waker waker_;
    std::chrono::nanoseconds wall_offset_{0};  ///< wall clock minus monotonic clock
    base::MonotonicTime wall_offset_read_{};
};

}  // namespace galileo::io
