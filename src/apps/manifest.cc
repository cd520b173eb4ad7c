#include "apps/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>
#include <limits>
#include <utility>

#include <yaml-cpp/yaml.h>

#include "model/utf8.h"

namespace galileo::apps {

namespace {

using model::Json;

constexpr int kMaxValues = 10'000;
constexpr int kMaxDepth = 100;
constexpr std::size_t kMaxNameLength = 100;

template <std::size_t Size>
bool is_one_of(std::string_view text, const std::array<std::string_view, Size>& words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

std::string without_underscores(std::string_view text) {
    std::string kept(text);
    std::erase(kept, '_');
    return kept;
}

bool are_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Null when `text` is no whole number; the bases are those of YAML 1.1.
Json integer_of(std::string_view text) {
    std::string digits = without_underscores(text);
    const bool negative = digits.starts_with('-');
    if (negative || digits.starts_with('+')) {
        digits.erase(0, 1);
    }
    int base = 10;
    if (digits.starts_with("0x") || digits.starts_with("0b")) {
        base = digits[1] == 'x' ? 16 : 2;
        digits.erase(0, 2);
    } else if (digits.size() > 1 && digits[0] == '0') {
        base = 8;
    }
    std::uint64_t value = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value, base);
    if (digits.empty() || error != std::errc() || stop != end) {
        return {};
    }
    if (!negative) {
        return value;
    }
    return value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())
               ? Json(-static_cast<std::int64_t>(value))
               : Json();
}

/// Null when `text` is no float: those need a point, and a sign in the exponent.
Json float_of(std::string_view text) {
    std::string number = without_underscores(text);
    const bool negative = number.starts_with('-');
    if (negative || number.starts_with('+')) {
        number.erase(0, 1);
    }
    constexpr std::array<std::string_view, 3> kInfinities{".inf", ".Inf", ".INF"};
    constexpr std::array<std::string_view, 3> kNans{".nan", ".NaN", ".NAN"};
    if (is_one_of(number, kInfinities)) {
        const double infinity = std::numeric_limits<double>::infinity();
        return negative ? -infinity : infinity;
    }
    if (is_one_of(number, kNans)) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    const std::size_t point = number.find('.');
    const std::size_t exponent = std::min(number.find_first_of("eE"), number.size());
    if (point == std::string::npos || point > exponent ||
        (point == 0 && !are_digits(std::string_view(number).substr(1, exponent - 1)))) {
        return {};
    }
    if (exponent < number.size() && exponent + 1 < number.size() && number[exponent + 1] != '-' &&
        number[exponent + 1] != '+') {
        return {};
    }
    double value = 0;
    if (exponent + 1 < number.size() && number[exponent + 1] == '+') {
        number.erase(exponent + 1, 1);
    }
    const char* const end = number.data() + number.size();
    const auto [stop, error] = std::from_chars(number.data(), end, value);
    if (error != std::errc() || stop != end) {
        return {};
    }
    return negative ? -value : value;
}

Json plain_scalar(const std::string& text) {
    constexpr std::array<std::string_view, 5> kNulls{"", "~", "null", "Null", "NULL"};
    constexpr std::array<std::string_view, 9> kTrue{"yes",  "Yes", "YES", "true", "True",
                                                    "TRUE", "on",  "On",  "ON"};
    constexpr std::array<std::string_view, 9> kFalse{"no",    "No",  "NO",  "false", "False",
                                                     "FALSE", "off", "Off", "OFF"};
    if (is_one_of(text, kNulls)) {
        return nullptr;
    }
    if (is_one_of(text, kTrue)) {
        return true;
    }
    if (is_one_of(text, kFalse)) {
        return false;
    }
    if (Json number = integer_of(text); !number.is_null()) {
        return number;
    }
    if (Json number = float_of(text); !number.is_null()) {
        return number;
    }
    return text;
}

/// Aliases can make a small file a huge tree: beyond a limit `values` says so and the rest is left
/// out.
Json to_json(const YAML::Node& node, int depth, int& values) {
    if (depth > kMaxDepth) {
        values = kMaxValues;
    }
    if (values >= kMaxValues) {
        values = kMaxValues + 1;
        return nullptr;
    }
    ++values;
    switch (node.Type()) {
        case YAML::NodeType::Scalar: {
            const bool text = node.Tag() == "!" || node.Tag() == "tag:yaml.org,2002:str";
            return text ? Json(node.Scalar()) : plain_scalar(node.Scalar());
        }
        case YAML::NodeType::Sequence: {
            Json list = Json::array();
            for (const auto& item : node) {
                list.push_back(to_json(item, depth + 1, values));
            }
            return list;
        }
        case YAML::NodeType::Map: {
            Json object = Json::object();
            for (const auto& entry : node) {
                const Json key = to_json(entry.first, depth + 1, values);
                object[key.is_string() ? key.get<std::string>() : model::to_python_json(key)] =
                    to_json(entry.second, depth + 1, values);
            }
            return object;
        }
        default:
            return nullptr;
    }
}

Result<Json> yaml_to_json(std::string_view text) {
    try {
        int values = 0;
        Json json = to_json(YAML::Load(std::string(text)), 0, values);
        if (values > kMaxValues) {
            return Error(
                ErrorCode::kInvalidInput,
                fmt::format("more than {} values, or more than {} levels", kMaxValues, kMaxDepth));
        }
        return json;
    } catch (const YAML::Exception& wrong) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("line {}: {}", wrong.mark.line + 1, wrong.msg));
    } catch (const std::exception& wrong) {
        return Error(ErrorCode::kInvalidInput, wrong.what());
    }
}

}  // namespace

Result<Manifest> parse_manifest(std::string_view text) {
    if (text.size() > kManifestBytes) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("{} bytes; allowed are up to {}", text.size(), kManifestBytes));
    }
    if (!model::is_utf8(text)) {
        return Error(ErrorCode::kInvalidInput, "not UTF-8 text");
    }
    Manifest manifest;
    manifest.content = TRY(yaml_to_json(text));
    if (!manifest.content.is_object()) {
        return Error(ErrorCode::kInvalidInput, "not a mapping; it needs at least `name: ...`");
    }
    const auto name = manifest.content.find("name");
    if (name == manifest.content.end() || name->is_null()) {
        return Error(ErrorCode::kNotFound, "no `name`");
    }
    manifest.name = name->is_string() ? name->get<std::string>() : model::to_python_json(*name);
    const auto kind = manifest.content.find("kind");
    if (kind != manifest.content.end() && *kind == "feed") {
        manifest.kind = AppKind::kFeed;
    }
    return manifest;
}

Result<void> check_app_name(std::string_view name) {
    const bool clean = std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-';
    });
    if (name.empty() || name.size() > kMaxNameLength || !clean || name.starts_with('.')) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("app name '{}': allowed are 1 to {} letters, digits and . _ -, "
                                 "not beginning with a dot",
                                 name.substr(0, kMaxNameLength), kMaxNameLength));
    }
    return {};
}

}  // namespace galileo::apps
