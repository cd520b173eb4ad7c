#pragma once

#include "base/result.h"
#include "cli/command.h"
#include "cli/command_exp.h"

namespace galileo::cli {

/// `galileo exp stop`: takes queued experiments out of the queues and asks the daemons to end those
/// that run. A line on stdout for each; one on stderr, and kFailure in the end, for each that is
/// nowhere. Errors of Redis and of the database.
Result<ExitCode> stop_experiments(const ExpFlags& flags, Context& context);

}  // namespace galileo::cli
