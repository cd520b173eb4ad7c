#include "worker/run_leases.h"

#include <chrono>

namespace galileo::worker {

namespace {

constexpr std::chrono::seconds kSilence{7};
constexpr int kAbsences = 7;

}  // namespace

bool RunLeases::is_dead(const std::string& run_id) {
    const auto age = book_.run_lease_age(run_id);
    if (!age) {
        return false;
    }
    auto& absent = absent_[run_id];
    if (*age) {
        absent = 0;
        return **age >= kSilence;
    }
    return ++absent >= kAbsences;
}

}  // namespace galileo::worker
