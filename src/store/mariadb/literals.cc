#include "store/mariadb/literals.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "model/utf8.h"

namespace galileo::store::mariadb {

std::string literal(std::string_view text) {
    std::string out = "'";
    for (const char c : model::to_utf8(text)) {
        if (c == '\0') {
            out += "\\0";
            continue;
        }
        if (c == '\'' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    return out + "'";
}

std::string literal(double number) {
    if (std::isnan(number)) {
        return "NULL";
    }
    constexpr double kMost = std::numeric_limits<double>::max();
    std::string text = fmt::format("{}", std::clamp(number, -kMost, kMost));
    // Without an exponent it would be a DECIMAL, converted in a second step.
    return text.find('e') == std::string::npos ? text + "e0" : text;
}

std::string optional_literal(const std::optional<std::string>& text) {
    return text ? literal(std::string_view(*text)) : "NULL";
}

std::string optional_literal(const std::optional<double>& number) {
    return number ? literal(*number) : "NULL";
}

}  // namespace galileo::store::mariadb
