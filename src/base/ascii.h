#pragma once

#include <string>
#include <string_view>

/// Letters and digits of ASCII, whatever the locale says. Pure functions; thread-safe.
namespace galileo::base {

constexpr char ascii_lower(char letter) noexcept {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + ('a' - 'A')) : letter;
}

/// The value of a hexadecimal digit in either case; -1: it is none.
constexpr int hexadecimal_digit(char digit) noexcept {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    const char lower = ascii_lower(digit);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// The text with A to Z in lower case; all other bytes as they are.
inline std::string ascii_lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        c = ascii_lower(c);
    }
    return out;
}

}  // namespace galileo::base
