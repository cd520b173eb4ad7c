#include "target/behaviour.h"

#include <gmock/gmock.h>

#include <map>

#include "target/options.h"

namespace galileo::target {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

double mean_ms(const Delay& delay) {
    base::Rng rng(7);
    double sum = 0;
    constexpr int kDraws = 20'000;
    for (int i = 0; i < kDraws; ++i) {
        sum += static_cast<double>(delay.draw(rng).count()) / 1e6;
    }
    return sum / kDraws;
}

TEST(Delay, IsFixedForADuration) {
    base::Rng rng(1);
    EXPECT_EQ(Delay::parse("20ms").value().draw(rng), 20ms);
    EXPECT_EQ(Delay::parse("0").value().draw(rng), 0ms);
    EXPECT_EQ(Delay().draw(rng), 0ms);
}

TEST(Delay, StaysWithinTheBoundsOfARange) {
    const auto delay = Delay::parse("10ms..50ms").value();
    base::Rng rng(1);
    for (int i = 0; i < 1000; ++i) {
        const auto drawn = delay.draw(rng);
        ASSERT_GE(drawn, 10ms);
        ASSERT_LE(drawn, 50ms);
    }
    EXPECT_NEAR(mean_ms(delay), 30, 0.6);
}

TEST(Delay, HasTheMeanThatWasGiven) {
    EXPECT_NEAR(mean_ms(Delay::parse("exponential:20ms").value()), 20, 0.6);
    EXPECT_NEAR(mean_ms(Delay::parse("normal:20ms,2ms").value()), 20, 0.2);
    EXPECT_NEAR(mean_ms(Delay::parse("lognormal:20ms,10ms").value()), 20, 0.4);
    EXPECT_NEAR(mean_ms(Delay::parse("lognormal:20ms").value()), 20, 0.3);
}

TEST(Delay, IsNeverNegative) {
    const auto delay = Delay::parse("normal:1ms,100ms").value();
    base::Rng rng(3);
    for (int i = 0; i < 1000; ++i) {
        ASSERT_GE(delay.draw(rng), 0ns);
    }
}

TEST(Delay, SaysWhatIsAllowed) {
    for (const auto* text : {"", "fast", "50ms..10ms", "..", "2h", "gamma:1ms",
                             "normal:", "normal:0", "exponential:20ms,5ms", "normal:20ms,x"}) {
        const auto delay = Delay::parse(text);
        ASSERT_FALSE(delay.ok()) << text;
        EXPECT_EQ(delay.error().code(), ErrorCode::kInvalidInput);
        EXPECT_THAT(delay.error().message(), HasSubstr("write 20ms, 10ms..50ms"));
    }
}

TEST(StatusMix, DrawsByWeight) {
    const auto mix = StatusMix::parse("200=95,404=0,503=5").value();
    EXPECT_THAT(mix.statuses(), ElementsAre(200, 503));
    base::Rng rng(1);
    std::map<int, int> drawn;
    for (int i = 0; i < 20'000; ++i) {
        ++drawn[mix.draw(rng)];
    }
    EXPECT_NEAR(drawn[200], 19'000, 200);
    EXPECT_NEAR(drawn[503], 1'000, 200);
}

TEST(StatusMix, AcceptsOneStatusWithoutAWeight) {
    base::Rng rng(1);
    EXPECT_EQ(StatusMix::parse("503").value().draw(rng), 503);
    EXPECT_EQ(StatusMix().draw(rng), 200);
}

TEST(StatusMix, RefusesWhatIsNoStatusOrWeight) {
    for (const auto* text :
         {"", "ok", "100", "600", "200.5", "200=x", "200=-1", "200=0", "=5", ","}) {
        EXPECT_FALSE(StatusMix::parse(text).ok()) << text;
    }
}

TEST(FaultMix, DrawsEachFaultByItsFraction) {
    const FaultMix mix{.close = 0.1, .junk = 0.2, .reset = 0.3};
    base::Rng rng(1);
    std::map<Fault, int> drawn;
    for (int i = 0; i < 20'000; ++i) {
        ++drawn[mix.draw(rng)];
    }
    EXPECT_NEAR(drawn[Fault::kClose], 2'000, 250);
    EXPECT_NEAR(drawn[Fault::kJunk], 4'000, 250);
    EXPECT_NEAR(drawn[Fault::kReset], 6'000, 250);
}

TEST(ParseFraction, ReadsPercentAndPlainNumbers) {
    EXPECT_DOUBLE_EQ(parse_fraction("1%").value(), 0.01);
    EXPECT_DOUBLE_EQ(parse_fraction("0.25").value(), 0.25);
    for (const auto* text : {"", "%", "one", "101%", "-0.1", "2"}) {
        EXPECT_FALSE(parse_fraction(text).ok()) << text;
    }
}

TEST(Freeze, HoldsAnswersBackUntilItsEnd) {
    const std::vector freezes = {Freeze::parse("1.4s@10s").value()};
    EXPECT_EQ(thawed(freezes, 9'999ms), 9'999ms);
    EXPECT_EQ(thawed(freezes, 10s), 11'400ms);
    EXPECT_EQ(thawed(freezes, 11'399ms), 11'400ms);
    EXPECT_EQ(thawed(freezes, 11'400ms), 11'400ms);
}

TEST(Freeze, MayOverlapAnother) {
    const std::vector freezes = {Freeze::parse("2s@11s").value(),
                                 Freeze::parse("1.5s@10s").value()};
    EXPECT_EQ(thawed(freezes, 10s), 13s);
}

TEST(Freeze, RefusesOtherText) {
    for (const auto* text : {"", "1s", "@", "1s@", "x@1s"}) {
        EXPECT_FALSE(Freeze::parse(text).ok()) << text;
    }
}

TEST(PlanRequest, DependsOnSeedAndIndexOnly) {
    Options options;
    options.delay = Delay::parse("exponential:20ms").value();
    options.statuses = StatusMix::parse("200=1,503=1").value();
    options.faults.reset = 0.5;
    const Plan first = plan_request(options, 41);
    (void)plan_request(options, 42);
    const Plan again = plan_request(options, 41);
    EXPECT_EQ(first.delay, again.delay);
    EXPECT_EQ(first.status, again.status);
    EXPECT_EQ(first.fault, again.fault);
    options.seed = 2;
    EXPECT_NE(plan_request(options, 41).delay, first.delay);
}

}  // namespace
}  // namespace galileo::target
