#include "stats/histogram.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "base/random.h"

namespace galileo::stats {
namespace {

using std::chrono::hours;
using std::chrono::nanoseconds;

/// Values as latencies are: any magnitude from 1 ns to 1 h, with ties, clusters and a few beyond.
std::vector<std::int64_t> random_values(base::Rng& rng, std::size_t count) {
    std::vector<std::int64_t> values;
    const double low = rng.uniform() * 12;
    const double span = rng.uniform() * (12.5 - low);
    while (values.size() < count) {
        const auto value = static_cast<std::int64_t>(std::pow(10, low + span * rng.uniform()));
        const std::uint64_t copies = rng.below(8) == 0 ? 1 + rng.below(20) : 1;
        values.insert(values.end(), std::min<std::size_t>(copies, count - values.size()), value);
    }
    return values;
}

Histogram histogram_of(const std::vector<std::int64_t>& values) {
    Histogram histogram;
    for (const std::int64_t value : values) {
        histogram.record(nanoseconds(value));
    }
    return histogram;
}

TEST(Histogram, IsEmptyAtFirst) {
    const Histogram histogram;
    EXPECT_EQ(histogram.count(), 0U);
    EXPECT_EQ(histogram.saturated(), 0U);
    EXPECT_EQ(histogram.min().count(), 0);
    EXPECT_EQ(histogram.max().count(), 0);
    EXPECT_EQ(histogram.mean_nanoseconds(), 0);
    for (const double percent : {-1.0, 0.0, 50.0, 100.0, 200.0}) {
        EXPECT_EQ(histogram.percentile(percent).count(), 0);
    }
    EXPECT_EQ(histogram.count_at_or_below(hours(1)), 0U);
    EXPECT_EQ(histogram.count_at_or_below(nanoseconds(-1)), 0U);
    EXPECT_TRUE(histogram.buckets().empty());
}

TEST(Histogram, TellsSmallValuesApartExactly) {
    Histogram histogram;
    for (std::int64_t value = 0; value < 2048; ++value) {
        histogram.record(nanoseconds(value));
    }
    const auto buckets = histogram.buckets();
    ASSERT_EQ(buckets.size(), 2048U);
    for (std::size_t index = 0; index < buckets.size(); ++index) {
        EXPECT_EQ(buckets[index].low.count(), static_cast<std::int64_t>(index));
        EXPECT_EQ(buckets[index].high, buckets[index].low);
        EXPECT_EQ(buckets[index].count, 1U);
    }
}

TEST(Histogram, HasTheBucketsOfHdrHistogram) {
    struct Row {
        std::int64_t value;
        std::int64_t low;
        std::int64_t high;
    };
    // HdrHistogram(1, 3600000000000, 3): lowestEquivalentValue and highestEquivalentValue
    for (const Row& row :
         std::initializer_list<Row>{{2047, 2047, 2047},
                                    {2048, 2048, 2049},
                                    {2049, 2048, 2049},
                                    {4095, 4094, 4095},
                                    {4096, 4096, 4099},
                                    {10'000, 10'000, 10'007},
                                    {1'000'000, 999'936, 1'000'447},
                                    {1'000'000'000, 999'817'216, 1'000'341'503},
                                    {3'600'000'000'000, 3'599'182'594'048, 3'601'330'077'695}}) {
        Histogram histogram;
        histogram.record(nanoseconds(row.value));
        const auto buckets = histogram.buckets();
        ASSERT_EQ(buckets.size(), 1U) << row.value;
        EXPECT_EQ(buckets[0].low.count(), row.low) << row.value;
        EXPECT_EQ(buckets[0].high.count(), row.high) << row.value;
    }
}

TEST(Histogram, CoversEveryValueWithOneBucketAndNoGap) {
    // every edge of every bucket: record both sides of each and see them told apart
    Histogram histogram;
    std::int64_t edge = 0;
    std::size_t edges = 0;
    while (edge <= Histogram::kHighest.count()) {
        histogram.reset();
        histogram.record(nanoseconds(edge));
        const auto bucket = histogram.buckets().at(0);
        ASSERT_EQ(bucket.low.count(), edge);
        ASSERT_LE(static_cast<double>(bucket.high.count() - edge),
                  static_cast<double>(edge) / 1024);
        edge = bucket.high.count() + 1;
        ++edges;
    }
    EXPECT_EQ(edges, 33'421U);
}

TEST(Histogram, CountsNegativeValuesAsZeroAndLargeOnesAsTheHighest) {
    Histogram histogram;
    histogram.record(nanoseconds(-5));
    histogram.record(nanoseconds::min());
    EXPECT_EQ(histogram.max().count(), 0);
    EXPECT_EQ(histogram.count_at_or_below(nanoseconds(0)), 2U);
    histogram.record(Histogram::kHighest);
    EXPECT_EQ(histogram.saturated(), 0U);
    histogram.record(Histogram::kHighest + nanoseconds(1), 2);
    histogram.record(nanoseconds::max());
    EXPECT_EQ(histogram.saturated(), 3U);
    EXPECT_EQ(histogram.count(), 6U);
    EXPECT_EQ(histogram.max(), hours(1));
    EXPECT_EQ(histogram.percentile(100), hours(1));
}

TEST(Histogram, RecordsManyAtOnceAsOneByOne) {
    Histogram one_by_one;
    Histogram at_once;
    for (int times = 0; times < 5; ++times) {
        one_by_one.record(nanoseconds(77'777));
    }
    at_once.record(nanoseconds(77'777), 5);
    at_once.record(nanoseconds(1), 0);  // nothing, not even a minimum
    EXPECT_EQ(one_by_one, at_once);
    EXPECT_EQ(at_once.min().count(), 77'777);
}

/// Runs `check` with generators of many seeds and names the one that fails.
template <typename Check>
void for_seeds(Check check) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        SCOPED_TRACE(seed);
        base::Rng rng(seed);
        check(rng);
    }
}

void agrees_with_the_sorted_values(base::Rng& rng) {
    auto values = random_values(rng, 1 + rng.below(5000));
    const Histogram histogram = histogram_of(values);
    std::sort(values.begin(), values.end());
    const std::size_t count = values.size();
    const std::int64_t highest = Histogram::kHighest.count();

    EXPECT_EQ(histogram.count(), count);
    EXPECT_EQ(histogram.min().count(), std::min(values.front(), highest));
    EXPECT_EQ(histogram.max().count(), std::min(values.back(), highest));
    EXPECT_EQ(histogram.percentile(100), histogram.max());
    EXPECT_EQ(histogram.percentile(0), histogram.min());

    std::int64_t before = 0;
    for (std::size_t thousandth = 1; thousandth <= 100'000; thousandth += 1 + thousandth % 101) {
        const std::size_t rank = (thousandth * count + 99'999) / 100'000;
        const std::int64_t exact = std::min(values[rank - 1], highest);
        const auto percent = static_cast<double>(thousandth) / 1000;
        const std::int64_t got = histogram.percentile(percent).count();
        ASSERT_GE(got, exact) << percent;
        ASSERT_LE(static_cast<double>(got - exact), static_cast<double>(exact) / 1000) << percent;
        ASSERT_LE(got, histogram.max().count()) << percent;
        ASSERT_GE(got, before) << percent;
        before = got;
    }

    double sum = 0;
    for (const std::int64_t value : values) {
        sum += static_cast<double>(std::min(value, highest));
    }
    EXPECT_NEAR(histogram.mean_nanoseconds() * static_cast<double>(count) / sum, 1, 0.0005);

    for (int probe = 0; probe < 200; ++probe) {
        const std::int64_t value = values[rng.below(count)];
        Histogram single;
        single.record(nanoseconds(value));
        const std::int64_t high = single.buckets().at(0).high.count();
        const auto end = std::upper_bound(values.begin(), values.end(), high);
        const auto expected =
            value >= highest ? count : static_cast<std::size_t>(end - values.begin());
        ASSERT_EQ(histogram.count_at_or_below(nanoseconds(value)), expected);
    }
    EXPECT_EQ(histogram.count_at_or_below(histogram.min() - nanoseconds(1)), 0U);
}

TEST(HistogramOfRandomValues, AgreesWithTheSortedValues) {
    for_seeds(agrees_with_the_sorted_values);
}

void merges_as_if_all_were_recorded_in_one(base::Rng& rng) {
    std::vector<std::int64_t> all;
    std::vector<Histogram> parts;
    for (std::uint64_t part = 0, count = 1 + rng.below(6); part < count; ++part) {
        const auto values = random_values(rng, rng.below(2000));
        all.insert(all.end(), values.begin(), values.end());
        parts.push_back(histogram_of(values));
    }
    const Histogram whole = histogram_of(all);

    Histogram forward;
    Histogram backward;
    Histogram paired;
    for (std::size_t index = 0; index < parts.size(); ++index) {
        forward.merge(parts[index]);
        backward.merge(parts[parts.size() - 1 - index]);
    }
    for (std::size_t index = 0; index < parts.size(); index += 2) {
        Histogram pair = parts[index];
        if (index + 1 < parts.size()) {
            pair.merge(parts[index + 1]);
        }
        paired.merge(pair);
    }
    EXPECT_EQ(forward, whole);
    EXPECT_EQ(backward, whole);
    EXPECT_EQ(paired, whole);
    EXPECT_EQ(forward.encode(), whole.encode());
}

TEST(HistogramOfRandomValues, MergesAsIfAllWereRecordedInOne) {
    for_seeds(merges_as_if_all_were_recorded_in_one);
}

void resets_to_an_empty_one(base::Rng& rng) {
    Histogram histogram = histogram_of(random_values(rng, 500));
    histogram.reset();
    EXPECT_EQ(histogram, Histogram());
    const auto values = random_values(rng, 500);
    for (const std::int64_t value : values) {
        histogram.record(nanoseconds(value));
    }
    EXPECT_EQ(histogram, histogram_of(values));
    EXPECT_EQ(histogram.encode(), histogram_of(values).encode());
}

TEST(HistogramOfRandomValues, ResetsToAnEmptyOne) {
    for_seeds(resets_to_an_empty_one);
}

TEST(Histogram, MergesWithItselfAndWithNothing) {
    base::Rng rng(5);
    Histogram histogram = histogram_of(random_values(rng, 100));
    const Histogram before = histogram;
    histogram.merge(Histogram());
    EXPECT_EQ(histogram, before);
    histogram.merge(histogram);
    EXPECT_EQ(histogram.count(), 200U);
    EXPECT_EQ(histogram.percentile(50), before.percentile(50));
}

TEST(Histogram, CopiesAreIndependent) {
    base::Rng rng(6);
    const Histogram original = histogram_of(random_values(rng, 100));
    Histogram copy(original);
    EXPECT_EQ(copy, original);
    copy.record(nanoseconds(1));
    EXPECT_FALSE(copy == original);
    copy = original;
    EXPECT_EQ(copy, original);
    const Histogram& alias = copy;
    copy = alias;
    EXPECT_EQ(copy, original);
}

TEST(Histogram, MovedFromReadsAsEmptyAndTakesAnAssignment) {
    base::Rng rng(7);
    const Histogram original = histogram_of(random_values(rng, 100));
    Histogram source(original);
    Histogram target(std::move(source));
    EXPECT_EQ(target, original);
    EXPECT_EQ(source.count(), 0U);  // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(source.percentile(50).count(), 0);
    EXPECT_EQ(source, Histogram());
    EXPECT_EQ(source.encode(), Histogram().encode());
    source = original;
    EXPECT_EQ(source, original);
    target = std::move(source);
    EXPECT_EQ(target, original);
    source = Histogram();
    source.record(nanoseconds(3));
    EXPECT_EQ(source.count(), 1U);
}

TEST(Histogram, DiffersByAnythingThatItKeeps) {
    Histogram one;
    Histogram other;
    one.record(nanoseconds(10'000));
    other.record(nanoseconds(10'001));  // the same bucket
    EXPECT_FALSE(one == other);
    one.reset();
    other.reset();
    one.record(Histogram::kHighest);
    other.record(Histogram::kHighest + nanoseconds(1));
    EXPECT_FALSE(one == other);
}

TEST(Histogram, TakesOddPercents) {
    Histogram histogram;
    histogram.record(nanoseconds(5));
    histogram.record(nanoseconds(10'000));
    EXPECT_EQ(histogram.percentile(-3).count(), 5);
    EXPECT_EQ(histogram.percentile(std::nan("")).count(), 5);
    EXPECT_EQ(histogram.percentile(1e-300).count(), 5);
    EXPECT_EQ(histogram.percentile(50).count(), 5);
    EXPECT_EQ(histogram.percentile(50.0001).count(), 10'000);  // not 10007, the end of the bucket
    EXPECT_EQ(histogram.percentile(1e300).count(), 10'000);
}

TEST(Histogram, AsksForNoValueTooManyWhenThePercentIsInexact) {
    Histogram histogram;
    for (std::int64_t value = 1; value <= 1000; ++value) {
        histogram.record(nanoseconds(value));
    }
    for (std::int64_t tenth = 1; tenth <= 1000; ++tenth) {
        EXPECT_EQ(histogram.percentile(static_cast<double>(tenth) / 10).count(), tenth);
    }
}

}  // namespace
}  // namespace galileo::stats
