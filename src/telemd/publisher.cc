#include "telemd/publisher.h"

#include <fmt/format.h>

#include "base/log.h"
#include "base/units.h"
#include "coord/keys.h"

namespace galileo::telemd {

std::string sample_payload(base::WallTime time, double value) {
    constexpr std::int64_t kNanoseconds = 1'000'000'000;
    const auto since_epoch =
        std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
    return fmt::format("{}.{:09} {:f}", since_epoch / kNanoseconds, since_epoch % kNanoseconds,
                       value);
}

void Publisher::add(const hostmon::Sample& sample) {
    batch_.push_back(
        {"PUBLISH", coord::keys::telemetry_samples(options_.node, sample.metric, sample.subsystem),
         sample_payload(clock_.wall(), sample.value)});
}

Result<void> Publisher::send() {
    const auto replies = TRY(client_.pipeline(batch_));
    Result<void> outcome;
    std::uint64_t taken = 0;
    for (const auto& reply : replies) {
        auto checked = reply.check();
        if (checked) {
            ++taken;
        } else {
            outcome = std::move(checked);
        }
    }
    counts_.published += taken;
    counts_.dropped += batch_.size() - taken;
    batch_.clear();
    return outcome;
}

void Publisher::flush() {
    if (batch_.empty()) {
        return;
    }
    const bool pausing = away_since_ && clock_.monotonic() < retry_at_;
    if (!away_since_) {
        dropped_before_ = counts_.dropped;
    }
    if (!pausing) {
        const auto sent = send();
        const auto now = clock_.monotonic();
        if (sent) {
            if (away_since_) {
                base::log_warn("Redis takes samples again after {}; {} were dropped",
                               base::format_latency(now - *away_since_),
                               counts_.dropped - dropped_before_);
                away_since_.reset();
            }
            return;
        }
        if (!away_since_) {
            base::log_warn("samples are dropped until Redis takes them again: {}",
                           sent.error().message());
            away_since_ = now;
        }
        retry_at_ = now + options_.retry_pause;
    }
    counts_.dropped += batch_.size();
    batch_.clear();
}

}  // namespace galileo::telemd
