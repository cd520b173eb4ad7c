#include "base/ids.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/rand.h>

#include <ctime>
#include <string_view>
#include <vector>

#include "base/assert.h"

namespace galileo::base {

std::string random_hex(std::size_t digits) {
    std::vector<unsigned char> bytes((digits + 1) / 2);
    const int filled = RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
    GALILEO_ASSERT(filled == 1);
    std::string text;
    for (const unsigned char byte : bytes) {
        fmt::format_to(std::back_inserter(text), "{:02x}", byte);
    }
    text.resize(digits);
    return text;
}

std::string uuid4() {
    std::string hex = random_hex(32);
    hex[12] = '4';
    constexpr std::string_view kVariants = "89ab";
    hex[16] = kVariants[static_cast<unsigned char>(hex[16]) % 4U];
    return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                       hex.substr(16, 4), hex.substr(20));
}

namespace {

std::string experiment_id(WallTime now, std::string_view digits) {
    const std::time_t seconds = WallTime::clock::to_time_t(now);
    return fmt::format("{:%Y%m%d%H%M}-{}", fmt::localtime(seconds), digits);
}

}  // namespace

std::string new_experiment_id(WallTime now) {
    return experiment_id(now, random_hex(4));
}

std::string new_experiment_id(WallTime now, Rng& rng) {
    return experiment_id(now, fmt::format("{:04x}", rng.below(0x10000)));
}

}  // namespace galileo::base
