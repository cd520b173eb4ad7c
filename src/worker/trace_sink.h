#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "model/trace.h"
#include "redis/client.h"
#include "store/experiment_store.h"

namespace galileo::worker {

/// Where finished traces go. Used by the shipping thread alone; thread-compatible.
class TraceSink {
  public:
    virtual ~TraceSink() = default;

    /// Hands over all of `traces` or none. kUnavailable, kTimeout and kExhausted may pass when
    /// tried again later.
    virtual Result<void> write(std::span<const model::Trace> traces) = 0;
};

/// Appends to `<directory>/traces-<worker>.csv` in the original's form (contract 2.9): a header
/// line, CRLF, fields quoted where CSV needs it, absent ones empty. Creates the directory.
Result<std::unique_ptr<TraceSink>> open_csv_sink(const std::string& directory,
                                                 const std::string& worker);

/// Publishes trace lines on `galileo/results/traces`. `client` must outlive the sink.
std::unique_ptr<TraceSink> redis_line_sink(redis::Client& client);

/// Inserts into the experiment database with EXP_ID as the trace has it; creates the schema.
std::unique_ptr<TraceSink> store_sink(std::unique_ptr<store::ExperimentStore> store);

}  // namespace galileo::worker
