#pragma once

#include <optional>
#include <string>

#include "model/json.h"

namespace galileo::model {

/// A row of `experiments` (contract 5.2). Times are epoch seconds.
struct Experiment {
    std::string id;
    std::optional<std::string> name;
    std::optional<std::string> creator;
    std::optional<double> start;
    std::optional<double> end;
    std::optional<double> created;
    std::string status;  ///< QUEUED, IN_PROGRESS, RUNNING, FINISHED or FAILED (contract 4.3)

    bool operator==(const Experiment&) const = default;
};

/// `{"id", "name", "creator", "start", "end", "created", "status"}`, always all seven, in this
/// order (contract 6).
Json to_json(const Experiment& experiment);
/// Missing keys are absent values; an unknown key or a value of a wrong type is kInvalidInput.
Result<Experiment> experiment_from_json(const Json& json);

}  // namespace galileo::model
