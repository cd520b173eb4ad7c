#pragma once

#include <string>

#include "base/result.h"
#include "model/json.h"

/// What controllers say to experiment daemons of ours, carried by the RPC of contract 1.5.
namespace galileo::coord {

/// Function that every daemon answers: true when the experiment whose id is its argument runs there
/// and will be stopped, else false.
inline constexpr const char* kStopExperiment = "galileo.experiments.stop";

model::Json stop_experiment_arguments(const std::string& experiment_id);
/// The id. kInvalidInput when there is none.
Result<std::string> stop_experiment_from_json(const model::Json& arguments);

}  // namespace galileo::coord
