#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "base/random.h"
#include "stats/histogram.h"

namespace galileo::stats {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

TEST(PercentileSpectrum, PrintsNoRowForNothing) {
    EXPECT_EQ(percentile_spectrum(Histogram()),
              "       Value     Percentile TotalCount 1/(1-Percentile)\n"
              "\n"
              "#[Mean    =        0.000, StdDeviation   =        0.000]\n"
              "#[Max     =        0.000, Total count    =            0]\n"
              "#[Buckets =           32, SubBuckets     =         2048]\n");
}

}  // namespace
}  // namespace galileo::stats
