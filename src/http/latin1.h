#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace galileo::http {

/// UTF-8 text in ISO-8859-1; nothing when it does not fit. Python's http.client and
/// python-requests write headers and credentials so.
std::optional<std::string> to_latin1(std::string_view utf8);

}  // namespace galileo::http
