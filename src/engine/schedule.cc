#include "engine/schedule.h"

#include <algorithm>

namespace galileo::engine {

namespace {
constexpr std::size_t kChildren = 4;
}

void Schedule::place(std::size_t position, const Entry& entry) noexcept {
    heap_[position] = entry;
    entry.item->position_ = position;
}

void Schedule::rise(std::size_t position, Entry entry) noexcept {
    while (position > 0) {
        const std::size_t parent = (position - 1) / kChildren;
        if (heap_[parent].when <= entry.when) {
            break;
        }
        place(position, heap_[parent]);
        position = parent;
    }
    place(position, entry);
}

void Schedule::sink(std::size_t position, Entry entry) noexcept {
    for (;;) {
        const std::size_t first_child = position * kChildren + 1;
        if (first_child >= heap_.size()) {
            break;
        }
        const std::size_t end = std::min(first_child + kChildren, heap_.size());
        std::size_t least = first_child;
        for (std::size_t child = first_child + 1; child < end; ++child) {
            if (heap_[child].when < heap_[least].when) {
                least = child;
            }
        }
        if (entry.when <= heap_[least].when) {
            break;
        }
        place(position, heap_[least]);
        position = least;
    }
    place(position, entry);
}

void Schedule::set(Due& item, base::MonotonicTime when) {
    const Entry entry{when, &item};
    if (!item.scheduled()) {
        heap_.push_back(entry);
        rise(heap_.size() - 1, entry);
    } else if (when < heap_[item.position_].when) {
        rise(item.position_, entry);
    } else {
        sink(item.position_, entry);
    }
}

void Schedule::remove(Due& item) noexcept {
    if (!item.scheduled()) {
        return;
    }
    const std::size_t position = item.position_;
    item.position_ = Due::kNowhere;
    const Entry last = heap_.back();
    heap_.pop_back();
    if (position == heap_.size()) {
        return;
    }
    const bool earlier = last.when < heap_[position].when;
    if (earlier) {
        rise(position, last);
    } else {
        sink(position, last);
    }
}

base::MonotonicTime Schedule::next_look(base::MonotonicTime last_look,
                                        std::chrono::nanoseconds quantum) const noexcept {
    return std::max(first_due(), last_look + quantum);
}

}  // namespace galileo::engine
