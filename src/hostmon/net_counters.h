#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace galileo::hostmon {

/// What one network device has received and sent since it exists.
struct NetCounters {
    std::string_view device;
    std::uint64_t received_bytes = 0;
    std::uint64_t sent_bytes = 0;
};

/// Reads a line of `/proc/net/dev`: `  eth0: 1296 ...`, received bytes first, sent ones ninth.
/// Nothing for the two headings and for what is no such line. The view points into `line`.
std::optional<NetCounters> parse_net_counters(std::string_view line) noexcept;

}  // namespace galileo::hostmon
