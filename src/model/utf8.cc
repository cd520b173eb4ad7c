#include "model/utf8.h"

#include <cstdint>
#include <cstring>

namespace galileo::model {

namespace {

constexpr char32_t kReplacement = 0xFFFD;

/// What the lead byte says: how many bytes follow, its payload, and the range of the second byte,
/// which is where overlong forms and surrogates are refused (Unicode 15, table 3-7).
struct Lead {
    std::size_t following = 0;
    char32_t bits = 0;
    unsigned char second_min = 0x80;
    unsigned char second_max = 0xBF;
};

constexpr Lead classify(unsigned char byte) noexcept {
    if (byte >= 0xC2 && byte <= 0xDF) {
        return {.following = 1, .bits = static_cast<char32_t>(byte & 0x1FU)};
    }
    if (byte >= 0xE0 && byte <= 0xEF) {
        Lead lead{.following = 2, .bits = static_cast<char32_t>(byte & 0x0FU)};
        lead.second_min = byte == 0xE0 ? 0xA0 : 0x80;
        lead.second_max = byte == 0xED ? 0x9F : 0xBF;
        return lead;
    }
    if (byte >= 0xF0 && byte <= 0xF4) {
        Lead lead{.following = 3, .bits = static_cast<char32_t>(byte & 0x07U)};
        lead.second_min = byte == 0xF0 ? 0x90 : 0x80;
        lead.second_max = byte == 0xF4 ? 0x8F : 0xBF;
        return lead;
    }
    return {};
}

}  // namespace

CodePoint decode_utf8(std::string_view text, std::size_t at) noexcept {
    const auto first = static_cast<unsigned char>(text[at]);
    if (first < 0x80) {
        return {.value = first, .length = 1, .valid = true};
    }
    const Lead lead = classify(first);
    char32_t value = lead.bits;
    std::size_t taken = 1;
    for (; taken <= lead.following && at + taken < text.size(); ++taken) {
        const auto byte = static_cast<unsigned char>(text[at + taken]);
        const unsigned char low = taken == 1 ? lead.second_min : 0x80;
        const unsigned char high = taken == 1 ? lead.second_max : 0xBF;
        if (byte < low || byte > high) {
            break;
        }
        value = (value << 6U) | (byte & 0x3FU);
    }
    if (lead.following == 0 || taken <= lead.following) {
        return {.value = kReplacement, .length = taken, .valid = false};
    }
    return {.value = value, .length = taken, .valid = true};
}

bool is_utf8(std::string_view text) noexcept {
    constexpr std::uint64_t kHighBits = 0x8080808080808080U;
    std::size_t at = 0;
    while (at < text.size()) {
        std::uint64_t word = 0;
        if (at + sizeof word <= text.size()) {
            std::memcpy(&word, text.data() + at, sizeof word);
            if ((word & kHighBits) == 0) {
                at += sizeof word;
                continue;
            }
        }
        const CodePoint next = decode_utf8(text, at);
        if (!next.valid) {
            return false;
        }
        at += next.length;
    }
    return true;
}

std::string to_utf8(std::string_view text) {
    constexpr std::string_view kReplacementBytes = "\xEF\xBF\xBD";
    std::string out;
    out.reserve(text.size() + kReplacementBytes.size());
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint next = decode_utf8(text, at);
        out += next.valid ? text.substr(at, next.length) : kReplacementBytes;
        at += next.length;
    }
    return out;
}

std::size_t count_code_points(std::string_view text) noexcept {
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); ++count) {
        at += decode_utf8(text, at).length;
    }
    return count;
}

}  // namespace galileo::model
