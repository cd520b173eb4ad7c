#pragma once

#include <string>

#include "base/result.h"
#include "experiment/progress.h"
#include "model/json.h"

namespace galileo::report {

/// The summary of a run as docs/summary.schema.json describes it: a contract with whoever reads it,
/// so keys are only ever added. Times that nothing was measured for are null, not 0.
model::Json summary_json(const experiment::RunSummary& summary);

/// The same as one line of text, without line end; invalid UTF-8 becomes U+FFFD.
std::string summary_json_text(const experiment::RunSummary& summary);

/// Writes the percentile spectrum of the latencies from the intended start (stats/histogram.h) to a
/// file that hdrplot reads. kDenied, kNotFound, kExhausted when the file cannot be written.
Result<void> write_spectrum(const experiment::RunSummary& summary, const std::string& path);

}  // namespace galileo::report
