#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "model/json.h"

namespace galileo::model {

/// Reads the fields of one named tuple as the original does (contract 1.4). Both forms are taken:
/// the positional list (a short one leaves the rest absent, extra elements are ignored) and the
/// object with field names (unknown keys are ignored). A wrapper `{"__obj": ..., "__type": ...}` is
/// opened first; its type is not looked at. Scalars of another type are converted: `"3"` to 3, 2.7
/// to 2, 5 to `"5"`. `null` and absent are the same. Borrows the JSON and the names, which must
/// outlive it. A value; thread-compatible.
class WireFields {
  public:
    /// `names` are the fields in order of the list form. `type` names the tuple in messages, as
    /// `ClientConfig`. kInvalidInput when `wire` is neither a list nor an object.
    static Result<WireFields> open(const Json& wire,
                                   std::string_view type,
                                   std::span<const std::string_view> names);

    /// The raw value of field `index`; nullptr when absent or null.
    [[nodiscard]] const Json* find(std::size_t index) const noexcept;

    /// True when field `index` is there, though perhaps null.
    [[nodiscard]] bool given(std::size_t index) const noexcept { return raw(index) != nullptr; }

    /// Typed reading. The optional forms give nothing when the field is absent or null; the
    /// required forms make that an error. kInvalidInput, naming type and field, when the value
    /// cannot be converted.
    [[nodiscard]] Result<std::optional<std::string>> optional_text(std::size_t index) const;
    [[nodiscard]] Result<std::string> text(std::size_t index) const;
    [[nodiscard]] Result<std::optional<std::uint64_t>> optional_count(std::size_t index) const;
    [[nodiscard]] Result<std::optional<double>> optional_number(std::size_t index) const;
    /// An object, or null when absent.
    [[nodiscard]] Result<Json> optional_object(std::size_t index) const;
    /// A list, or null when absent.
    [[nodiscard]] Result<Json> optional_list(std::size_t index) const;

    /// `type.field: problem` as kInvalidInput, for checks of the caller's own.
    [[nodiscard]] Error error(std::size_t index, std::string_view problem) const;

  private:
    WireFields(const Json& wire, std::string_view type, std::span<const std::string_view> names)
        : wire_(&wire), type_(type), names_(names) {}

    [[nodiscard]] const Json* raw(std::size_t index) const noexcept;

    const Json* wire_;
    std::string_view type_;
    std::span<const std::string_view> names_;
};

}  // namespace galileo::model
