#pragma once

#include <string>

#include "model/json.h"

namespace galileo::cli {

/// JSON for people and programs, two spaces a level, with a line end. What is not UTF-8 becomes
/// U+FFFD.
std::string pretty_json(const model::Json& json);

}  // namespace galileo::cli
