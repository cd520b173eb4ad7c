#include "worker/client_leases.h"

#include "base/log.h"

namespace galileo::worker {

namespace {

constexpr std::chrono::seconds kEvery{1};
constexpr std::chrono::seconds kSilence{7};
/// A Redis that was restarted has no leases until their holders have refreshed them.
constexpr int kAbsences = 2;

}  // namespace

void ClientLeases::tick() {
    const auto now = clock_.monotonic();
    if (now < next_) {
        return;
    }
    next_ = now + kEvery;
    const auto runs = clients_.bound_runs();
    std::erase_if(absent_, [&](const auto& entry) { return !runs.contains(entry.first); });
    for (const auto& run_id : runs) {
        if (is_dead(run_id)) {
            base::log_warn("{} clients are closed: the controller of run {} is gone",
                           clients_.close_bound(run_id), run_id);
        }
    }
}

bool ClientLeases::is_dead(const std::string& run_id) {
    const auto age = leases_.run_lease_age(run_id);
    if (!age) {
        return false;
    }
    if (*age) {
        absent_[run_id] = 0;
        return **age >= kSilence;
    }
    return ++absent_[run_id] >= kAbsences;
}

}  // namespace galileo::worker
