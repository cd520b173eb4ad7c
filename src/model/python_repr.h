#pragma once

#include <string>

#include "model/json.h"

namespace galileo::model {

/// A value as Python's `repr` shows it: `{'name': 'a', 'on': True, 'none': None}`. Text keeps its
/// printable characters; quotes are single where the text allows it.
std::string to_python_repr(const Json& value);

}  // namespace galileo::model
