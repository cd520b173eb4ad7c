#include "report/figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "report/testing/samples.h"

namespace galileo::report {
namespace {

using namespace std::chrono_literals;

TEST(Figures, RatesHaveOneDecimalWhileItSaysSomething) {
    EXPECT_EQ(format_rate(0), "0.0");
    EXPECT_EQ(format_rate(0.04), "0.0");
    EXPECT_EQ(format_rate(398), "398.0");
    EXPECT_EQ(format_rate(999.94), "999.9");
    EXPECT_EQ(format_rate(999.96), "1,000");
    EXPECT_EQ(format_rate(1998.44), "1,998");
    EXPECT_EQ(format_rate(20144.4), "20,144");
    EXPECT_EQ(format_rate(-1), kUnknown);
    EXPECT_EQ(format_rate(std::numeric_limits<double>::quiet_NaN()), kUnknown);
}

TEST(Figures, PercentsNeverHideTheFewOrRoundUpToAll) {
    EXPECT_EQ(format_percent(0, 10), "0.00 %");
    EXPECT_EQ(format_percent(1, 1'000'000), "<0.01 %");
    EXPECT_EQ(format_percent(1, 3), "33.3 %");
    EXPECT_EQ(format_percent(999'999, 1'000'000), "99.9 %");
    EXPECT_EQ(format_percent(5, 5), "100 %");
    EXPECT_EQ(format_percent(0, 0), kUnknown);
    EXPECT_EQ(format_share(1, 3), "33.3 %");
    EXPECT_EQ(format_share(1, 10'000), "<0.1 %");
    EXPECT_EQ(format_share(3, 3), "100.0 %");
    EXPECT_EQ(format_share(0, 0), kUnknown);
}

TEST(Figures, MissingPercentilesAreNotZero) {
    stats::Histogram histogram;
    EXPECT_EQ(format_percentile(histogram, 99), kUnknown);
    histogram.record(5ms);
    EXPECT_EQ(format_percentile(histogram, 99), "5.00ms");
}

TEST(Figures, TimesAreUtc) {
    const base::WallTime time{std::chrono::milliseconds(1'795'487'705'999)};
    EXPECT_EQ(format_time(time), "2026-11-24T02:35:05Z");
    EXPECT_EQ(format_time_of_day(time), "02:35:05Z");
}

TEST(Figures, BarsKeepTheirWidth) {
    EXPECT_EQ(progress_bar(0, 10), "[--------]");
    EXPECT_EQ(progress_bar(0.5, 10), "[===>----]");
    EXPECT_EQ(progress_bar(1, 10), "[========]");
    EXPECT_EQ(progress_bar(7, 10), "[========]");
    EXPECT_EQ(progress_bar(std::nan(""), 10).size(), 10U);
    EXPECT_EQ(share_bar(0.5, 4), "■■");
    EXPECT_EQ(share_bar(0.001, 4), "▏");
    EXPECT_EQ(share_bar(0, 4), "");
}

TEST(Figures, SparklinesLeaveGapsForMissingValues) {
    EXPECT_EQ(sparkline({0, 50, std::nullopt, 100}, 10), "▁▄ █");
    EXPECT_EQ(sparkline({1, 2, 3, 4}, 2), "▆█");
    EXPECT_EQ(sparkline({0, 0}, 2), "▁▁");
    EXPECT_EQ(sparkline({}, 2), "");
}

TEST(Figures, BandsHoldEveryValueOnce) {
    for (const auto middle : {200ns, 20'000ns, 3'300'000ns, 2'000'000'000ns}) {
        for (const std::uint64_t count : {1U, 2U, 50U, 20'000U}) {
            const auto histogram = testing::sample_latencies(count, middle);
            const auto bands = latency_bands(histogram, 8);
            ASSERT_FALSE(bands.empty());
            EXPECT_LE(bands.size(), 8U);
            EXPECT_EQ(bands.front().low, 0ns);
            EXPECT_GE(bands.back().high, histogram.max());
            std::uint64_t sum = 0;
            for (std::size_t at = 0; at < bands.size(); ++at) {
                sum += bands[at].count;
                EXPECT_LT(bands[at].low, bands[at].high);
                EXPECT_TRUE(at == 0 || bands[at].low == bands[at - 1].high);
            }
            EXPECT_EQ(sum, count);
        }
    }
    EXPECT_TRUE(latency_bands(stats::Histogram(), 8).empty());
}

TEST(Figures, ListsAreRankedAndBounded) {
    stats::Tally tally;
    tally.statuses = {{200, 1500}, {404, 3}, {503, 12}, {-1, 6}};
    tally.errors = {{"timeout", 4}, {"reset", 1}};
    EXPECT_EQ(status_list(tally, 5), "200 1,500  503 12  404 3");
    EXPECT_EQ(status_list(tally, 1), "200 1,500  and 2 more");
    EXPECT_EQ(error_list(tally, 5), "timeout 4  other 1  reset 1");
    EXPECT_EQ(status_list({}, 5), "none");
    EXPECT_EQ(error_list({}, 5), "none");
}

TEST(Figures, BoundsAreShort) {
    EXPECT_EQ(format_bound(200us), "200µs");
    EXPECT_EQ(format_bound(1ms), "1ms");
    EXPECT_EQ(format_bound(2500ms), "2.5s");
}

TEST(Figures, ShortIds) {
    EXPECT_EQ(short_id("202611240230-9f3a"), "9f3a");
    EXPECT_EQ(short_id("plain"), "plain");
    EXPECT_EQ(short_id("odd-"), "odd-");
}

}  // namespace
}  // namespace galileo::report
