#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "model/experiment.h"
#include "model/json.h"
#include "model/queued_experiment.h"

namespace galileo::api {

/// An experiment that somebody wants to have queued.
struct ExperimentRequest {
    enum class Id : std::uint8_t { kGiven, kMade };

    model::Experiment experiment;
    Id id = Id::kGiven;  ///< kMade: by us, and another one would do as well
    model::ExperimentConfiguration configuration;
};

/// Reads `{"experiment": {...}, "configuration": {"duration": "10s", "interval": "2s",
/// "workloads": [...]}}` by the rules of contract 6: created is `now`, the status QUEUED, an id
/// that is missing is made. kInvalidInput names what is wrong or missing.
Result<ExperimentRequest> experiment_request_from_json(const model::Json& body, base::WallTime now);

/// Seconds of a text such as `90`, `10s` or `1m30s`: every number in it counts, with the unit (s,
/// m, h) that follows or seconds; of several with one unit, the last (contract 6: `1.5s` is 5,
/// `abc` is 0). kInvalidInput: more than 12 digits.
Result<std::uint64_t> parse_duration_text(std::string_view text);

}  // namespace galileo::api
