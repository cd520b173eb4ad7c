#include "routing/host_load.h"

#include <algorithm>
#include <cmath>

#include "routing/table.h"

namespace galileo::routing {

namespace {

// How fast old observations lose weight.
constexpr double kFadeNs = 5e9;
constexpr double kLeastShare = 0.02;
constexpr double kFailureNs = 1e9;
constexpr double kUnknownNs = 1e15;
constexpr std::size_t kMaxHosts = 100'000;

}  // namespace

void HostLoad::end(std::chrono::nanoseconds latency,
                   bool failed,
                   base::MonotonicTime now) noexcept {
    --in_flight_;
    const double seen = std::max(static_cast<double>(latency.count()), failed ? kFailureNs : 1.0);
    if (average_ == 0 || seen > average_) {
        average_ = seen;
    } else {
        // At least a little, so that many answers within one turn of the loop count too.
        average_ += (seen - average_) * std::max(1 - kept(now), kLeastShare);
    }
    seen_ = now;
}

double HostLoad::kept(base::MonotonicTime now) const noexcept {
    const double passed = static_cast<double>((now - seen_).count());
    return passed > 0 ? std::exp(-passed / kFadeNs) : 1;
}

double HostLoad::expected_wait(base::MonotonicTime now) const noexcept {
    if (average_ == 0) {
        return in_flight_ == 0 ? 0 : kUnknownNs * in_flight_;
    }
    return average_ * kept(now) * (in_flight_ + 1);
}

std::shared_ptr<const HostLoads::List> HostLoads::of(const RouteSet& set) {
    auto& known = lists_[set.version];
    if (auto list = known.lock()) {
        return list;
    }
    auto list = std::make_shared<List>();
    list->reserve(set.host_targets.size());
    for (const Target& target : set.host_targets) {
        list->push_back(&load_of(target.authority));
    }
    known = list;
    std::erase_if(lists_, [](const auto& entry) { return entry.second.expired(); });
    return list;
}

HostLoad& HostLoads::load_of(const std::string& authority) {
    const auto known = hosts_.find(authority);
    if (known != hosts_.end()) {
        return *known->second;
    }
    if (hosts_.size() >= kMaxHosts) {
        return others_;
    }
    return *hosts_.emplace(authority, std::make_unique<HostLoad>()).first->second;
}

}  // namespace galileo::routing
