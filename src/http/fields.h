#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace galileo::http {

/// What scanning a message head came to.
enum class Scan : std::uint8_t { kComplete, kIncomplete, kMalformed };

/// What the fields of a head say about framing and the connection (RFC 9112, sections 6 and 9).
struct FieldSummary {
    std::uint64_t content_length = 0;
    bool has_content_length = false;
    bool has_transfer_encoding = false;
    bool other_coding = false;      ///< a transfer coding that is not chunked, or chunked twice
    bool chunked = false;           ///< chunked is the last transfer coding
    bool close = false;             ///< `Connection: close`
    bool keep_alive = false;        ///< `Connection: keep-alive`
    bool expects_continue = false;  ///< `Expect: 100-continue`
    int hosts = 0;                  ///< Host fields
};

/// Scans field lines from `cursor` up to and including the empty line that ends a head, and moves
/// `cursor` behind it. Strict: names are tokens, followed at once by a colon; values hold no
/// control characters but tabs; obsolete folding is accepted (RFC 9112, section 5.2); lines may end
/// in a bare LF (section 2.2), a bare CR is malformed; Content-Length fields must agree.
Scan scan_fields(const char*& cursor, const char* end, FieldSummary& summary) noexcept;

/// Scans to the end of the line, whose text may hold no control characters but tabs; moves `cursor`
/// behind the line end and `text` says what came before.
Scan scan_line(const char*& cursor, const char* end, std::string_view& text) noexcept;

/// RFC 9110, section 5.6.2.
bool is_token_character(char character) noexcept;
bool is_token(std::string_view text) noexcept;

/// Compares ASCII letters regardless of case.
bool equals_ignoring_case(std::string_view left, std::string_view right) noexcept;

/// Removes spaces, tabs and the line ends of folded values at both ends.
std::string_view trim_field(std::string_view value) noexcept;

/// Calls `visit(name, value)` for each field line of a head that scan_fields() accepted, values
/// trimmed but still folded. `head` may begin with a start line, which is told by its lack of a
/// colon after a token.
template <typename Visit>
void for_each_field(std::string_view head, Visit&& visit) {
    while (!head.empty()) {
        std::size_t line = head.find('\n');
        // A folded line continues the value.
        while (line != std::string_view::npos && line + 1 < head.size() &&
               (head[line + 1] == ' ' || head[line + 1] == '\t')) {
            line = head.find('\n', line + 1);
        }
        const std::string_view field = head.substr(0, line);
        head = line == std::string_view::npos ? std::string_view() : head.substr(line + 1);
        const std::size_t colon = field.find(':');
        if (colon != std::string_view::npos && is_token(field.substr(0, colon))) {
            visit(field.substr(0, colon), trim_field(field.substr(colon + 1)));
        }
    }
}

/// A folded value on one line: each fold becomes a space.
std::string unfold(std::string_view value);

}  // namespace galileo::http
