#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace galileo::experiment {

/// The words of a line as a POSIX shell splits them (IEEE 1003.1, Shell Command Language 2.2):
/// blanks separate; '...' keeps everything; "..." keeps all but backslashes before `"` and `\`; a
/// backslash keeps the next character. Nothing is expanded and no operator is special.
/// kInvalidInput: a quote is not closed, or a backslash ends the line.
Result<std::vector<std::string>> shell_words(std::string_view line);

}  // namespace galileo::experiment
