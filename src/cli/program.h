#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace galileo::cli {

/// Runs `galileo ARGUMENTS...` with `commands`: finds the command, parses its flags, runs it, and
/// prints help and errors. `arguments` is without the program's name. Unknown commands and flags
/// are answered with the nearest known one.
ExitCode run_program(const std::vector<std::unique_ptr<Command>>& commands,
                     const std::vector<std::string>& arguments,
                     Context& context);

}  // namespace galileo::cli
