#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace galileo::model {

/// One step through UTF-8 text.
struct CodePoint {
    char32_t value = 0;      ///< U+FFFD when the bytes are not UTF-8
    std::size_t length = 0;  ///< bytes taken, at least 1
    bool valid =
        false;  ///< false for overlong forms, surrogates, values above U+10FFFF and cut sequences
};

/// Decodes the code point that starts at `text[at]`; `at` must lie inside. A bad sequence takes its
/// longest valid beginning (Unicode 15, section 3.9, as Python's `errors="replace"` does), so one
/// replacement character stands for it.
CodePoint decode_utf8(std::string_view text, std::size_t at) noexcept;

/// True when all of `text` is UTF-8. Fast for ASCII: eight bytes at a time.
bool is_utf8(std::string_view text) noexcept;

/// `text` with U+FFFD for every sequence that is not UTF-8.
std::string to_utf8(std::string_view text);

/// The number of code points; each bad sequence counts as one.
std::size_t count_code_points(std::string_view text) noexcept;

}  // namespace galileo::model
