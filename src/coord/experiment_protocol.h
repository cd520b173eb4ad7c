#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "base/result.h"
#include "coord/rpc.h"
#include "model/json.h"

/// What controllers say to experiment daemons of ours, carried by the RPC of contract 1.5.
namespace galileo::coord {

/// Function that every daemon answers: true when the experiment whose id is its argument runs there
/// and will be stopped, else false.
inline constexpr const char* kStopExperiment = "galileo.experiments.stop";

model::Json stop_experiment_arguments(const std::string& experiment_id);
/// The id. kInvalidInput when there is none.
Result<std::string> stop_experiment_from_json(const model::Json& arguments);

/// What daemons of ours said when asked to stop an experiment.
struct StopAnswers {
    std::size_t daemons = 0;
    bool stopped = false;  ///< it ran in one of them, and is ending now
};
/// Asks all daemons, `patience` at the most for all of them. Blocks.
Result<StopAnswers> stop_in_daemons(RpcCaller& caller,
                                    const std::string& experiment_id,
                                    std::chrono::nanoseconds patience);

}  // namespace galileo::coord
