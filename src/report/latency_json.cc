#include "report/latency_json.h"

#include <cmath>

namespace galileo::report {

model::Json percentile_us(const stats::Histogram& histogram, double percent) {
    if (histogram.count() == 0) {
        return nullptr;
    }
    return std::llround(static_cast<double>(histogram.percentile(percent).count()) / 1e3);
}

model::Json latency_us(const stats::Histogram& histogram) {
    return {{"p50", percentile_us(histogram, 50)},
            {"p90", percentile_us(histogram, 90)},
            {"p99", percentile_us(histogram, 99)},
            {"p999", percentile_us(histogram, 99.9)},
            {"max", percentile_us(histogram, 100)}};
}

model::Json lag_us(const stats::Histogram& histogram) {
    return {{"p50", percentile_us(histogram, 50)},
            {"p99", percentile_us(histogram, 99)},
            {"max", percentile_us(histogram, 100)}};
}

}  // namespace galileo::report
