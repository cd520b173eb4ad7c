#pragma once

#include "model/json.h"
#include "stats/histogram.h"

/// Latencies as JSON, in whole microseconds. Pure functions; thread-safe.
namespace galileo::report {

/// A percentile from 0 to 100, where 100 is the largest; null when the histogram is empty.
model::Json percentile_us(const stats::Histogram& histogram, double percent);

/// `{"p50":…,"p90":…,"p99":…,"p999":…,"max":…}`.
model::Json latency_us(const stats::Histogram& histogram);

/// `{"p50":…,"p99":…,"max":…}`: how late requests were sent.
model::Json lag_us(const stats::Histogram& histogram);

}  // namespace galileo::report
