#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace galileo::model {

/// Reads a whole text as a decimal number (`1`, `-0.5`, `+2`, `1e-05`), independent of the locale.
/// Nothing for NaN, infinities (also by overflow), surrounding white space, hexadecimal or empty
/// text.
std::optional<double> parse_finite(std::string_view text) noexcept;

/// Reads a whole text as a decimal integer with optional sign. Nothing for anything else or beyond
/// 64 bits.
std::optional<std::int64_t> parse_integer(std::string_view text) noexcept;

}  // namespace galileo::model
