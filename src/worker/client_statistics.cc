#include "worker/client_statistics.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/log.h"

namespace galileo::worker {

namespace {

constexpr std::chrono::seconds kInterval{1};

bool says_something(const stats::Snapshot& snapshot) {
    return !snapshot.services.empty() || snapshot.in_flight > 0 || snapshot.waiting > 0;
}

}  // namespace

ClientStatistics::ClientStatistics(std::string worker,
                                   engine::Engine& engine,
                                   coord::StatsPublisher& publisher,
                                   base::Clock& clock)
    : worker_(std::move(worker)),
      engine_(engine),
      publisher_(publisher),
      clock_(clock),
      next_(clock.monotonic() + kInterval) {}

void ClientStatistics::tick() {
    const auto now = clock_.monotonic();
    if (now < next_) {
        return;
    }
    next_ = std::max(next_ + kInterval, now);
    auto snapshot = engine_.take_interval("");
    if (!says_something(snapshot)) {
        return;
    }
    coord::StatsReport report{
        worker_, "", ++reports_, base::to_epoch_seconds(clock_.wall()), false, std::move(snapshot)};
    if (const auto published = publisher_.publish(report); !published) {
        base::log_warn("statistics of the clients are lost: {}", published.error().message());
    }
}

}  // namespace galileo::worker
