#pragma once

#include <cstddef>
#include <vector>

#include "base/clock.h"

namespace galileo::engine {

/// Something with a next due time in a Schedule; derived from by what is scheduled. It must leave
/// the schedule before it dies. Loop-bound.
class Due {
  public:
    /// Its time has come: called by a Ticker, which looks at `now`. Must set its next due time or
    /// leave the schedule.
    virtual void on_due(base::MonotonicTime now) = 0;

    Due() = default;
    virtual ~Due() = default;
    Due(const Due&) = delete;
    Due& operator=(const Due&) = delete;

    [[nodiscard]] bool scheduled() const noexcept { return position_ != kNowhere; }

  private:
    friend class Schedule;
    static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);
    std::size_t position_ = kNowhere;
};

/// The one timetable of a loop: what is due next over all its clients, as an indexed heap of four
/// children a node. Everything takes O(log n); only growth allocates. Knows no clock. Loop-bound.
class Schedule {
  public:
    /// Puts `item` in, or moves it, to be due at `when`.
    void set(Due& item, base::MonotonicTime when);
    /// Takes it out; nothing happens when it is not in.
    void remove(Due& item) noexcept;

    [[nodiscard]] bool empty() const noexcept { return heap_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return heap_.size(); }

    /// The earliest item and its time; only when not empty().
    [[nodiscard]] Due& first() const noexcept { return *heap_.front().item; }
    [[nodiscard]] base::MonotonicTime first_due() const noexcept { return heap_.front().when; }

    /// When to look next: when something is due, but not before `quantum` has passed since
    /// `last_look`. Only when not empty().
    [[nodiscard]] base::MonotonicTime next_look(base::MonotonicTime last_look,
                                                std::chrono::nanoseconds quantum) const noexcept;

  private:
    struct Entry {
        base::MonotonicTime when;
        Due* item;
    };
    void place(std::size_t position, const Entry& entry) noexcept;
    void rise(std::size_t position, Entry entry) noexcept;
    void sink(std::size_t position, Entry entry) noexcept;

    std::vector<Entry> heap_;
};

}  // namespace galileo::engine
