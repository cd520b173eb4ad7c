#pragma once

#include <string>

#include "control/run_session.h"
#include "experiment/progress.h"
#include "experiment/spec.h"

namespace galileo::experiment {

/// What the workers are told of a checked specification. `spec.seed` must be set.
control::RunRequest run_request(const ExperimentSpec& spec, const std::string& run_id);

/// What the user is told about it. `workers`, `redis` and `database` are filled by the caller.
RunPlan run_plan(const ExperimentSpec& spec, const std::string& run_id);

}  // namespace galileo::experiment
