#pragma once

#include <string>
#include <string_view>

#include "model/json.h"

namespace galileo::cli {

/// JSON for people and programs, two spaces a level, with a line end. What is not UTF-8 becomes
/// U+FFFD.
std::string pretty_json(const model::Json& json);

/// `text` as it may go to a terminal: control characters become `?`, what is not UTF-8 U+FFFD.
std::string printable(std::string_view text);

/// The columns that printable text takes on a terminal, one for each code point.
std::size_t columns_of(std::string_view text);

}  // namespace galileo::cli
