#pragma once

#include "base/result.h"
#include "cli/command_run.h"
#include "experiment/spec.h"

namespace galileo::cli {

/// The experiment that the flags describe: read from the file they name, or built from the short
/// form, with what the flags say over it. Checked. kInvalidInput with every problem on a line of
/// its own; kNotFound, kDenied: the file.
Result<experiment::ExperimentSpec> spec_of(const RunFlags& flags);

}  // namespace galileo::cli
