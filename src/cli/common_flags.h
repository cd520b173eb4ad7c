#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/environment.h"
#include "base/log.h"
#include "base/result.h"
#include "cli/command.h"

namespace galileo::cli {

/// `--log-level LEVEL` (also `--logging`, as the original calls it): takes effect at once, over
/// galileo_logging_level.
void declare_log_level(CLI::App& app);

enum class Colour : std::uint8_t { kAuto, kAlways, kNever };

/// `--color auto|always|never`.
void declare_colour(CLI::App& app, Colour& colour);

/// Whether to colour what goes to descriptor `fd`: as told, else when it is a terminal, NO_COLOR is
/// unset or empty and TERM is not `dumb`.
bool wants_colour(Colour colour, const base::Environment& environment, int fd);

/// `--redis ADDRESS`. Only the text; what it means together with the environment is said in
/// redis_address.h.
void declare_redis(CLI::App& app, std::string& address);

/// What the help says of the variables that stand in for `--redis`.
std::vector<HelpEntry> redis_environment();

/// The variables that name the experiment database (contract 5.1), for manuals.
std::vector<HelpEntry> database_environment();

/// Raises this process's limit of open files to the hard limit, so that connections do not run out
/// before they must. Quietly keeps the old one when the kernel refuses.
void raise_open_file_limit();

}  // namespace galileo::cli
