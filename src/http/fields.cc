#include "http/fields.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "base/ascii.h"

namespace galileo::http {

namespace {

constexpr std::array<bool, 256> kTokenCharacters = [] {
    std::array<bool, 256> table{};
    for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789"
                                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
        table[static_cast<unsigned char>(c)] = true;
    }
    return table;
}();

constexpr bool is_control(char character) {
    const auto byte = static_cast<unsigned char>(character);
    return byte < 0x20 || byte == 0x7f;
}

constexpr std::uint64_t repeat(std::uint64_t byte) {
    return byte * 0x0101010101010101ULL;
}

// Eight bytes at a time: the test for "less than 0x20" marks the high bit of such bytes, and the
// lowest mark is exact because a borrow comes only from a marked byte.
const char* find_control(const char* cursor, const char* end) noexcept {
    if constexpr (std::endian::native == std::endian::little) {
        while (end - cursor >= 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, cursor, sizeof word);
            const std::uint64_t low = (word - repeat(0x20)) & ~word;
            const std::uint64_t flipped = word ^ repeat(0x7f);
            const std::uint64_t del = (flipped - repeat(0x01)) & ~flipped;
            const std::uint64_t marks = (low | del) & repeat(0x80);
            if (marks != 0) {
                return cursor + std::countr_zero(marks) / 8;
            }
            cursor += 8;
        }
    }
    while (cursor != end && !is_control(*cursor)) {
        ++cursor;
    }
    return cursor;
}

// Moves behind a line end at `cursor`.
Scan take_line_end(const char*& cursor, const char* end) noexcept {
    if (*cursor == '\r') {
        if (cursor + 1 == end) {
            return Scan::kIncomplete;
        }
        if (cursor[1] != '\n') {
            return Scan::kMalformed;
        }
        cursor += 2;
        return Scan::kComplete;
    }
    if (*cursor != '\n') {
        return Scan::kMalformed;
    }
    ++cursor;
    return Scan::kComplete;
}

template <typename Visit>
void for_each_list_member(std::string_view list, Visit&& visit) {
    while (true) {
        const std::size_t comma = list.find(',');
        visit(trim_field(list.substr(0, comma)));
        if (comma == std::string_view::npos) {
            return;
        }
        list.remove_prefix(comma + 1);
    }
}

bool read_digits(std::string_view text, std::uint64_t& number) noexcept {
    if (text.empty()) {
        return false;
    }
    constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
    std::uint64_t sum = 0;
    for (const char c : text) {
        if (c < '0' || c > '9' || sum > static_cast<std::uint64_t>(kMost) / 10 - 1) {
            return false;
        }
        sum = sum * 10 + static_cast<std::uint64_t>(c - '0');
    }
    number = sum;
    return true;
}

// A list of equal values is one value (RFC 9112, section 6.3, item 5).
bool take_content_length(std::string_view value, FieldSummary& summary) noexcept {
    bool good = true;
    for_each_list_member(value, [&](std::string_view member) {
        std::uint64_t number = 0;
        good = good && read_digits(member, number) &&
               (!summary.has_content_length || summary.content_length == number);
        summary.content_length = number;
        summary.has_content_length = true;
    });
    return good;
}

void take_transfer_encoding(std::string_view value, FieldSummary& summary) noexcept {
    summary.has_transfer_encoding = true;
    for_each_list_member(value, [&](std::string_view member) {
        if (!member.empty()) {
            const bool chunked = equals_ignoring_case(member, "chunked");
            summary.other_coding = summary.other_coding || !chunked || summary.chunked;
            summary.chunked = chunked;
        }
    });
}

void take_connection(std::string_view value, FieldSummary& summary) noexcept {
    for_each_list_member(value, [&](std::string_view member) {
        summary.close = summary.close || equals_ignoring_case(member, "close");
        summary.keep_alive = summary.keep_alive || equals_ignoring_case(member, "keep-alive");
    });
}

