#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "model/json.h"

namespace galileo::recorder {

/// What became of the requests of a run: completed = stored + lost, when traces are kept.
struct RequestAccount {
    std::uint64_t sent = 0;
    std::uint64_t completed = 0;  ///< subset of sent: answered or failed
    std::uint64_t stored = 0;     ///< subset of completed: rows in the database
    std::uint64_t lost = 0;       ///< subset of completed: not stored
    std::map<std::string, std::uint64_t> lost_reasons;  ///< sums to lost

    bool operator==(const RequestAccount&) const = default;
};

/// `sent`, `completed`, `traces` (the stored ones), `lost` and `lost_reasons`: what the metadata of
/// an experiment say under `recorded`.
model::Json to_json(const RequestAccount& account);

}  // namespace galileo::recorder
