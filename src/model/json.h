#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace galileo::model {

/// A JSON value whose objects keep the order of their keys, as Python's dictionaries do.
using Json = nlohmann::ordered_json;

/// Parses JSON as Python's `json.loads` does: also accepts the tokens NaN, Infinity and -Infinity
/// (contract 1.4); of a repeated key the last value wins; whole numbers beyond 64 bits become
/// floats; a lone surrogate escape becomes U+FFFD. kInvalidInput with the byte position otherwise,
/// also for invalid UTF-8, so that every string of the result is valid; nesting deeper than 200
/// levels is refused. Time is linear in the size of the text.
Result<Json> parse_json(std::string_view text);

/// Writes JSON byte for byte as Python's `json.dumps` does by default: `", "` and `": "` as
/// separators, non-ASCII as \uXXXX, floats in shortest round-trip form (`1.0`, `1e-05`, `NaN`,
/// `Infinity`). Invalid UTF-8 becomes U+FFFD.
std::string to_python_json(const Json& value);

/// Appends `text` as such a JSON string, quotes included. For writers that build JSON text without
/// a Json, for example headers on a hot path; allocates only when `out` must grow.
void append_python_json_string(std::string& out, std::string_view text);

/// A double as Python's `repr` writes it: `1.0`, `1e-05`, `1e+16`, and, other than in JSON, `nan`,
/// `inf`, `-inf`.
std::string python_float(double value);

}  // namespace galileo::model
