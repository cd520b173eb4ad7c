#include "python/live_statistics.h"

#include <algorithm>

namespace galileo::python {

namespace {

constexpr std::chrono::seconds kSilence{3};

}  // namespace

Result<std::unique_ptr<LiveStatistics>> LiveStatistics::listen(redis::Subscriber& subscriber,
                                                               base::Clock& clock) {
    auto statistics = std::unique_ptr<LiveStatistics>(new LiveStatistics(subscriber, clock));
    TRY(coord::subscribe_stats(subscriber, [self = statistics.get()](coord::StatsReport report) {
        if (report.run_id.empty()) {
            self->add(std::move(report));
        }
    }));
    return statistics;
}

LiveStatistics::~LiveStatistics() {
    coord::unsubscribe_stats(subscriber_);
}

void LiveStatistics::add(coord::StatsReport report) {
    const std::lock_guard lock(mutex_);
    for (auto& [service, tally] : report.snapshot.services) {
        auto& reports = reports_[{report.worker, service}];
        reports.intervals.push_back(std::move(tally));
        if (reports.intervals.size() > kKept) {
            reports.intervals.pop_front();
        }
        reports.last = clock_.monotonic();
        ++reports.count;
    }
    changed_.notify_all();
}

LiveStatistics::View LiveStatistics::view(const std::set<Source>& sources,
                                          std::size_t seconds) const {
    View view;
    std::size_t longest = 0;
    const auto now = clock_.monotonic();
    const std::lock_guard lock(mutex_);
    for (const auto& source : sources) {
        const auto found = reports_.find(source);
        if (found == reports_.end() || now - found->second.last > kSilence) {
            continue;
        }
        const auto& intervals = found->second.intervals;
        const std::size_t count = std::min(seconds, intervals.size());
        for (std::size_t i = intervals.size() - count; i < intervals.size(); ++i) {
            view.tally.merge(intervals[i]);
        }
        longest = std::max(longest, count);
        ++view.reporting;
    }
    view.seconds = static_cast<double>(longest);
    return view;
}

void LiveStatistics::wait_for_reports(const std::set<Source>& sources,
                                      std::chrono::nanoseconds patience) {
    std::unique_lock lock(mutex_);
    std::map<Source, std::uint64_t> before;
    for (const auto& source : sources) {
        before[source] = reports_[source].count;
    }
    changed_.wait_for(lock, patience, [&] {
        return std::all_of(before.begin(), before.end(), [&](const auto& entry) {
            return reports_[entry.first].count > entry.second;
        });
    });
}

}  // namespace galileo::python
