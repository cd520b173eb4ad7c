#include "engine/bell.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <time.h>

namespace galileo::engine {

static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));

void Bell::wake() noexcept {
    syscall(SYS_futex, &asleep_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

void Bell::doze(std::chrono::nanoseconds patience) noexcept {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience);
    timespec timeout{};
    timeout.tv_sec = seconds.count();
    timeout.tv_nsec = (patience - seconds).count();
    // Returns at once when asleep_ is no longer 1.
    syscall(SYS_futex, &asleep_, FUTEX_WAIT_PRIVATE, 1, &timeout, nullptr, 0);
}

}  // namespace galileo::engine
