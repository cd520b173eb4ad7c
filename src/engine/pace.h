#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "engine/client.h"
#include "pacing/arrivals.h"

namespace galileo::engine {

/// How a request that had been taken from a Pace ended, as far as pacing cares.
enum class Outcome {
    kAnswered,    ///< the server had a chance to work: a status, a time-out, a broken answer
    kNotReached,  ///< no server was reached, so trying again at once would only burn the CPU
    kNoNetwork,   ///< answered by nobody, without any network (debug router)
};

/// Decides when the requests of one client start, from a ClientWorkload and the times it is told.
/// Pure: knows no clock, no sockets. Every start it hands out is outstanding until it is settled.
/// Loop-bound.
///
/// Closed model: a slot whose request reached no server pauses before its next one, for 1 ms at
/// first and doubling up to 100 ms while nothing is reached; any other answer ends the pause. After
/// an answer without network it pauses for 1 ms.
class Pace {
  public:
    static constexpr std::chrono::nanoseconds kFirstPause = std::chrono::milliseconds(1);
    static constexpr std::chrono::nanoseconds kLongestPause = std::chrono::milliseconds(100);

    Pace(ClientWorkload workload, base::MonotonicTime now);

    /// When take() will have something. Absent: not before something is settled, or never.
    [[nodiscard]] std::optional<base::MonotonicTime> due() const noexcept;

    /// The intended start of the next request that is due by `now`; absent: none is. Call again
    /// until absent to catch up.
    std::optional<base::MonotonicTime> take(base::MonotonicTime now);

    /// A request is over since `when`. Closed model: returns the intended start of the next one
    /// where that may start at once.
    std::optional<base::MonotonicTime> settle(base::MonotonicTime when, Outcome outcome);

    /// Hands out nothing more.
    void close() noexcept;

    /// Hands out nothing more from `now` on, whatever is settled.
    [[nodiscard]] bool ended(base::MonotonicTime now) const noexcept {
        return arrivals_ ? !next_ : !may_start(now);
    }
    /// Ended by itself, with nothing outstanding.
    [[nodiscard]] bool finished() const noexcept { return outstanding_ == 0 && !due(); }

    [[nodiscard]] bool is_open() const noexcept { return arrivals_ != nullptr; }
    [[nodiscard]] std::uint64_t outstanding() const noexcept { return outstanding_; }
    [[nodiscard]] const std::function<void(const std::string&)>& on_finished() const noexcept {
        return on_finished_;
    }

  private:
    [[nodiscard]] bool may_start(base::MonotonicTime when) const noexcept;
    void draw();
    base::MonotonicTime begin(base::MonotonicTime created) noexcept;

    std::unique_ptr<pacing::Arrivals> arrivals_;  ///< null: closed model
    base::MonotonicTime start_;
    base::MonotonicTime end_;
    std::uint64_t starts_left_;
    std::uint64_t outstanding_ = 0;
    std::optional<base::MonotonicTime> next_;  ///< open model: the next arrival
    // Closed model: slots without a request on the way.
    unsigned ready_ = 0;  ///< that start at ready_since_
    base::MonotonicTime ready_since_{};
    unsigned paused_ = 0;  ///< that become ready at resume_
    base::MonotonicTime resume_{};
    std::chrono::nanoseconds pause_{0};
    std::function<void(const std::string&)> on_finished_;
};

}  // namespace galileo::engine
