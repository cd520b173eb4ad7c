#pragma once

#include <cstddef>

#include "engine/trace_ring.h"
#include "model/trace.h"

namespace galileo::worker {

/// Turns a trace as the loop recorded it into the record that is stored: header fields as JSON
/// text, the body decoded, times in epoch seconds (contract 2.3). `body_limit`: bytes of response
/// text kept; 0: none. Reuses the memory of `trace`.
void to_trace(const engine::TraceView& view, std::size_t body_limit, model::Trace& trace);

}  // namespace galileo::worker
