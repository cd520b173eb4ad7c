#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "stats/interval.h"

namespace galileo::stats {

/// What one worker did in one second.
struct WorkerSecond {
    std::uint64_t planned = 0;
    std::uint64_t sent = 0;
    std::uint64_t dropped = 0;
    std::uint64_t completed = 0;
    std::uint64_t failed = 0;
    std::uint64_t in_flight = 0;              ///< at its end
    std::chrono::nanoseconds latency_p99{0};  ///< from the intended start
    std::chrono::nanoseconds schedule_lag_p99{0};

    bool operator==(const WorkerSecond&) const = default;
};

/// A run second by second, as its workers report it: what they did in the same second is merged.
/// Keeps the last hour in encoded form, some kilobytes for each second. Thread-compatible.
class Timeline {
  public:
    static constexpr std::size_t kSeconds = 3'600;

    /// Which seconds a reader wants.
    enum class Until {
        kNow,  ///< those for which no report should come any more
        kEnd,  ///< all: the run has ended
    };

    /// One second of the run. Complete once it is closed.
    struct Second {
        std::int64_t number = 0;  ///< since the run's start, from 0
        std::string snapshot;     ///< encode() of all workers merged
        std::map<std::string, WorkerSecond, std::less<>> workers;  ///< by name
    };

    /// Adds what a worker says it did in a second. What comes for one that is closed counts for the
    /// first open one, so that the sum of all seconds stays right.
    void add(std::int64_t number, std::string_view worker, const Snapshot& report);

    /// Closes all seconds before `number` and returns them, without the empty ones; those of an
    /// earlier call are not among them.
    std::vector<Second> close_before(std::int64_t number);

    /// The closed seconds, oldest first, at most kSeconds.
    [[nodiscard]] const std::deque<Second>& closed() const noexcept { return closed_; }

    /// The closed seconds from `first` to `last`, both included, merged.
    [[nodiscard]] Snapshot window(std::int64_t first, std::int64_t last) const;

  private:
    struct Open {
        Snapshot merged;
        std::map<std::string, WorkerSecond, std::less<>> workers;
    };
    std::map<std::int64_t, Open> open_;
    std::int64_t first_open_ = 0;
    std::deque<Second> closed_;
};

}  // namespace galileo::stats
