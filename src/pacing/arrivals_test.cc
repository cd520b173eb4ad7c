#include "pacing/arrivals.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "pacing/testing/statistics.h"

namespace galileo::pacing {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using testing::kolmogorov_p;

std::shared_ptr<const RateProfile> shared(Result<RateProfile> profile) {
    return std::make_shared<const RateProfile>(std::move(profile).value());
}

std::vector<nanoseconds> all(Arrivals& arrivals) {
    std::vector<nanoseconds> offsets;
    while (const auto offset = arrivals.next()) {
        offsets.push_back(*offset);
    }
    EXPECT_FALSE(arrivals.next().has_value());  // for ever
    return offsets;
}

std::vector<nanoseconds> all(const std::shared_ptr<const RateProfile>& profile,
                             Spacing spacing,
                             Share share = {},
                             std::uint64_t seed = 1) {
    return all(*profile_arrivals(profile, spacing, share, seed));
}

TEST(EvenArrivals, ConstantRateStartsAtOnceAndKeepsItsDistance) {
    const auto offsets = all(shared(RateProfile::constant(10, seconds(1))), Spacing::kEven);
    ASSERT_EQ(offsets.size(), 10U);
    for (std::size_t index = 0; index < offsets.size(); ++index) {
        EXPECT_EQ(offsets[index], milliseconds(100) * static_cast<std::int64_t>(index));
    }
}

TEST(EvenArrivals, DoNotDrift) {
    // a third of a second has no end in binary; after a day the last one is still exact
    const auto arrivals = profile_arrivals(shared(RateProfile::constant(3, std::chrono::hours(24))),
                                           Spacing::kEven, {}, 1);
    std::int64_t index = 0;
    while (const auto offset = arrivals->next()) {
        ASSERT_LE(std::abs(offset->count() * 3 - index * 1'000'000'000), 3) << index;
        ++index;
    }
    EXPECT_EQ(index, 3 * 24 * 3600);
}

TEST(EvenArrivals, SharesMakeExactlyTheWholeSchedule) {
    const auto profile = shared(RateProfile::of_stages({{seconds(2), 0, 300},
                                                        {seconds(1), 0, 0},
                                                        {seconds(1), 123.4, 123.4},
                                                        {milliseconds(1500), 200, 3}}));
    const auto whole = all(profile, Spacing::kEven);
    EXPECT_EQ(whole.size(), profile->planned());
    EXPECT_TRUE(std::ranges::is_sorted(whole));
    for (const std::uint64_t of : {2U, 3U, 7U, 64U, 1000U}) {
        std::vector<nanoseconds> together;
        for (std::uint64_t index = 0; index < of; ++index) {
            const auto share = all(profile, Spacing::kEven, {index, of});
            for (std::size_t taken = 0; taken < share.size(); ++taken) {
                ASSERT_EQ(share[taken], whole[index + taken * of]);
            }
            together.insert(together.end(), share.begin(), share.end());
        }
        std::ranges::sort(together);
        EXPECT_EQ(together, whole) << of;
    }
}

TEST(EvenArrivals, EndWithoutAnArrivalForAShareBeyondTheSchedule) {
    const auto profile = shared(RateProfile::constant(1, seconds(3)));
    EXPECT_TRUE(all(profile, Spacing::kEven, {3, 4}).empty());
    EXPECT_EQ(all(profile, Spacing::kEven, {2, ~std::uint64_t{0}}).size(), 1U);
    EXPECT_TRUE(all(profile, Spacing::kEven, {~std::uint64_t{0} - 1, ~std::uint64_t{0}}).empty());
    EXPECT_TRUE(all(shared(RateProfile::constant(0, seconds(3))), Spacing::kEven).empty());
}

TEST(ArrivalsDeath, ShareMustLieWithinTheWhole) {
    const auto profile = shared(RateProfile::constant(1, seconds(3)));
    EXPECT_DEATH(profile_arrivals(profile, Spacing::kEven, {1, 1}, 1), "share.index < share.of");
    EXPECT_DEATH(profile_arrivals(profile, Spacing::kEven, {0, 0}, 1), "share.index < share.of");
    EXPECT_DEATH(profile_arrivals(nullptr, Spacing::kEven, {}, 1), "profile != nullptr");
}

/// The gaps between arrivals, as differences of the profile's integral: exponential with mean 1 if
/// the arrivals are a Poisson process of the profile's rate.
std::vector<double> expected_gaps(const RateProfile& profile,
                                  const std::vector<nanoseconds>& offsets) {
    std::vector<double> gaps;
    double before = 0;
    for (const nanoseconds offset : offsets) {
        const double reached = profile.cumulative(offset);
        gaps.push_back(reached - before);
        before = reached;
    }
    return gaps;
}

double unit_exponential_cdf(double value) {
    return -std::expm1(-value);
}

TEST(PoissonArrivals, GapsOfAConstantRateAreExponential) {
    const auto profile = shared(RateProfile::constant(2000, seconds(10)));
    const auto offsets = all(profile, Spacing::kPoisson);
    EXPECT_NEAR(static_cast<double>(offsets.size()), 20'000, 3 * std::sqrt(20'000));
    EXPECT_TRUE(std::ranges::is_sorted(offsets));
    EXPECT_LT(offsets.back(), seconds(10));
    EXPECT_GT(kolmogorov_p(expected_gaps(*profile, offsets), unit_exponential_cdf), 0.01);
}

TEST(PoissonArrivals, FollowTheProfile) {
    const auto profile = shared(RateProfile::of_stages({{seconds(4), 0, 3000},
                                                        {seconds(2), 0, 0},
                                                        {seconds(2), 3000, 100},
                                                        {seconds(5), 2000, 2000}}));
    const auto offsets = all(profile, Spacing::kPoisson, {}, 5);
    EXPECT_NEAR(static_cast<double>(offsets.size()), profile->total(),
                3 * std::sqrt(profile->total()));
    EXPECT_GT(kolmogorov_p(expected_gaps(*profile, offsets), unit_exponential_cdf), 0.01);
    EXPECT_TRUE(std::ranges::none_of(
        offsets, [](nanoseconds offset) { return offset > seconds(4) && offset < seconds(6); }));

    // where they lie is as the integral says
    std::vector<double> parts;
    for (const nanoseconds offset : offsets) {
        parts.push_back(profile->cumulative(offset) / profile->total());
    }
    EXPECT_GT(kolmogorov_p(parts, [](double part) { return part; }), 0.01);
}

TEST(PoissonArrivals, SharesTogetherAreOneOfTheWholeRate) {
    const auto profile = shared(RateProfile::of_stages({{seconds(5), 500, 3000}}));
    std::vector<nanoseconds> together;
    for (std::uint64_t index = 0; index < 16; ++index) {
        const auto share = all(profile, Spacing::kPoisson, {index, 16}, 8);
        EXPECT_NEAR(static_cast<double>(share.size()), profile->total() / 16,
                    4 * std::sqrt(profile->total() / 16));
        together.insert(together.end(), share.begin(), share.end());
    }
    std::ranges::sort(together);
    EXPECT_NEAR(static_cast<double>(together.size()), profile->total(),
                3 * std::sqrt(profile->total()));
    EXPECT_GT(kolmogorov_p(expected_gaps(*profile, together), unit_exponential_cdf), 0.01);
}

TEST(PoissonArrivals, SharesAreIndependent) {
    // Counts per interval of two shares: their correlation is that of chance.
    const auto profile = shared(RateProfile::constant(4000, seconds(50)));
    std::vector<double> counts[2];
    for (std::uint64_t index = 0; index < 2; ++index) {
        counts[index].assign(1000, 0);
        for (const nanoseconds offset : all(profile, Spacing::kPoisson, {index, 2}, 9)) {
            ++counts[index][static_cast<std::size_t>(offset / milliseconds(50))];
        }
    }
    double covariance = 0;
    for (std::size_t interval = 0; interval < 1000; ++interval) {
        covariance += (counts[0][interval] - 100) * (counts[1][interval] - 100) / 1000;
    }
    EXPECT_LT(std::abs(covariance) / 100, 3 / std::sqrt(1000));
}

TEST(PoissonArrivals, RepeatThemselvesForTheSameSeedOnly) {
    const auto profile = shared(RateProfile::constant(100, seconds(1)));
    EXPECT_EQ(all(profile, Spacing::kPoisson, {}, 1), all(profile, Spacing::kPoisson, {}, 1));
    EXPECT_NE(all(profile, Spacing::kPoisson, {}, 1), all(profile, Spacing::kPoisson, {}, 2));
    EXPECT_TRUE(all(shared(RateProfile::constant(0, seconds(1))), Spacing::kPoisson).empty());
}

std::unique_ptr<Arrivals> intervals(std::string_view name,
                                    const std::vector<double>& parameters,
                                    std::optional<std::uint64_t> count) {
    return interval_arrivals(Distribution::create(name, parameters).value(), base::Rng(1), count);
}

TEST(IntervalArrivals, BeginAfterTheFirstInterval) {
    const auto offsets = all(*intervals("constant", {0.25}, 4));
    EXPECT_EQ(offsets, (std::vector<nanoseconds>{milliseconds(250), milliseconds(500),
                                                 milliseconds(750), milliseconds(1000)}));
}

TEST(IntervalArrivals, DoNotDriftByWhatNanosecondsCannotHold) {
    for (const double interval : {1.0 / 3, 1.0 / 7, 1e-9 / 3, 0.1, 1.23456789123e-4}) {
        const auto arrivals = intervals("constant", {interval}, std::nullopt);
        nanoseconds last{0};
        constexpr int kCount = 3'000'000;
        for (int index = 0; index < kCount; ++index) {
            last = arrivals->next().value();
        }
        const long double exact = static_cast<long double>(interval) * kCount * 1e9L;
        EXPECT_NEAR(static_cast<double>(static_cast<long double>(last.count()) - exact), 0, 1.1)
            << interval;
    }
}

TEST(IntervalArrivals, DoNotWaitForIntervalsOfZeroAndBelow) {
    EXPECT_EQ(all(*intervals("constant", {}, 3)), std::vector<nanoseconds>(3));
    EXPECT_EQ(all(*intervals("constant", {-5}, 3)), std::vector<nanoseconds>(3));
    EXPECT_EQ(all(*intervals("expovariate", {-1}, 3)), std::vector<nanoseconds>(3));
    const auto offsets = all(*intervals("normalvariate", {0, 1}, 1000));
    EXPECT_TRUE(std::ranges::is_sorted(offsets));
    EXPECT_GT(offsets.back(), seconds(300));
}

TEST(IntervalArrivals, StayAtTheEndOfTimeInsteadOfOverflowing) {
    const struct {
        const char* name;
        std::vector<double> parameters;
    } rows[] = {
        {"constant", {1e300}},
        {"constant", {9.3e9}},
        {"lognormvariate", {1e6, 1}},  // infinite
        {"constant", {6e9}},           // the second one goes beyond
    };
    for (const auto& row : rows) {
        const auto offsets = all(*intervals(row.name, row.parameters, 5));
        ASSERT_EQ(offsets.size(), 5U);
        EXPECT_TRUE(std::ranges::is_sorted(offsets));
        EXPECT_EQ(offsets[1], nanoseconds::max()) << row.name;
        EXPECT_EQ(offsets.back(), nanoseconds::max());
    }
}

TEST(IntervalArrivals, TakeWhatIsNoNumberAsNoWait) {
    // infinity - infinity
    const auto arrivals = intervals("uniform", {-1.7e308, 1.7e308}, 100);
    EXPECT_TRUE(std::ranges::is_sorted(all(*arrivals)));
}

TEST(IntervalArrivals, EndAfterTheirCount) {
    EXPECT_TRUE(all(*intervals("constant", {1}, 0)).empty());
    EXPECT_EQ(all(*intervals("expovariate", {10}, 777)).size(), 777U);
    const auto endless = intervals("constant", {1}, std::nullopt);
    for (int index = 1; index <= 1000; ++index) {
        ASSERT_EQ(endless->next().value(), seconds(index));
    }
}

TEST(IntervalArrivals, ExponentialIntervalsAreAPoissonProcess) {
    const auto offsets = all(*intervals("expovariate", {50}, 20'000));
    std::vector<double> gaps;
    nanoseconds before{0};
    for (const nanoseconds offset : offsets) {
        gaps.push_back(static_cast<double>((offset - before).count()) * 50e-9);
        before = offset;
    }
    EXPECT_GT(kolmogorov_p(gaps, unit_exponential_cdf), 0.01);
}

TEST(RecordedArrivals, PlayTheirIntervalsInOrder) {
    const std::vector<nanoseconds> recorded = {milliseconds(110), milliseconds(220),
                                               milliseconds(50), nanoseconds(0), milliseconds(-5)};
    const std::vector<nanoseconds> offsets = {milliseconds(110), milliseconds(330),
                                              milliseconds(380), milliseconds(380),
                                              milliseconds(380)};
    EXPECT_EQ(all(*recorded_arrivals(recorded, std::nullopt)), offsets);
    EXPECT_EQ(all(*recorded_arrivals(recorded, 9)), offsets);  // the list is used up before
    EXPECT_EQ(all(*recorded_arrivals(recorded, 2)),
              (std::vector<nanoseconds>{offsets[0], offsets[1]}));
    EXPECT_TRUE(all(*recorded_arrivals(recorded, 0)).empty());
    EXPECT_TRUE(all(*recorded_arrivals({}, std::nullopt)).empty());
}

TEST(RecordedArrivals, StayAtTheEndOfTimeInsteadOfOverflowing) {
    EXPECT_EQ(
        all(*recorded_arrivals({nanoseconds::max(), seconds(1), nanoseconds::min()}, std::nullopt)),
        std::vector<nanoseconds>(3, nanoseconds::max()));
}

}  // namespace
}  // namespace galileo::pacing
