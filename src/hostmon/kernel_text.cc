#include "hostmon/kernel_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace galileo::hostmon {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";

template <typename Number>
std::optional<Number> parse(std::string_view word) noexcept {
    Number number{};
    const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc() || stop != word.data() + word.size()) {
        return std::nullopt;
    }
    return number;
}

}  // namespace

std::string_view take_line(std::string_view& rest) noexcept {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    return line;
}

std::string_view take_word(std::string_view& rest) noexcept {
    rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of(kBlanks)));
    const auto word = rest.substr(0, rest.find_first_of(kBlanks));
    rest.remove_prefix(word.size());
    return word;
}

std::optional<std::uint64_t> to_count(std::string_view word) noexcept {
    return parse<std::uint64_t>(word);
}

std::optional<double> to_number(std::string_view word) noexcept {
    const auto number = parse<double>(word);
    return number && std::isfinite(*number) ? number : std::nullopt;
}

std::optional<std::uint64_t> count_of_line(std::string_view text, std::string_view key) noexcept {
    while (!text.empty()) {
        std::string_view line = take_line(text);
        if (line.starts_with(key)) {
            line.remove_prefix(key.size());
            return to_count(take_word(line));
        }
    }
    return std::nullopt;
}

}  // namespace galileo::hostmon
