#pragma once

#include <mutex>
#include <utility>

namespace galileo::base {

/// A value that lives inside its lock: nobody can touch it without holding the mutex. Thread-safe.
///     Guarded<std::map<K, V>> table;
///     table.with([&](auto& map) { map[key] = value; });
template <typename T>
class Guarded {
  public:
    Guarded() = default;
    explicit Guarded(T value) : value_(std::move(value)) {}

    /// Runs `function(T&)` under the lock and returns what it returns. `function` must not block.
    template <typename Function>
    decltype(auto) with(Function&& function) {
        const std::lock_guard lock(mutex_);
        return std::forward<Function>(function)(value_);
    }
    template <typename Function>
    decltype(auto) with(Function&& function) const {
        const std::lock_guard lock(mutex_);
        return std::forward<Function>(function)(value_);
    }

  private:
    mutable std::mutex mutex_;
    T value_{};
};

}  // namespace galileo::base
