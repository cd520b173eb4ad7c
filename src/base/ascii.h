#pragma once

#include <string>
#include <string_view>

/// Letters of ASCII, whatever the locale says. Pure functions; thread-safe.
namespace galileo::base {

constexpr char ascii_lower(char letter) noexcept {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + ('a' - 'A')) : letter;
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
