#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace galileo::base {

using MonotonicTime =
    std::chrono::steady_clock::time_point;  ///< for schedules and latencies; never jumps
using WallTime =
    std::chrono::system_clock::time_point;  ///< UTC, for what is shown or stored; may jump

/// The only source of time; passed in wherever time matters, so that tests can step it.
/// Thread-safe.
class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual MonotonicTime monotonic() const noexcept = 0;
    [[nodiscard]] virtual WallTime wall() const noexcept = 0;
};

/// The machine's clocks, nanosecond resolution, about 26 ns a call. Never destroyed.
Clock& system_clock() noexcept;

/// Seconds since the Unix epoch as the original stores them (double, about 0.2 µs resolution
/// today).
inline double to_epoch_seconds(WallTime time) noexcept {
    return std::chrono::duration<double>(time.time_since_epoch()).count();
}
inline WallTime from_epoch_seconds(double seconds) noexcept {
    return WallTime(
        std::chrono::duration_cast<WallTime::duration>(std::chrono::duration<double>(seconds)));
}
inline double to_seconds(std::chrono::nanoseconds duration) noexcept {
    return std::chrono::duration<double>(duration).count();
}
/// The time in this machine's time zone (TZ): `2026-11-24 03:35:05`. Thread-safe.
std::string format_local_time(WallTime time);
/// Rounds to nanoseconds. `seconds` must lie within about ±292 years.
inline std::chrono::nanoseconds from_seconds(double seconds) noexcept {
    return std::chrono::nanoseconds(
        static_cast<std::int64_t>(seconds * 1e9 + (seconds < 0 ? -0.5 : 0.5)));
}

}  // namespace galileo::base
