#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace galileo::http {

/// Deadlines of many connections at the cost of none of them having a timer: slots of 4 ms, each a
/// list. A deadline that moves later costs nothing, its entry is looked at when its old slot comes
/// up. Entries are never reported early, and late by one slot at the most. Loop-bound.
class DeadlineWheel {
  public:
    static constexpr auto kSlot = std::chrono::milliseconds(4);

    /// What has a deadline derives from it. Must be cleared by remove() before it goes.
    class Entry {
      public:
        Entry() = default;
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;

      protected:
        ~Entry() = default;

      private:
        friend class DeadlineWheel;
        base::MonotonicTime deadline_ = kNever;
        std::int64_t tick_ = kUnlinked;  ///< the slot's end that the entry is linked for
        Entry* next_ = nullptr;
        Entry* previous_ = nullptr;
    };

    static constexpr base::MonotonicTime kNever = base::MonotonicTime::max();

    explicit DeadlineWheel(base::MonotonicTime now) noexcept;

    /// Replaces the entry's deadline; kNever: none. Returns whether due() must be called earlier
    /// than next() said before.
    bool set(Entry& entry, base::MonotonicTime deadline, base::MonotonicTime now) noexcept;
    void remove(Entry& entry) noexcept;

    /// When due() should be called next; kNever: no entry.
    [[nodiscard]] base::MonotonicTime next() const noexcept;

    /// The next entry whose deadline has passed, which loses it; null when there is none (left).
    Entry* due(base::MonotonicTime now) noexcept;

  private:
    static constexpr std::int64_t kSlots = 256;
    static constexpr std::int64_t kUnlinked = -1;

    /// The first slot end that is not before `time`.
    static std::int64_t tick_after(base::MonotonicTime time) noexcept;
    static base::MonotonicTime time_of(std::int64_t tick) noexcept;
    Entry*& slot(std::int64_t tick) noexcept {
        return slots_[static_cast<std::size_t>(tick % kSlots)];
    }
    void link(Entry& entry) noexcept;
    void unlink(Entry& entry) noexcept;

    std::int64_t current_;   ///< slots up to this tick have been handled
    std::int64_t earliest_;  ///< no linked entry has an earlier tick
    std::size_t linked_ = 0;
    std::array<Entry*, static_cast<std::size_t>(kSlots)> slots_{};
};

}  // namespace galileo::http
