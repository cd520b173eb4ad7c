#include "coord/experiment_protocol.h"

#include <algorithm>

namespace galileo::coord {

model::Json stop_experiment_arguments(const std::string& experiment_id) {
    return model::Json::array({experiment_id});
}

Result<std::string> stop_experiment_from_json(const model::Json& arguments) {
    if (!arguments.is_array() || arguments.empty() || !arguments[0].is_string()) {
        return Error(ErrorCode::kInvalidInput, "wanted the id of an experiment");
    }
    return arguments[0].get<std::string>();
}

Result<StopAnswers> stop_in_daemons(RpcCaller& caller,
                                    const std::string& experiment_id,
                                    std::chrono::nanoseconds patience) {
    const auto answers =
        TRY(caller.call_all(kStopExperiment, stop_experiment_arguments(experiment_id), patience));
    return StopAnswers{answers.size(),
                       std::any_of(answers.begin(), answers.end(),
                                   [](const auto& answer) { return answer && *answer == true; })};
}

}  // namespace galileo::coord
