#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "coord/stats_channel.h"
#include "redis/subscriber.h"
#include "stats/interval.h"

namespace galileo::python {

/// What the clients of a service on a worker did in the last seconds, as the workers report it once
/// a second (clients outside of runs). Keeps kKept seconds. Thread-safe.
class LiveStatistics {
  public:
    static constexpr std::size_t kKept = 10;

    using Source = std::pair<std::string, std::string>;  ///< worker, service

    /// Listens from now on. Errors as redis::Subscriber::subscribe. Both must outlive it.
    static Result<std::unique_ptr<LiveStatistics>> listen(redis::Subscriber& subscriber,
                                                          base::Clock& clock);
    ~LiveStatistics();
    LiveStatistics(const LiveStatistics&) = delete;
    LiveStatistics& operator=(const LiveStatistics&) = delete;

    /// The last `seconds` reports of each source, merged.
    struct View {
        stats::Tally tally;
        double seconds = 0;         ///< that the reports cover; 0: there was none
        std::size_t reporting = 0;  ///< sources that have reported within three seconds
    };
    View view(const std::set<Source>& sources, std::size_t seconds) const;

    /// Waits until all sources have reported since the call; `patience` at the most.
    void wait_for_reports(const std::set<Source>& sources, std::chrono::nanoseconds patience);

  private:
    struct Reports {
        std::deque<stats::Tally> intervals;  ///< oldest first, kKept at the most
        base::MonotonicTime last{};
        std::uint64_t count = 0;
    };

    LiveStatistics(redis::Subscriber& subscriber, base::Clock& clock)
        : subscriber_(subscriber), clock_(clock) {}
    void add(coord::StatsReport report);

    redis::Subscriber& subscriber_;
    base::Clock& clock_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::map<Source, Reports> reports_;  ///< protected by mutex_
};

}  // namespace galileo::python
