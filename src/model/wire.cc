#include "model/wire.h"

#include <fmt/format.h>

#include <cmath>

#include "model/text.h"

namespace galileo::model {

namespace {

const Json* member(const Json& object, std::string_view key) noexcept {
    for (const auto& [name, value] : object.get_ref<const Json::object_t&>()) {
        if (name == key) {
            return &value;
        }
    }
    return nullptr;
}

/// Python's int() and float() take surrounding white space.
std::string_view trimmed(std::string_view text) noexcept {
    constexpr std::string_view kSpace = " \t\n\r\f\v";
    const auto first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace

Result<WireFields> WireFields::open(const Json& wire,
                                    std::string_view type,
                                    std::span<const std::string_view> names) {
    const Json* inner = &wire;
    if (wire.is_object()) {
        if (const Json* const wrapped = member(wire, "__obj")) {
            inner = wrapped;
        }
    }
    if (!inner->is_array() && !inner->is_object()) {
        return Error(
            ErrorCode::kInvalidInput,
            fmt::format("{}: expected a list or an object, got {}", type, inner->type_name()));
    }
    return WireFields(*inner, type, names);
}

const Json* WireFields::raw(std::size_t index) const noexcept {
    if (wire_->is_object()) {
        return member(*wire_, names_[index]);
    }
    const auto& list = wire_->get_ref<const Json::array_t&>();
    return index < list.size() ? &list[index] : nullptr;
}

const Json* WireFields::find(std::size_t index) const noexcept {
    const Json* const value = raw(index);
    return value != nullptr && value->is_null() ? nullptr : value;
}

Error WireFields::error(std::size_t index, std::string_view problem) const {
    return Error(ErrorCode::kInvalidInput, fmt::format("{}.{}: {}", type_, names_[index], problem));
}

Result<std::optional<std::string>> WireFields::optional_text(std::size_t index) const {
    const Json* const value = find(index);
    if (value == nullptr) {
        return std::optional<std::string>();
    }
    switch (value->type()) {
        case Json::value_t::string:
            return std::optional(value->get<std::string>());
        case Json::value_t::boolean:
            return std::optional<std::string>(value->get<bool>() ? "True" : "False");
        case Json::value_t::number_float:
            return std::optional(python_float(value->get<double>()));
        case Json::value_t::number_integer:
        case Json::value_t::number_unsigned:
            return std::optional(to_python_json(*value));
        default:
            return error(index, fmt::format("expected text, got {}", value->type_name()));
    }
}

Result<std::string> WireFields::text(std::size_t index) const {
    auto value = TRY(optional_text(index));
    if (!value) {
        return error(index, "missing");
    }
    return *std::move(value);
}

Result<std::optional<std::uint64_t>> WireFields::optional_count(std::size_t index) const {
    const Json* const value = find(index);
    if (value == nullptr) {
        return std::optional<std::uint64_t>();
    }
    constexpr double kBeyond = 0x1p64;
    switch (value->type()) {
        case Json::value_t::boolean:
            return std::optional<std::uint64_t>(value->get<bool>() ? 1 : 0);
        case Json::value_t::number_unsigned:
            return std::optional(value->get<std::uint64_t>());
        case Json::value_t::number_integer:
            if (const auto number = value->get<std::int64_t>(); number >= 0) {
                return std::optional(static_cast<std::uint64_t>(number));
            }
            break;
        case Json::value_t::number_float:
            if (const double number = std::trunc(value->get<double>());
                number >= 0 && number < kBeyond) {
                return std::optional(static_cast<std::uint64_t>(number));
            }
            break;
        case Json::value_t::string:
            if (const auto number = parse_integer(trimmed(value->get_ref<const std::string&>()));
                number && *number >= 0) {
                return std::optional(static_cast<std::uint64_t>(*number));
            }
            break;
        default:
            break;
    }
    return error(index, fmt::format("expected a whole number from 0, got {}", value->type_name()));
}

Result<std::optional<double>> WireFields::optional_number(std::size_t index) const {
    const Json* const value = find(index);
    if (value == nullptr) {
        return std::optional<double>();
    }
    if (value->is_number()) {
        return std::optional(value->get<double>());
    }
    if (value->is_boolean()) {
        return std::optional(value->get<bool>() ? 1.0 : 0.0);
    }
    if (value->is_string()) {
        if (const auto number = parse_finite(trimmed(value->get_ref<const std::string&>()))) {
            return number;
        }
    }
    return error(index, fmt::format("expected a number, got {}", value->type_name()));
}

Result<Json> WireFields::optional_object(std::size_t index) const {
    const Json* const value = find(index);
    if (value == nullptr) {
        return Json();
    }
    if (!value->is_object()) {
        return error(index, fmt::format("expected an object, got {}", value->type_name()));
    }
    return Result<Json>(*value);
}

Result<Json> WireFields::optional_list(std::size_t index) const {
    const Json* const value = find(index);
    if (value == nullptr) {
        return Json();
    }
    if (!value->is_array()) {
        return error(index, fmt::format("expected a list, got {}", value->type_name()));
    }
    return Result<Json>(*value);
}

}  // namespace galileo::model
