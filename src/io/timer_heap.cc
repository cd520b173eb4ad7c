#include "io/timer_heap.h"

#include <utility>

#include "io/loop.h"

namespace galileo::io {

namespace {
constexpr std::size_t kDeferredBit = ~(static_cast<std::size_t>(-1) >> 1);
}

void TimerHeap::arm(Timer& timer, base::MonotonicTime deadline) {
    disarm(timer);
    timer.deadline_ = deadline;
    if (firing_ && deadline <= firing_at_) {
        timer.heap_index_ = deferred_.size() | kDeferredBit;
        deferred_.push_back(&timer);
        return;
    }
    heap_.push_back({deadline, &timer});
    timer.heap_index_ = heap_.size() - 1;
    sift_up(heap_.size() - 1);
}

void TimerHeap::disarm(Timer& timer) noexcept {
    const std::size_t index = std::exchange(timer.heap_index_, Timer::kNotArmed);
    if (index == Timer::kNotArmed) {
        return;
    }
    if ((index & kDeferredBit) != 0) {
        deferred_[index & ~kDeferredBit] = nullptr;
        return;
    }
    remove(index);
}

void TimerHeap::fire(base::MonotonicTime now) {
    firing_at_ = now;
    firing_ = true;
    while (!heap_.empty() && heap_.front().deadline <= now) {
        Timer& timer = *heap_.front().timer;
        disarm(timer);
        timer.callback_();
    }
    firing_ = false;
    for (Timer* timer : deferred_) {
        if (timer != nullptr) {
            heap_.push_back({timer->deadline_, timer});
            timer->heap_index_ = heap_.size() - 1;
            sift_up(heap_.size() - 1);
        }
    }
    deferred_.clear();
}

void TimerHeap::place(std::size_t index, Entry entry) noexcept {
    heap_[index] = entry;
    entry.timer->heap_index_ = index;
}

void TimerHeap::sift_up(std::size_t index) noexcept {
    const Entry entry = heap_[index];
    while (index > 0) {
        const std::size_t parent = (index - 1) / 2;
        if (heap_[parent].deadline <= entry.deadline) {
            break;
        }
        place(index, heap_[parent]);
        index = parent;
    }
    place(index, entry);
}

void TimerHeap::sift_down(std::size_t index) noexcept {
    const Entry entry = heap_[index];
    while (true) {
        std::size_t child = 2 * index + 1;
        if (child >= heap_.size()) {
            break;
        }
        if (child + 1 < heap_.size() && heap_[child + 1].deadline < heap_[child].deadline) {
            ++child;
        }
        if (entry.deadline <= heap_[child].deadline) {
            break;
        }
        place(index, heap_[child]);
        index = child;
    }
    place(index, entry);
}

void TimerHeap::remove(std::size_t index) noexcept {
    const Entry last = heap_.back();
    heap_.pop_back();
    if (index == heap_.size()) {
        return;
    }
    place(index, last);
    sift_down(index);
    sift_up(last.timer->heap_index_);
}

}  // namespace galileo::io
