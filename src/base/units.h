#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace galileo::base {

/// Parses a duration: a sequence of numbers with units `ns us µs ms s m min h d`, largest first,
/// such as `10s`, `1m30s`, `250ms`, `1.5h`; a bare number is seconds. Negative, empty or unknown
/// input is kInvalidInput, and the message names what was given and what is allowed.
Result<std::chrono::nanoseconds> parse_duration(std::string_view text);

/// Parses a byte count: a number with an optional unit `B K KB KiB M MB MiB G GB GiB` (K = KiB =
/// 1024, KB = 1000).
Result<std::uint64_t> parse_byte_size(std::string_view text);

/// For tables, three significant digits: `870ns`, `163µs`, `3.27ms`, `41.2ms`, `1.04s`, `95.0s`,
/// `5m08s`, `2h05m`.
std::string format_latency(std::chrono::nanoseconds duration);

/// For clocks and totals: `12s`, `5:08`, `15:00`, `1:02:03`.
std::string format_clock(std::chrono::nanoseconds duration);

/// The shortest text that parse_duration reads back: `20s`, `1m30s`, `250ms`, `2h`.
std::string format_duration(std::chrono::nanoseconds duration);

/// Digits in groups of three: `1,234,567`.
std::string format_count(std::uint64_t count);

}  // namespace galileo::base
