#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace galileo::base {

/// RFC 4648 section 4, with padding.
std::string to_base64(std::string_view bytes);

/// kInvalidInput for anything that to_base64 does not write.
Result<std::string> from_base64(std::string_view text);

}  // namespace galileo::base
