#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace galileo::hostmon {

/// Takes the first line off `rest`, without its end. Empty lines are lines.
std::string_view take_line(std::string_view& rest) noexcept;

/// Takes the first word, which blanks end, off `rest`; empty when there is none.
std::string_view take_word(std::string_view& rest) noexcept;

/// A whole number without sign, all of `word`; nothing for any other text, and for one that does
/// not fit.
std::optional<std::uint64_t> to_count(std::string_view word) noexcept;

/// A finite decimal number, all of `word`; nothing for any other text.
std::optional<double> to_number(std::string_view word) noexcept;

/// The number that follows `key` where a line begins with it, as in `MemTotal:   123 kB`.
std::optional<std::uint64_t> count_of_line(std::string_view text, std::string_view key) noexcept;

/// Calls `visit(line)` for each line of `text`.
template <typename Visit>
void for_each_line(std::string_view text, Visit&& visit) {
    while (!text.empty()) {
        visit(take_line(text));
    }
}

}  // namespace galileo::hostmon
