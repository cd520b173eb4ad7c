#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace galileo::model {

/// A JSON value whose objects keep the order of their keys, as Python's dictionaries do.
using Json = nlohmann::ordered_json;

/// Parses JSON as Python's `json.loads` does: also accepts the tokens NaN, Infinity and -Infinity
/// (contract 1.4). kInvalidInput with the position otherwise; nesting deeper than 200 levels is
/// refused.
Result<Json> parse_json(std::string_view text);

/// Writes JSON byte for byte as Python's `json.dumps` does by default: `", "` and `": "` as
/// separators, non-ASCII as \uXXXX, floats in shortest round-trip form (`1.0`, `1e-05`, `NaN`,
/// `Infinity`). Invalid UTF-8 becomes U+FFFD.
std::string to_python_json(const Json& value);

/// A double as Python's `repr` writes it.
std::string python_float(double value);

}  // namespace galileo::model
