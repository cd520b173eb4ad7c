#include "http/deadline_wheel.h"

#include <algorithm>
#include <limits>

namespace galileo::http {

DeadlineWheel::DeadlineWheel(base::MonotonicTime now) noexcept
    : current_(now.time_since_epoch() / kSlot),
      earliest_(std::numeric_limits<std::int64_t>::max()) {}

std::int64_t DeadlineWheel::tick_after(base::MonotonicTime time) noexcept {
    constexpr std::int64_t kLength = std::chrono::nanoseconds(kSlot).count();
    return (std::chrono::nanoseconds(time.time_since_epoch()).count() + kLength - 1) / kLength;
}

base::MonotonicTime DeadlineWheel::time_of(std::int64_t tick) noexcept {
    return base::MonotonicTime(tick * kSlot);
}

bool DeadlineWheel::set(Entry& entry,
                        base::MonotonicTime deadline,
                        base::MonotonicTime now) noexcept {
    entry.deadline_ = deadline;
    if (deadline == kNever) {
        return false;  // stays linked: cheaper than unlinking for each request
    }
    if (linked_ == 0) {
        current_ = now.time_since_epoch() / kSlot;
    }
    const std::int64_t tick = std::clamp(tick_after(deadline), current_ + 1, current_ + kSlots - 1);
    if (entry.tick_ != kUnlinked && entry.tick_ <= tick) {
        return false;
    }
    unlink(entry);
    entry.tick_ = tick;
    link(entry);
    if (tick >= earliest_) {
        return false;
    }
    earliest_ = tick;
    return true;
}

void DeadlineWheel::remove(Entry& entry) noexcept {
    entry.deadline_ = kNever;
    unlink(entry);
}

base::MonotonicTime DeadlineWheel::next() const noexcept {
    return linked_ == 0 ? kNever : time_of(earliest_);
}

DeadlineWheel::Entry* DeadlineWheel::due(base::MonotonicTime now) noexcept {
    const std::int64_t last = now.time_since_epoch() / kSlot;
    while (linked_ > 0 && earliest_ <= last) {
        Entry* entry = slot(earliest_);
        if (entry == nullptr) {
            current_ = std::max(current_, earliest_);
            ++earliest_;
            continue;
        }
        unlink(*entry);
        if (entry->deadline_ <= now) {
            entry->deadline_ = kNever;
            return entry;
        }
        if (entry->deadline_ != kNever) {
            entry->tick_ =
                std::clamp(tick_after(entry->deadline_), earliest_ + 1, earliest_ + kSlots - 1);
            link(*entry);
        }
    }
    if (linked_ == 0) {
        current_ = std::max(current_, last);
        earliest_ = std::numeric_limits<std::int64_t>::max();
    } else {
        // So that next() names a slot that holds something.
        while (slot(earliest_) == nullptr) {
            ++earliest_;
        }
    }
    return nullptr;
}

void DeadlineWheel::link(Entry& entry) noexcept {
    Entry*& first = slot(entry.tick_);
    entry.previous_ = nullptr;
    entry.next_ = first;
    if (first != nullptr) {
        first->previous_ = &entry;
    }
    first = &entry;
    ++linked_;
}

void DeadlineWheel::unlink(Entry& entry) noexcept {
    if (entry.tick_ == kUnlinked) {
        return;
    }
    (entry.previous_ != nullptr ? entry.previous_->next_ : slot(entry.tick_)) = entry.next_;
    if (entry.next_ != nullptr) {
        entry.next_->previous_ = entry.previous_;
    }
    entry.tick_ = kUnlinked;
    --linked_;
}

}  // namespace galileo::http