bool take_field(std::string_view name, std::string_view value, FieldSummary& summary) noexcept {
    switch (name.size()) {
        case 4:
            summary.hosts += equals_ignoring_case(name, "host") ? 1 : 0;
            return true;
        case 6:
            if (equals_ignoring_case(name, "expect")) {
                summary.expects_continue = equals_ignoring_case(trim_field(value), "100-continue");
            }
            return true;
        case 10:
            if (equals_ignoring_case(name, "connection")) {
                take_connection(value, summary);
            }
            return true;
        case 14:
            return !equals_ignoring_case(name, "content-length") ||
                   take_content_length(value, summary);
        case 17:
            if (equals_ignoring_case(name, "transfer-encoding")) {
                take_transfer_encoding(value, summary);
            }
            return true;
        default:
            return true;
    }
}

Scan scan_value(const char*& cursor, const char* end, std::string_view& value) noexcept {
    const char* begin = cursor;
    while (true) {
        std::string_view ignored;
        const char* line_begin = cursor;
        const Scan line = scan_line(cursor, end, ignored);
        if (line != Scan::kComplete) {
            return line;
        }
        if (cursor == end) {
            return Scan::kIncomplete;  // the next line may be folded
        }
        if (*cursor != ' ' && *cursor != '\t') {
            const auto last = static_cast<std::size_t>(line_begin + ignored.size() - begin);
            value = std::string_view(begin, last);
            return Scan::kComplete;
        }
    }
}

}  // namespace

bool is_token_character(char character) noexcept {
    return kTokenCharacters[static_cast<unsigned char>(character)];
}

bool is_token(std::string_view text) noexcept {
    for (const char c : text) {
        if (!is_token_character(c)) {
            return false;
        }
    }
    return !text.empty();
}

bool equals_ignoring_case(std::string_view left, std::string_view right) noexcept {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char a, char b) { return base::ascii_lower(a) == base::ascii_lower(b); });
}

std::string_view trim_field(std::string_view value) noexcept {
    constexpr std::string_view kSpace = " \t\r\n";
    const std::size_t begin = value.find_first_not_of(kSpace);
    if (begin == std::string_view::npos) {
        return {};
    }
    return value.substr(begin, value.find_last_not_of(kSpace) - begin + 1);
}

Scan scan_line(const char*& cursor, const char* end, std::string_view& text) noexcept {
    const char* begin = cursor;
    const char* stop = find_control(cursor, end);
    while (stop != end && *stop == '\t') {
        stop = find_control(stop + 1, end);
    }
    cursor = stop;
    if (stop == end) {
        return Scan::kIncomplete;
    }
    text = std::string_view(begin, static_cast<std::size_t>(stop - begin));
    return take_line_end(cursor, end);
}

Scan scan_fields(const char*& cursor, const char* end, FieldSummary& summary) noexcept {
    while (true) {
        if (cursor == end) {
            return Scan::kIncomplete;
        }
        if (*cursor == '\r' || *cursor == '\n') {
            return take_line_end(cursor, end);
        }
        const char* name = cursor;
        while (cursor != end && is_token_character(*cursor)) {
            ++cursor;
        }
        if (cursor == end) {
            return Scan::kIncomplete;
        }
        if (*cursor != ':' || cursor == name) {
            return Scan::kMalformed;
        }
        const std::string_view field(name, static_cast<std::size_t>(cursor - name));
        ++cursor;
        std::string_view value;
        const Scan scanned = scan_value(cursor, end, value);
        if (scanned != Scan::kComplete) {
            return scanned;
        }
        if (!take_field(field, value, summary)) {
            return Scan::kMalformed;
        }
    }
}

std::string unfold(std::string_view value) {
    std::string line;
    line.reserve(value.size());
    bool folding = false;
    for (const char c : value) {
        if (c == '\r' || c == '\n') {
            folding = true;
            continue;
        }
        if (folding && (c == ' ' || c == '\t')) {
            continue;
        }
        if (folding) {
            line += ' ';
            folding = false;
        }
        line += c;
    }
    return line;
}

}  // namespace galileo::http
