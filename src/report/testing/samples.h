#pragma once

#include "experiment/progress.h"

namespace galileo::report::testing {

/// A run as tests show it: two workers, two services, a ramp, about 30,000 requests with fixed
/// latencies. The same on every machine.
experiment::RunPlan sample_plan();
experiment::Progress sample_progress();
experiment::RunSummary sample_summary();

/// `count` latencies around `middle` with a long tail, the same for the same arguments.
stats::Histogram sample_latencies(std::uint64_t count, std::chrono::nanoseconds middle);

}  // namespace galileo::report::testing
