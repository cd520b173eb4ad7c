// The scalars of a specification: their types by YAML's core schema, and their values.
#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <limits>
#include <system_error>

#include "experiment/spec_document.h"

namespace galileo::experiment {

namespace {

constexpr std::size_t kShownBytes = 60;

template <typename Number>
bool reads_whole(std::string_view text, Number& number, int base) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

bool is_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string_view without_sign(std::string_view text) {
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
        text.remove_prefix(1);
    }
    return text;
}

bool is_integer(std::string_view text) {
    std::uint64_t ignored = 0;
    if (text.starts_with("0x")) {
        return reads_whole(text.substr(2), ignored, 16);
    }
    if (text.starts_with("0o")) {
        return reads_whole(text.substr(2), ignored, 8);
    }
    return is_digits(without_sign(text));
}

bool is_special_float(std::string_view text) {
    return text == ".nan" || text == ".NaN" || text == ".NAN" || without_sign(text) == ".inf" ||
           without_sign(text) == ".Inf" || without_sign(text) == ".INF";
}

bool is_float(std::string_view text) {
    if (is_special_float(text)) {
        return true;
    }
    text = without_sign(text);
    const std::size_t exponent = text.find_first_of("eE");
    if (exponent != std::string_view::npos) {
        if (!is_digits(without_sign(text.substr(exponent + 1)))) {
            return false;
        }
        text = text.substr(0, exponent);
    }
    const std::size_t point = text.find('.');
    if (point == std::string_view::npos) {
        return exponent != std::string_view::npos && is_digits(text);
    }
    const std::string_view whole = text.substr(0, point);
    const std::string_view fraction = text.substr(point + 1);
    return (whole.empty() || is_digits(whole)) && (fraction.empty() || is_digits(fraction)) &&
           !(whole.empty() && fraction.empty());
}

double to_double(std::string_view text) {
    if (is_special_float(text)) {
        const double infinity = std::numeric_limits<double>::infinity();
        if (text[0] != '-' && text.find_first_of("nN") == 1 && text.size() == 4 &&
            (text[2] == 'a' || text[2] == 'A')) {
            return std::numeric_limits<double>::quiet_NaN();
        }
        return text[0] == '-' ? -infinity : infinity;
    }
    const bool negative = text.starts_with('-');
    text = without_sign(text);
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc::result_out_of_range) {
        // from_chars leaves the number alone: too large for a double, or too small.
        const bool small = text.find("e-") != std::string_view::npos ||
                           text.find("E-") != std::string_view::npos || text.starts_with("0.");
        number = small ? 0 : std::numeric_limits<double>::infinity();
    }
    return negative ? -number : number;
}

model::Json scalar_to_json(const SpecNode& scalar) {
    std::string_view text = scalar.text;
    switch (scalar_type(scalar)) {
        case ScalarType::kNull:
            return nullptr;
        case ScalarType::kBoolean:
            return text[0] == 't' || text[0] == 'T';
        case ScalarType::kInteger: {
            std::int64_t number = 0;
            std::uint64_t large = 0;
            if (text.starts_with("0x") || text.starts_with("0o")) {
                reads_whole(text.substr(2), large, text[1] == 'x' ? 16 : 8);
                return large;
            }
            if (text.starts_with('+')) {
                text.remove_prefix(1);
            }
            if (reads_whole(text, number, 10)) {
                return number;
            }
            if (reads_whole(text, large, 10)) {
                return large;
            }
            return to_double(text);
        }
        case ScalarType::kFloat:
            return to_double(text);
        case ScalarType::kText:
            break;
    }
    return scalar.text;
}

}  // namespace

ScalarType scalar_type(const SpecNode& scalar) {
    const std::string_view text = scalar.text;
    if (scalar.quoted) {
        return ScalarType::kText;
    }
    if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") {
        return ScalarType::kNull;
    }
    if (text == "true" || text == "True" || text == "TRUE" || text == "false" || text == "False" ||
        text == "FALSE") {
        return ScalarType::kBoolean;
    }
    if (is_integer(text)) {
        return ScalarType::kInteger;
    }
    return is_float(text) ? ScalarType::kFloat : ScalarType::kText;
}

model::Json to_json(const SpecNode& node) {
    switch (node.kind) {
        case SpecNode::Kind::kNull:
            return nullptr;
        case SpecNode::Kind::kScalar:
            return scalar_to_json(node);
        case SpecNode::Kind::kList: {
            model::Json list = model::Json::array();
            for (const auto& item : node.items) {
                list.push_back(to_json(item));
            }
            return list;
        }
        case SpecNode::Kind::kMapping:
            break;
    }
    model::Json object = model::Json::object();
    // Appending as to a vector: operator[] of an ordered object searches all keys each time.
    auto& members = object.get_ref<model::Json::object_t&>();
    for (const auto& entry : node.entries) {
        members.model::Json::object_t::Container::emplace_back(entry.key.text,
                                                               to_json(entry.value));
    }
    return object;
}

std::string describe(const SpecNode& node) {
    switch (node.kind) {
        case SpecNode::Kind::kNull:
            return "nothing";
        case SpecNode::Kind::kList:
            return fmt::format("a list of {}", node.items.size());
        case SpecNode::Kind::kMapping:
            return fmt::format("a mapping of {}", node.entries.size());
        case SpecNode::Kind::kScalar:
            break;
    }
    std::string shown = node.text;
    if (shown.size() > kShownBytes) {
        std::size_t end = kShownBytes;
        while (end > 0 && (static_cast<unsigned char>(shown[end]) & 0xC0U) == 0x80U) {
            --end;
        }
        shown = shown.substr(0, end) + "…";
    }
    for (char& character : shown) {
        if (character == '\n' || character == '\r' || character == '\t') {
            character = ' ';
        }
    }
    return node.quoted ? fmt::format("the text '{}'", shown) : fmt::format("'{}'", shown);
}

}  // namespace galileo::experiment
