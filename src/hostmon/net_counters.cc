#include "hostmon/net_counters.h"

#include "hostmon/kernel_text.h"

namespace galileo::hostmon {

std::optional<NetCounters> parse_net_counters(std::string_view line) noexcept {
    // The name may hold a colon (an alias), and the first number may follow without a blank.
    const auto colon = line.rfind(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    auto names = line.substr(0, colon);
    auto numbers = line.substr(colon + 1);
    NetCounters counters;
    counters.device = take_word(names);
    const auto received = to_count(take_word(numbers));
    for (int column = 1; column < 8; ++column) {
        take_word(numbers);
    }
    const auto sent = to_count(take_word(numbers));
    if (counters.device.empty() || !received || !sent) {
        return std::nullopt;
    }
    counters.received_bytes = *received;
    counters.sent_bytes = *sent;
    return counters;
}

}  // namespace galileo::hostmon
