#include "telemd/schedule.h"

#include <algorithm>

#include "base/assert.h"

namespace galileo::telemd {

Schedule::Schedule(const std::vector<std::chrono::nanoseconds>& periods,
                   base::MonotonicTime start) {
    GALILEO_ASSERT(!periods.empty());
    entries_.reserve(periods.size());
    taken_.reserve(periods.size());
    for (const auto period : periods) {
        GALILEO_ASSERT(period > std::chrono::nanoseconds::zero());
        entries_.push_back({period, start + period});
    }
}

base::MonotonicTime Schedule::next() const noexcept {
    return std::min_element(
               entries_.begin(), entries_.end(),
               [](const Entry& left, const Entry& right) { return left.due < right.due; })
        ->due;
}

const std::vector<std::size_t>& Schedule::take(base::MonotonicTime now) {
    taken_.clear();
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        auto& entry = entries_[i];
        if (entry.due > now) {
            continue;
        }
        const auto missed = (now - entry.due) / entry.period;
        missed_ += static_cast<std::uint64_t>(missed);
        entry.due += (missed + 1) * entry.period;
        taken_.push_back(i);
    }
    return taken_;
}

}  // namespace galileo::telemd
