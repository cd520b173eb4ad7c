#include "pacing/rate_profile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/random.h"

namespace galileo::pacing {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

RateProfile of(std::vector<Stage> stages) {
    return RateProfile::of_stages(std::move(stages)).value();
}

TEST(RateProfile, ConstantRateIsEvenlySpaced) {
    const RateProfile profile = RateProfile::constant(2000, seconds(20)).value();
    EXPECT_EQ(profile.planned(), 40'000U);
    EXPECT_EQ(profile.duration(), seconds(20));
    EXPECT_EQ(profile.rate_at(seconds(3)), 2000);
    EXPECT_EQ(profile.due(0).count(), 0);
    EXPECT_EQ(profile.due(1).count(), 500'000);
    EXPECT_EQ(profile.due(39'999).count(), 19'999'500'000);
    EXPECT_EQ(profile.due(40'000), seconds(20));
}

TEST(RateProfile, PlansWholeNumbersDespiteRounding) {
    EXPECT_EQ(of({{seconds(10), 0, 2000}}).planned(), 10'000U);
    EXPECT_EQ(of({{seconds(10), 2000, 0}}).planned(), 10'000U);
    EXPECT_EQ(RateProfile::constant(0.1, seconds(10)).value().planned(), 1U);
    EXPECT_EQ(RateProfile::constant(1.0 / 3, seconds(3)).value().planned(), 1U);
    EXPECT_EQ(RateProfile::constant(0.1, seconds(9)).value().planned(), 0U);
    EXPECT_EQ(RateProfile::constant(1e9, seconds(1)).value().planned(), 1'000'000'000U);
    EXPECT_EQ(RateProfile::constant(1e9, hours(24 * 365 * 200)).value().planned(),
              6'307'200'000'000'000'000U);
    // a tenth, a thousand times: its sum in doubles is 99.9999999999986
    const std::vector<Stage> tenths(1000, Stage{milliseconds(100), 1, 1});
    EXPECT_EQ(of(tenths).planned(), 100U);
    EXPECT_EQ(of({{milliseconds(999), 1, 1}}).planned(), 0U);
}

TEST(RateProfile, RampGoesUpWithTheSquareOfTime) {
    const RateProfile profile = of({{seconds(10), 0, 2000}});
    EXPECT_EQ(profile.rate_at(seconds(5)), 1000);
    EXPECT_EQ(profile.cumulative(seconds(5)), 2500);
    EXPECT_EQ(profile.when(2500), seconds(5));
    EXPECT_EQ(profile.when(100), seconds(1));
    EXPECT_EQ(profile.due(0).count(), 0);
    EXPECT_EQ(profile.due(2500), seconds(5));
}

TEST(RateProfile, RampDownMirrorsTheRampUp) {
    const RateProfile up = of({{seconds(10), 0, 2000}});
    const RateProfile down = of({{seconds(10), 2000, 0}});
    for (int arrivals = 0; arrivals <= 10'000; ++arrivals) {
        const nanoseconds mirrored = seconds(10) - up.when(10'000 - arrivals);
        ASSERT_LE(std::abs((down.when(arrivals) - mirrored).count()), 1) << arrivals;
    }
}

TEST(RateProfile, KnowsTheRateAtEveryTime) {
    const RateProfile profile = of({{seconds(2), 10, 20}, {seconds(1), 0, 0}, {seconds(2), 5, 5}});
    EXPECT_EQ(profile.rate_at(nanoseconds(-1)), 0);
    EXPECT_EQ(profile.rate_at(seconds(0)), 10);
    EXPECT_EQ(profile.rate_at(seconds(1)), 15);
    EXPECT_EQ(profile.rate_at(seconds(2)), 0);  // the later stage has its first instant
    EXPECT_EQ(profile.rate_at(milliseconds(2500)), 0);
    EXPECT_EQ(profile.rate_at(seconds(3)), 5);
    EXPECT_EQ(profile.rate_at(seconds(5)), 0);
    EXPECT_EQ(profile.rate_at(nanoseconds::max()), 0);
    EXPECT_EQ(profile.total(), 40);
}

TEST(RateProfile, ClampsTheIntegral) {
    const RateProfile profile = of({{seconds(2), 10, 20}});
    EXPECT_EQ(profile.cumulative(nanoseconds::min()), 0);
    EXPECT_EQ(profile.cumulative(seconds(0)), 0);
    EXPECT_EQ(profile.cumulative(seconds(2)), 30);
    EXPECT_EQ(profile.cumulative(nanoseconds::max()), 30);
    EXPECT_EQ(profile.when(-1).count(), 0);
    EXPECT_EQ(profile.when(std::nan("")).count(), 0);
    EXPECT_EQ(profile.when(30), seconds(2));
    EXPECT_EQ(profile.when(31), seconds(2));
    EXPECT_EQ(profile.when(std::numeric_limits<double>::infinity()), seconds(2));
    EXPECT_EQ(profile.due(30), seconds(2));
    EXPECT_EQ(profile.due(~std::uint64_t{0}), seconds(2));
}

TEST(RateProfile, ArrivalsWaitUntilAStretchWithoutRateIsOver) {
    const RateProfile profile = of({{seconds(5), 0, 0},
                                    {seconds(1), 10, 10},
                                    {seconds(3), 0, 0},
                                    {seconds(1), 10, 10},
                                    {seconds(9), 0, 0}});
    EXPECT_EQ(profile.planned(), 20U);
    EXPECT_EQ(profile.due(0), seconds(5));
    EXPECT_EQ(profile.due(9), milliseconds(5900));
    EXPECT_EQ(profile.when(10), seconds(6));  // reached here,
    EXPECT_EQ(profile.due(10), seconds(9));   // but due when there is a rate again
    EXPECT_EQ(profile.due(19), milliseconds(9900));
    EXPECT_EQ(profile.when(20), seconds(10));
    EXPECT_EQ(profile.due(20), seconds(19));
}

TEST(RateProfile, WithoutAnyRatePlansNothing) {
    const RateProfile profile = RateProfile::constant(0, seconds(10)).value();
    EXPECT_EQ(profile.planned(), 0U);
    EXPECT_EQ(profile.total(), 0);
    EXPECT_EQ(profile.when(0).count(), 0);
    EXPECT_EQ(profile.when(0.5), seconds(10));
    EXPECT_EQ(profile.due(0), seconds(10));
    EXPECT_EQ(profile.cumulative(seconds(4)), 0);
}

TEST(RateProfile, EachOfManyTicksHasItsArrivals) {
    // sums of these are not exact; still every tick starts with an arrival of its own
    std::vector<double> rates;
    for (int tick = 0; tick < 3000; ++tick) {
        rates.push_back(tick % 3 == 0 ? 0 : 10);
    }
    const RateProfile profile = RateProfile::of_ticks(rates, milliseconds(700), hours(1)).value();
    EXPECT_EQ(profile.planned(), 14'000U);
    std::uint64_t arrival = 0;
    for (std::size_t tick = 0; tick < rates.size(); ++tick) {
        for (int within = 0; within < (rates[tick] > 0 ? 7 : 0); ++within) {
            const nanoseconds expected =
                milliseconds(700) * static_cast<std::int64_t>(tick) + milliseconds(100) * within;
            ASSERT_LE(std::abs((profile.due(arrival) - expected).count()), 3) << arrival;
            ++arrival;
        }
    }
}

std::vector<Stage> random_stages(base::Rng& rng) {
    std::vector<Stage> stages;
    for (std::uint64_t count = 1 + rng.below(6); count > 0; --count) {
        const auto rate = [&] {
            return rng.below(4) == 0 ? 0 : std::pow(10, 6 * rng.uniform() - 2);
        };
        const double from = rate();
        const auto duration = static_cast<std::int64_t>(std::pow(10, 6 + 6 * rng.uniform()));
        stages.push_back({nanoseconds(duration), from, rng.below(2) == 0 ? from : rate()});
    }
    return stages;
}

/// Runs `check` with random profiles of many seeds and names the one that fails.
template <typename Check>
void for_random_profiles(Check check) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        SCOPED_TRACE(seed);
        base::Rng rng(seed);
        check(of(random_stages(rng)));
    }
}

void time_is_the_inverse_of_the_integral(const RateProfile& profile) {
    nanoseconds before{0};
    for (int step = 0; step <= 1000; ++step) {
        const double arrivals = std::min(profile.total(), profile.total() * step / 1000);
        const nanoseconds when = profile.when(arrivals);
        // half a nanosecond of the highest rate around it, and the rounding of doubles
        const double rate = std::max(profile.rate_at(when - nanoseconds(1)),
                                     profile.rate_at(when + nanoseconds(1)));
        ASSERT_NEAR(profile.cumulative(when), arrivals,
                    rate * 0.6e-9 + 1e-12 * profile.total() + 1e-12);
        ASSERT_GE(when, before);
        ASSERT_LE(when, profile.duration());
        before = when;
    }
}

TEST(RandomProfile, TimeIsTheInverseOfTheIntegral) {
    for_random_profiles(time_is_the_inverse_of_the_integral);
}

void the_integral_is_the_sum_of_the_rate(const RateProfile& profile) {
    // the trapezoid rule is exact within a straight piece
    double sum = 0;
    double scale = 1;
    nanoseconds start{0};
    for (const Stage& stage : profile.stages()) {
        const nanoseconds part = stage.duration / 3;
        const double to =
            stage.from + (stage.to - stage.from) * (static_cast<double>(part.count()) /
                                                    static_cast<double>(stage.duration.count()));
        const double within = (stage.from + to) / 2 * static_cast<double>(part.count()) * 1e-9;
        EXPECT_NEAR(profile.cumulative(start + part), sum + within, 1e-9 * scale);
        EXPECT_NEAR(profile.rate_at(start + part), to, 1e-9 * (1 + to));
        sum += (stage.from + stage.to) / 2 * static_cast<double>(stage.duration.count()) * 1e-9;
        scale += sum;
        start += stage.duration;
        EXPECT_NEAR(profile.cumulative(start), sum, 1e-9 * scale);
    }
    EXPECT_EQ(profile.duration(), start);
    EXPECT_NEAR(profile.total(), sum, 1e-9 * scale);
}

TEST(RandomProfile, TheIntegralIsTheSumOfTheRate) {
    for_random_profiles(the_integral_is_the_sum_of_the_rate);
}

void arrivals_are_due_in_order_and_where_the_integral_reaches_them(const RateProfile& profile) {
    const std::uint64_t planned = profile.planned();
    nanoseconds before{0};
    for (std::uint64_t arrival = 0; arrival < planned; arrival += 1 + planned / 1000) {
        const nanoseconds due = profile.due(arrival);
        ASSERT_GE(due, before);
        ASSERT_LT(due, profile.duration());
        const double rate =
            std::max(profile.rate_at(due - nanoseconds(1)), profile.rate_at(due + nanoseconds(1)));
        ASSERT_NEAR(profile.cumulative(due), static_cast<double>(arrival),
                    rate * 0.6e-9 + 1e-9 + 2e-12 * profile.total());
        before = due;
    }
}

TEST(RandomProfile, ArrivalsAreDueInOrderAndWhereTheIntegralReachesThem) {
    for_random_profiles(arrivals_are_due_in_order_and_where_the_integral_reaches_them);
}

TEST(RateProfile, TicksEndWithTheDuration) {
    const auto profile = RateProfile::of_ticks({1, 2, 3, 4}, seconds(2), seconds(5)).value();
    ASSERT_EQ(profile.stages().size(), 3U);
    EXPECT_EQ(profile.duration(), seconds(5));
    EXPECT_EQ(profile.stages()[2].duration, seconds(1));
    EXPECT_EQ(profile.total(), 2 + 4 + 3);
    EXPECT_EQ(RateProfile::of_ticks({1, 2}, seconds(2), seconds(5)).value().duration(), seconds(4));
    EXPECT_EQ(RateProfile::of_ticks({7}, hours(1), nanoseconds(1)).value().duration().count(), 1);
}

TEST(RateProfile, RefusesWhatIsNoProfile) {
    const double infinity = std::numeric_limits<double>::infinity();
    const struct {
        Result<RateProfile> made;
        const char* message;
    } rows[] = {
        {RateProfile::of_stages({}), "no stages: want at least one"},
        {RateProfile::of_stages({{seconds(0), 1, 1}}),
         "stage 1: a duration of 0 ns: want more than 0"},
        {RateProfile::of_stages({{seconds(1), 1, 1}, {seconds(-1), 1, 1}}), "stage 2: a duration"},
        {RateProfile::of_stages({{seconds(1), -1, 1}}),
         "stage 1: a rate of -1: want 0 to 1000000000"},
        {RateProfile::of_stages({{seconds(1), 1, infinity}}), "a rate of inf"},
        {RateProfile::of_stages({{seconds(1), std::nan(""), 1}}), "a rate of nan"},
        {RateProfile::of_stages({{seconds(1), 1, 1.0001e9}}), "a rate of 1000100000"},
        {RateProfile::of_stages({{nanoseconds::max(), 1, 1}, {nanoseconds(1), 1, 1}}), "292 years"},
        {RateProfile::constant(-0.5, seconds(1)), "a rate of -0.5"},
        {RateProfile::constant(1, nanoseconds::min()), "want more than 0"},
        {RateProfile::of_ticks({}, seconds(1), seconds(1)), "no ticks"},
        {RateProfile::of_ticks({1}, seconds(0), seconds(1)), "an interval of 0 ns"},
        {RateProfile::of_ticks({1}, seconds(1), seconds(0)), "a duration of 0 ns"},
        {RateProfile::of_ticks({1, 1, -3}, seconds(1), seconds(1)), "tick 3: a rate of -3"},
    };
    for (const auto& row : rows) {
        ASSERT_FALSE(row.made.ok()) << row.message;
        EXPECT_EQ(row.made.error().code(), ErrorCode::kInvalidInput);
        EXPECT_NE(row.made.error().message().find(row.message), std::string::npos)
            << row.made.error().message();
    }
    EXPECT_TRUE(RateProfile::of_stages({{nanoseconds::max(), 1e9, 1e9}}).ok());
    EXPECT_TRUE(RateProfile::constant(1e9, nanoseconds(1)).ok());
}

TEST(RateProfile, HoldsAtTheEdgeOfTime) {
    const RateProfile profile = of({{nanoseconds::max(), 0, 1e9}});
    EXPECT_LE(profile.when(profile.total()), nanoseconds::max());
    EXPECT_GE(profile.when(profile.total() * 0.999), profile.when(profile.total() * 0.99));
    EXPECT_GT(profile.when(1).count(), 0);
    EXPECT_GT(profile.planned(), 4'000'000'000'000'000'000U);
}

}  // namespace
}  // namespace galileo::pacing
