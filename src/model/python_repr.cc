#include "model/python_repr.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

namespace galileo::model {

namespace {

/// Of U+0080 to U+00FF, those that Python does not print: controls, the no-break space, the soft
/// hyphen. `text` begins with the lead byte 0xC2.
bool is_hidden_latin(std::string_view text) {
    if (text.size() < 2 || static_cast<unsigned char>(text[0]) != 0xc2) {
        return false;
    }
    const auto low = static_cast<unsigned char>(text[1]);
    return low <= 0xa0 || low == 0xad;
}

void append_character(std::string& out, std::string_view rest, char quote) {
    const auto character = static_cast<unsigned char>(rest.front());
    if (rest.front() == quote || rest.front() == '\\') {
        out += '\\';
        out += rest.front();
    } else if (rest.front() == '\n') {
        out += "\\n";
    } else if (rest.front() == '\r') {
        out += "\\r";
    } else if (rest.front() == '\t') {
        out += "\\t";
    } else if (character < 0x20 || character == 0x7f) {
        fmt::format_to(std::back_inserter(out), "\\x{:02x}", character);
    } else {
        out += rest.front();
    }
}

void append_repr_text(std::string& out, std::string_view text) {
    const bool double_quotes =
        text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos;
    const char quote = double_quotes ? '"' : '\'';
    out += quote;
    while (!text.empty()) {
        if (is_hidden_latin(text)) {
            fmt::format_to(std::back_inserter(out), "\\x{:02x}",
                           static_cast<unsigned char>(text[1]));
            text.remove_prefix(2);
            continue;
        }
        append_character(out, text, quote);
        text.remove_prefix(1);
    }
    out += quote;
}

void append_repr(std::string& out, const Json& value) {  // NOLINT(misc-no-recursion): parsed depth
    switch (value.type()) {
        case Json::value_t::object: {
            out += '{';
            const char* separator = "";
            for (const auto& [key, member] : value.items()) {
                out += separator;
                append_repr_text(out, key);
                out += ": ";
                append_repr(out, member);
                separator = ", ";
            }
            out += '}';
            break;
        }
        case Json::value_t::array: {
            out += '[';
            const char* separator = "";
            for (const auto& member : value) {
                out += separator;
                append_repr(out, member);
                separator = ", ";
            }
            out += ']';
            break;
        }
        case Json::value_t::string:
            append_repr_text(out, value.get_ref<const std::string&>());
            break;
        case Json::value_t::boolean:
            out += value.get<bool>() ? "True" : "False";
            break;
        case Json::value_t::number_float:
            out += python_float(value.get<double>());
            break;
        case Json::value_t::null:
        case Json::value_t::discarded:
            out += "None";
            break;
        default:
            out += to_python_json(value);  // whole numbers
    }
}

}  // namespace

std::string to_python_repr(const Json& value) {
    std::string out;
    append_repr(out, value);
    return out;
}

}  // namespace galileo::model
