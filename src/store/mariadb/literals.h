#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Values as SQL text, for sessions with backslash escapes and character set utf8mb4, which
/// Connection sets up. What comes in thousands is bound instead: array_insert.h.
namespace galileo::store::mariadb {

/// In single quotes; what is not UTF-8 becomes U+FFFD.
std::string literal(std::string_view text);
/// So that the server reads the same double; NaN is NULL, infinity the largest double.
std::string literal(double number);
/// NULL when absent.
std::string optional_literal(const std::optional<std::string>& text);
std::string optional_literal(const std::optional<double>& number);

}  // namespace galileo::store::mariadb
