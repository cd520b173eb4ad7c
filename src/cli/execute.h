#pragma once

#include "base/result.h"
#include "cli/command.h"
#include "cli/command_api.h"
#include "cli/command_app.h"
#include "cli/command_dev.h"
#include "cli/command_exp.h"
#include "cli/command_experimentd.h"
#include "cli/command_recorder.h"
#include "cli/command_run.h"
#include "cli/command_telemd.h"
#include "cli/command_worker.h"

namespace galileo::cli {

/// What the commands of the same names do once their flags are read. Each of these takes SIGINT and
/// SIGTERM for itself and blocks until its work is done.
Result<ExitCode> execute_run(const RunFlags& flags, Context& context);
Result<ExitCode> execute_worker(const WorkerFlags& flags, Context& context);
Result<ExitCode> execute_dev(const DevFlags& flags, Context& context);
Result<ExitCode> execute_experimentd(const ExperimentdFlags& flags, Context& context);
Result<ExitCode> execute_api(const ApiFlags& flags, Context& context);
Result<ExitCode> execute_recorder(const RecorderFlags& flags, Context& context);
Result<ExitCode> execute_telemd(const TelemdFlags& flags, Context& context);

/// Reads and changes the experiment database; blocks as long as that takes, signals end it.
Result<ExitCode> execute_exp(const ExpFlags& flags, Context& context);

/// Calls a REST API; blocks as long as that takes, signals end it.
Result<ExitCode> execute_app(const AppFlags& flags, Context& context);

}  // namespace galileo::cli
