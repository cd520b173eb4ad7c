#include "base/clock.h"

namespace galileo::base {

namespace {

class SystemClock final : public Clock {
  public:
    [[nodiscard]] MonotonicTime monotonic() const noexcept override {
        return std::chrono::steady_clock::now();
    }
    [[nodiscard]] WallTime wall() const noexcept override {
        return std::chrono::system_clock::now();
    }
};

}  // namespace

Clock& system_clock() noexcept {
    static SystemClock clock;
    return clock;
}

}  // namespace galileo::base
