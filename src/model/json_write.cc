#include <array>
#include <charconv>
#include <cmath>

#include "model/json.h"
#include "model/utf8.h"

namespace galileo::model {

namespace {

void append_unit(std::string& out, unsigned unit) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const std::array<char, 6> escape = {'\\',
                                        'u',
                                        kDigits[(unit >> 12U) & 0xFU],
                                        kDigits[(unit >> 8U) & 0xFU],
                                        kDigits[(unit >> 4U) & 0xFU],
                                        kDigits[unit & 0xFU]};
    out.append(escape.data(), escape.size());
}

void append_escaped(std::string& out, char32_t code_point) {
    switch (code_point) {
        case U'"':
            out += "\\\"";
            return;
        case U'\\':
            out += "\\\\";
            return;
        case U'\n':
            out += "\\n";
            return;
        case U'\r':
            out += "\\r";
            return;
        case U'\t':
            out += "\\t";
            return;
        case U'\f':
            out += "\\f";
            return;
        case U'\b':
            out += "\\b";
            return;
        default:
            break;
    }
    if (code_point >= 0x10000) {
        const auto offset = static_cast<unsigned>(code_point - 0x10000);
        append_unit(out, 0xD800U + (offset >> 10U));
        append_unit(out, 0xDC00U + (offset & 0x3FFU));
    } else {
        append_unit(out, static_cast<unsigned>(code_point));
    }
}

constexpr bool is_plain(char c) noexcept {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

void append_float(std::string& out, double value) {
    if (std::isnan(value)) {
        out += "NaN";
    } else if (std::isinf(value)) {
        out += value < 0 ? "-Infinity" : "Infinity";
    } else {
        out += python_float(value);
    }
}

template <typename Integer>
void append_integer(std::string& out, Integer value) {
    std::array<char, 24> buffer{};
    const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    out.append(buffer.data(), written.ptr);
}

void append_json(std::string& out, const Json& value);

void append_object(std::string& out, const Json& value) {
    out += '{';
    bool first = true;
    for (const auto& [key, member] : value.get_ref<const Json::object_t&>()) {
        if (!first) {
            out += ", ";
        }
        first = false;
        append_python_json_string(out, key);
        out += ": ";
        append_json(out, member);
    }
    out += '}';
}

void append_array(std::string& out, const Json& value) {
    out += '[';
    bool first = true;
    for (const Json& element : value) {
        if (!first) {
            out += ", ";
        }
        first = false;
        append_json(out, element);
    }
    out += ']';
}

void append_json(std::string& out, const Json& value) {
    switch (value.type()) {
        case Json::value_t::object:
            return append_object(out, value);
        case Json::value_t::array:
            return append_array(out, value);
        case Json::value_t::string:
            return append_python_json_string(out, value.get_ref<const std::string&>());
        case Json::value_t::boolean:
            out += value.get<bool>() ? "true" : "false";
            return;
        case Json::value_t::number_integer:
            return append_integer(out, value.get<std::int64_t>());
        case Json::value_t::number_unsigned:
            return append_integer(out, value.get<std::uint64_t>());
        case Json::value_t::number_float:
            return append_float(out, value.get<double>());
        case Json::value_t::null:
        case Json::value_t::binary:
        case Json::value_t::discarded:
            break;
    }
    out += "null";
}

}  // namespace

void append_python_json_string(std::string& out, std::string_view text) {
    out += '"';
    std::size_t at = 0;
    while (at < text.size()) {
        std::size_t plain = at;
        while (plain < text.size() && is_plain(text[plain])) {
            ++plain;
        }
        out.append(text, at, plain - at);
        at = plain;
        if (at < text.size()) {
            const CodePoint next = decode_utf8(text, at);
            append_escaped(out, next.value);
            at += next.length;
        }
    }
    out += '"';
}

std::string to_python_json(const Json& value) {
    std::string out;
    append_json(out, value);
    return out;
}

std::string python_float(double value) {
    if (std::isnan(value)) {
        return "nan";
    }
    if (std::isinf(value)) {
        return value < 0 ? "-inf" : "inf";
    }
    std::array<char, 400> buffer{};
    char* const begin = buffer.data();
    char* const end = begin + buffer.size();
    const double size = std::fabs(value);
    // Python switches to exponents where the decimal point leaves the window (-4, 16]. to_chars
    // writes at least two digits of exponent, as Python does.
    if (size != 0 && (size < 1e-4 || size >= 1e16)) {
        const auto written = std::to_chars(begin, end, value, std::chars_format::scientific);
        return {begin, written.ptr};
    }
    const auto written = std::to_chars(begin, end, value, std::chars_format::fixed);
    std::string text(begin, written.ptr);
    if (text.find('.') == std::string::npos) {
        text += ".0";
    }
    return text;
}

}  // namespace galileo::model
