#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>

#include "base/clock.h"
#include "engine/flight.h"
#include "engine/ticker.h"
#include "engine/trace_lane.h"
#include "io/loop.h"
#include "io/resolver.h"

namespace galileo::engine {

/// Turns monotonic into wall-clock times by their distance, which it measures about once a second.
/// Loop-bound.
class WallOffset {
  public:
    explicit WallOffset(base::Clock& clock) noexcept : clock_(clock) { measure(); }

    /// `now`: any recent time. Epoch 0 stays epoch 0.
    void refresh(base::MonotonicTime now) noexcept {
        if (now - measured_ > std::chrono::seconds(1)) {
            measure();
        }
    }
    [[nodiscard]] base::WallTime wall(base::MonotonicTime time) const noexcept {
        if (time == base::MonotonicTime{}) {
            return base::WallTime{};
        }
        return base::WallTime(std::chrono::duration_cast<base::WallTime::duration>(
            time.time_since_epoch() + offset_));
    }

  private:
    void measure() noexcept {
        measured_ = clock_.monotonic();
        offset_ = clock_.wall().time_since_epoch() - measured_.time_since_epoch();
    }

    base::Clock& clock_;
    base::MonotonicTime measured_{};
    std::chrono::nanoseconds offset_{};
};

/// Hands the open chunk of a loop's traces over in time, though it is not full. Not while the
/// consumer is behind: that would only spread few traces over many chunks. Loop-bound.
class TraceHandOver final : public Due {
  public:
    static constexpr std::chrono::nanoseconds kPatience = std::chrono::milliseconds(100);

    /// Both must outlive it.
    TraceHandOver(TraceLane& traces, Ticker& ticker) : traces_(traces), ticker_(ticker) {}
    ~TraceHandOver() override { ticker_.remove(*this); }

    void on_due(base::MonotonicTime now) override {
        if (traces_.consumed()) {
            traces_.hand_over();
        }
        if (traces_.has_open()) {
            ticker_.set(*this, now + kPatience);
        } else {
            ticker_.remove(*this);
        }
    }

  private:
    TraceLane& traces_;
    Ticker& ticker_;
};

/// What the runs of one loop share. All of it outlives them. Loop-bound, but for `tracing`.
struct LoopContext {
    io::Loop& loop;
    io::Resolver& resolver;
    Ticker& ticker;
    FlightPool& flights;
    TraceLane& traces;
    TraceHandOver& hand_over;
    WallOffset& wall;
    const std::atomic<bool>& tracing;
    std::chrono::nanoseconds lateness_limit;
    std::size_t max_waiting;
    std::size_t waiting = 0;  ///< requests in the queues of all runs
};

}  // namespace galileo::engine
