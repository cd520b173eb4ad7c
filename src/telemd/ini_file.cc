#include "telemd/ini_file.h"

#include <fmt/format.h>

namespace galileo::telemd {

namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r";
    const auto first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string_view without_comment(std::string_view line) {
    for (std::size_t at = line.find_first_of("#;"); at != std::string_view::npos;
         at = line.find_first_of("#;", at + 1)) {
        if (at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t') {
            return line.substr(0, at);
        }
    }
    return line;
}

std::string_view unquoted(std::string_view value) {
    const bool quoted = value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
                        value.front() == value.back();
    return quoted ? value.substr(1, value.size() - 2) : value;
}

}  // namespace

Result<std::vector<IniEntry>> parse_ini(std::string_view text) {
    std::vector<IniEntry> entries;
    std::string section;
    for (int number = 1; !text.empty(); ++number) {
        const auto end = text.find('\n');
        const auto line = trimmed(without_comment(text.substr(0, end)));
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        if (line.empty()) {
            continue;
        }
        if (line.front() == '[' && line.back() == ']') {
            section = trimmed(line.substr(1, line.size() - 2));
            continue;
        }
        const auto equals = line.find('=');
        const auto name = trimmed(line.substr(0, equals));
        if (equals == std::string_view::npos || name.empty()) {
            // Not the line itself: it may be a password that a typing error took its name from.
            return Error(ErrorCode::kInvalidInput,
                         fmt::format("line {}: expected [section] or name = value", number));
        }
        entries.push_back({section, std::string(name),
                           std::string(unquoted(trimmed(line.substr(equals + 1)))), number});
    }
    return entries;
}

}  // namespace galileo::telemd
