#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "redis/client.h"
#include "redis/subscriber.h"
#include "stats/interval.h"

namespace galileo::coord {

/// What one worker saw of one run since its last report; published once a second on the channel
/// `galileo/stats`.
struct StatsReport {
    std::string worker;
    std::string run_id;
    std::uint64_t sequence =
        0;  ///< counts the reports of this worker for this run from 1; a gap is a lost report
    double time = 0;  ///< epoch seconds by the worker's clock
    bool load_done =
        false;  ///< every workload of the run has ended by itself and its last answer is in
    stats::Snapshot snapshot;
};

/// A version byte, then the fields in order, numbers as variable-length integers. decode:
/// kInvalidInput for anything else; never crashes.
std::string encode(const StatsReport& report);
Result<StatsReport> decode_stats_report(std::string_view bytes);

/// Publishes reports. Thread-safe.
class StatsPublisher {
  public:
    explicit StatsPublisher(redis::Client& client) : client_(client) {}
    Result<void> publish(const StatsReport& report);

  private:
    redis::Client& client_;
};

/// Subscribes to the reports of all runs; `handler` runs on the subscriber's thread. Undecodable
/// ones are logged and dropped. Errors as redis::Subscriber::subscribe. unsubscribe_stats:
/// afterwards the handler is not running and never runs again.
Result<void> subscribe_stats(redis::Subscriber& subscriber,
                             std::function<void(StatsReport)> handler);
void unsubscribe_stats(redis::Subscriber& subscriber);

}  // namespace galileo::coord
