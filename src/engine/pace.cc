#include "engine/pace.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace galileo::engine {

namespace {

// Heavy-tailed interval distributions yield offsets near the end of the range.
base::MonotonicTime add_clamped(base::MonotonicTime start, std::chrono::nanoseconds offset) {
    const auto room = base::MonotonicTime::max() - std::max(start, base::MonotonicTime());
    return offset > room ? base::MonotonicTime::max() : start + offset;
}

}  // namespace

Pace::Pace(ClientWorkload workload, base::MonotonicTime now)
    : arrivals_(std::move(workload.arrivals)),
      start_(workload.start),
      end_(workload.end.value_or(base::MonotonicTime::max())),
      starts_left_(workload.max_requests.value_or(std::numeric_limits<std::uint64_t>::max())),
      on_finished_(std::move(workload.on_finished)) {
    if (arrivals_) {
        draw();
    } else {
        ready_ = workload.in_flight;
        ready_since_ = std::max(start_, now);
    }
}

bool Pace::may_start(base::MonotonicTime when) const noexcept {
    return starts_left_ > 0 && when < end_;
}

void Pace::draw() {
    next_.reset();
    if (starts_left_ == 0) {
        return;
    }
    const auto offset = arrivals_->next();
    if (!offset) {
        return;
    }
    const auto when = add_clamped(start_, *offset);
    if (when < end_) {
        next_ = when;
    }
}

base::MonotonicTime Pace::begin(base::MonotonicTime created) noexcept {
    --starts_left_;
    ++outstanding_;
    return created;
}

void Pace::close() noexcept {
    starts_left_ = 0;
    next_.reset();
}

std::optional<base::MonotonicTime> Pace::due() const noexcept {
    if (arrivals_) {
        return next_;
    }
    const auto when = ready_ > 0 ? ready_since_ : resume_;
    if (ready_ + paused_ > 0 && may_start(when)) {
        return when;
    }
    return std::nullopt;
}

std::optional<base::MonotonicTime> Pace::take(base::MonotonicTime now) {
    const auto when = due();
    if (!when || *when > now) {
        return std::nullopt;
    }
    const auto created = begin(*when);
    if (arrivals_) {
        draw();
        return created;
    }
    if (ready_ == 0) {  // what fails from here on pauses anew
        ready_ = std::exchange(paused_, 0);
        ready_since_ = resume_;
    }
    --ready_;
    return created;
}

std::optional<base::MonotonicTime> Pace::settle(base::MonotonicTime when, Outcome outcome) {
    --outstanding_;
    if (arrivals_) {
        return std::nullopt;
    }
    if (outcome == Outcome::kAnswered) {
        pause_ = std::chrono::nanoseconds(0);
        if (may_start(when)) {
            return begin(when);
        }
        return std::nullopt;
    }
    if (paused_ == 0) {
        pause_ = outcome == Outcome::kNoNetwork
                     ? kFirstPause
                     : std::clamp(pause_ * 2, kFirstPause, kLongestPause);
        resume_ = when + pause_;
    }
    ++paused_;
    return std::nullopt;
}

}  // namespace galileo::engine
