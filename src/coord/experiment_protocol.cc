#include "coord/experiment_protocol.h"

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

}  // namespace galileo::coord
