#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/json.h"

namespace galileo::model {

/// How one client paces its requests (contract 2.4, `SetWorkloadCommand`).
struct Workload {
    std::optional<std::uint64_t> num;  ///< most requests to send; absent or 0: no limit
    std::string distribution = "constant";
    Json parameters;  ///< list of numbers (seconds, mostly; see contract 2.5), or null

    bool operator==(const Workload&) const = default;
};

}  // namespace galileo::model
