// The text form of HdrHistogram's outputPercentileDistribution(stream, 5, 1000000.0):
// https://github.com/HdrHistogram/HdrHistogram, AbstractHistogram and PercentileIterator.

#include <fmt/format.h>

#include <cmath>
#include <iterator>

#include "stats/histogram.h"

namespace galileo::stats {

namespace {

constexpr double kTicksPerHalving = 5;
constexpr double kNanosecondsPerMillisecond = 1e6;

/// The level (in percent) of the row after the one for `level`: steps of a fifth of what is left
/// to 100, rounded up to a power of two.
double next_level(double level) {
    const double halvings = std::floor(std::log(100.0 / (100.0 - level)) / std::log(2.0));
    return level + 100.0 / (kTicksPerHalving * std::pow(2.0, halvings + 1));
}

double milliseconds(double nanoseconds) {
    return nanoseconds / kNanosecondsPerMillisecond;
}

}  // namespace

std::string percentile_spectrum(const Histogram& histogram) {
    std::string text = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n";
    const auto out = std::back_inserter(text);
    const auto range = histogram.used();
    double level = 0;
    std::uint64_t seen = 0;
    for (std::size_t index = range.begin; index < range.end; ++index) {
        if (histogram.counts_[index] == 0) {
            continue;
        }
        seen += histogram.counts_[index];
        const double value = milliseconds(static_cast<double>(histogram.highest_at(index)));
        const double reached =
            100.0 * static_cast<double>(seen) / static_cast<double>(histogram.total_);
        while (level <= reached) {
            fmt::format_to(out, "{:12.3f} {:.12f} {:10} {:14.2f}\n", value, level / 100, seen,
                           1 / (1 - level / 100));
            const double next = next_level(level);
            // The levels approach 100 without end: the highest bucket gets one row of them, and
            // none gets more than doubles can tell apart.
            if (seen == histogram.total_ || next <= level) {
                break;
            }
            level = next;
        }
    }
    if (seen > 0) {
        fmt::format_to(out, "{:12.3f} {:.12f} {:10}\n",
                       milliseconds(static_cast<double>(histogram.max_)), 1.0, seen);
    }
    fmt::format_to(out,
                   "#[Mean    = {:12.3f}, StdDeviation   = {:12.3f}]\n"
                   "#[Max     = {:12.3f}, Total count    = {:12}]\n"
                   "#[Buckets = {:12}, SubBuckets     = {:12}]\n",
                   milliseconds(histogram.mean_nanoseconds()),
                   milliseconds(histogram.deviation_nanoseconds()),
                   milliseconds(static_cast<double>(histogram.max_)), seen, Histogram::kBuckets,
                   Histogram::kSubBuckets);
    return text;
}

}  // namespace galileo::stats
