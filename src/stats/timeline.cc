#include "stats/timeline.h"

#include <algorithm>

#include "base/assert.h"

namespace galileo::stats {

void Timeline::add(std::int64_t number, std::string_view worker, const Snapshot& report) {
    Open& second = open_[std::max(number, first_open_)];
    second.merged.merge(report);
    const Tally total = report.total();
    const auto found = second.workers.try_emplace(std::string(worker)).first;
    WorkerSecond& figures = found->second;
    figures.planned += total.planned;
    figures.sent += total.sent;
    figures.dropped += total.dropped;
    figures.completed += total.completed;
    figures.failed += total.failed;
    figures.in_flight = report.in_flight;
    // Of two reports in one second, the worse.
    figures.latency_p99 = std::max(figures.latency_p99, total.intended.percentile(99));
    figures.schedule_lag_p99 =
        std::max(figures.schedule_lag_p99, total.schedule_lag.percentile(99));
}

std::vector<Timeline::Second> Timeline::close_before(std::int64_t number) {
    std::vector<Second> closing;
    while (!open_.empty() && open_.begin()->first < number) {
        auto& [second, content] = *open_.begin();
        closing.push_back({second, encode(content.merged), std::move(content.workers)});
        open_.erase(open_.begin());
    }
    first_open_ = std::max(first_open_, number);
    closed_.insert(closed_.end(), closing.begin(), closing.end());
    while (closed_.size() > kSeconds) {
        closed_.pop_front();
    }
    return closing;
}

Snapshot Timeline::window(std::int64_t first, std::int64_t last) const {
    Snapshot merged;
    for (const auto& second : closed_) {
        if (second.number >= first && second.number <= last) {
            const auto snapshot = decode_snapshot(second.snapshot);
            GALILEO_ASSERT(snapshot.ok());  // we have encoded it
            merged.merge(*snapshot);
        }
    }
    return merged;
}

}  // namespace galileo::stats
