#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace galileo::engine {

/// A queue in one block of memory that doubles when full and never shrinks, so that a queue that
/// has once been as long as it gets does not allocate again. T is a small value. Loop-bound.
template <typename T>
class Fifo {
  public:
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    void push(const T& value) {
        if (size_ == slots_.size()) {
            grow();
        }
        slots_[(head_ + size_) & (slots_.size() - 1)] = value;
        ++size_;
    }

    /// Only when not empty().
    [[nodiscard]] const T& front() const noexcept { return slots_[head_]; }
    void pop() noexcept {
        head_ = (head_ + 1) & (slots_.size() - 1);
        --size_;
    }

    void clear() noexcept { head_ = size_ = 0; }

  private:
    void grow() {
        std::vector<T> larger(slots_.empty() ? 16 : slots_.size() * 2);
        for (std::size_t i = 0; i < size_; ++i) {
            larger[i] = slots_[(head_ + i) & (slots_.size() - 1)];
        }
        slots_ = std::move(larger);
        head_ = 0;
    }

    std::vector<T> slots_;  ///< a power of two of them, or none
    std::size_t head_ = 0;
    std::size_t size_ = 0;
};

}  // namespace galileo::engine
