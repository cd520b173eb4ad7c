#pragma once

#include <span>

#include "base/result.h"
#include "model/trace.h"
#include "redis/client.h"

namespace galileo::coord {

/// Publishes one line for each trace on `galileo/results/traces`, all of them in one MULTI/EXEC as
/// the original's worker does (contract 2.9).
Result<void> publish_trace_lines(redis::Client& client, std::span<const model::Trace> traces);

}  // namespace galileo::coord
