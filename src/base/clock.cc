#include "base/clock.h"

#include <ctime>

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

std::string format_local_time(WallTime time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    char text[64];
    if (::localtime_r(&seconds, &parts) == nullptr) {
        return std::to_string(seconds);
    }
    return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts)};
}

}  // namespace galileo::base
