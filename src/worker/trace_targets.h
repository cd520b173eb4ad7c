#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "redis/client.h"
#include "worker/trace_outlet.h"
#include "worker/trace_sink.h"

namespace galileo::worker {

/// The stream of a run. Takes nothing while `max_backlog` entries of all workers wait there for the
/// run's recorder: this bounds the memory of Redis. `client` must outlive it.
std::unique_ptr<TraceTarget> stream_target(redis::Client& client,
                                           const std::string& run_id,
                                           const std::string& worker,
                                           std::uint64_t max_backlog);

/// A sink of traces outside of runs.
std::unique_ptr<TraceTarget> sink_target(std::unique_ptr<TraceSink> sink);

}  // namespace galileo::worker
