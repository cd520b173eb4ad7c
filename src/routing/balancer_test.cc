#include "routing/balancer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <string>

#include "base/random.h"

namespace galileo::routing {
namespace {

/// Draws `count` hosts, named a, b, c, ...; `!` for an error.
std::string draw(WeightedRoundRobin& balancer, std::vector<double> weights, int count) {
    const WheelWeights wheel(weights);
    std::string drawn;
    for (int i = 0; i < count; ++i) {
        const auto index = balancer.next(wheel);
        drawn += index ? static_cast<char>('a' + static_cast<int>(*index)) : '!';
    }
    return drawn;
}

std::string draw_fresh(std::vector<double> weights, int count) {
    WeightedRoundRobin balancer;
    return draw(balancer, std::move(weights), count);
}

TEST(WeightedRoundRobin, DrawsTheCapturedSequences) {
    EXPECT_EQ(draw_fresh({1, 1, 1}, 9), "abcabcabc");
    EXPECT_EQ(draw_fresh({1, 2}, 9), "babbabbab");
    EXPECT_EQ(draw_fresh({4, 3, 2}, 18), "aababcabcaababcabc");
    EXPECT_EQ(draw_fresh({5, 1}, 12), "aaaaabaaaaab");
    EXPECT_EQ(draw_fresh({10, 5}, 9), "aabaabaab");
    EXPECT_EQ(draw_fresh({0.5, 2.9}, 5), "bbbbb");
    EXPECT_EQ(draw_fresh({0, 0}, 3), "!!!");
    EXPECT_EQ(draw_fresh({7}, 3), "aaa");
    EXPECT_EQ(draw_fresh({}, 2), "!!");
}

TEST(WeightedRoundRobin, GoesOnAfterAnError) {
    WeightedRoundRobin balancer;
    EXPECT_EQ(draw(balancer, {0, 0}, 2), "!!");
    EXPECT_EQ(draw(balancer, {1, 2}, 6), "babbab");
    EXPECT_EQ(draw(balancer, {0.9, 0.1}, 1), "!");
    EXPECT_EQ(draw(balancer, {}, 1), "!");
    EXPECT_EQ(draw(balancer, {1, 2}, 3), "bab");
}

TEST(WeightedRoundRobin, KeepsItsPlaceWhenTheRecordChanges) {
    WeightedRoundRobin balancer;
    EXPECT_EQ(draw(balancer, {1, 1, 1}, 2), "ab");
    EXPECT_EQ(draw(balancer, {1, 1, 1, 1}, 3),
              "cda");  // the place is kept, the new host takes part
    EXPECT_EQ(draw(balancer, {1, 1}, 2), "ba");
    EXPECT_EQ(draw(balancer, {1, 1, 1}, 2), "bc");
    EXPECT_EQ(draw(balancer, {1}, 2), "aa");  // the place lies beyond the shorter list
}

/// Contract 2.8, word for word; only its endless loops are cut off.
class Reference {
  public:
    int next(const std::vector<std::int64_t>& weights) {
        const auto n = static_cast<int>(weights.size());
        std::int64_t divisor = 0;
        for (const auto weight : weights) {
            divisor = std::gcd(divisor, weight);
        }
        for (;;) {
            i_ = (i_ + 1) % n;
            if (i_ == 0) {
                cw_ -= divisor;
                if (cw_ <= 0) {
                    cw_ = *std::max_element(weights.begin(), weights.end());
                }
            }
            if (weights[static_cast<std::size_t>(i_)] >= cw_) {
                return i_;
            }
        }
    }

  private:
    int i_ = -1;
    std::int64_t cw_ = 0;
};

TEST(WeightedRoundRobin, EqualsTheWrittenRuleOverChangingRecords) {
    base::Rng rng(99);
    for (int round = 0; round < 300; ++round) {
        WeightedRoundRobin balancer;
        Reference reference;
        for (int change = 0; change < 8; ++change) {
            std::vector<std::int64_t> values(1 + rng.below(5));
            for (auto& value : values) {
                value = static_cast<std::int64_t>(rng.below(30));
            }
            values[rng.below(values.size())] += 1;  // never all zero: there the rule loops for ever
            const WheelWeights wheel(std::vector<double>(values.begin(), values.end()));
            for (auto left = rng.below(40); left > 0; --left) {
                const auto drawn = balancer.next(wheel);
                ASSERT_TRUE(drawn.has_value());
                ASSERT_EQ(static_cast<int>(*drawn), reference.next(values));
            }
        }
    }
}

TEST(WeightedRoundRobin, SharesByWeightExactlyInEveryPeriod) {
    const std::vector<double> weights = {1, 2, 0, 5, 12};
    WeightedRoundRobin balancer;
    const WheelWeights wheel(weights);
    for (int period = 0; period < 3; ++period) {
        std::map<std::uint32_t, int> counts;
        for (int i = 0; i < 20; ++i) {
            ++counts[balancer.next(wheel).value()];
        }
        for (std::uint32_t host = 0; host < weights.size(); ++host) {
            EXPECT_EQ(counts[host], static_cast<int>(weights[host]));
        }
    }
}

TEST(WeightedRoundRobin, DoesNotGoRoundIdlyWhenWeightsShrink) {
    WeightedRoundRobin balancer;
    EXPECT_EQ(draw(balancer, {1e15, 1e15}, 1), "a");
    EXPECT_EQ(draw(balancer, {1, 1}, 4), "abab");  // one step a round, this would take days
}

TEST(WheelWeights, TreatsUnusableWeightsAsZero) {
    const std::vector<double> weights = {-1, std::nan(""), 2.999,
                                         std::numeric_limits<double>::infinity(), 1e300};
    const WheelWeights wheel(weights);
    EXPECT_EQ(std::vector<std::int64_t>(wheel.values().begin(), wheel.values().end()),
              (std::vector<std::int64_t>{0, 0, 2, 1'000'000'000'000'000, 1'000'000'000'000'000}));
    EXPECT_EQ(wheel.divisor(), 2);
}

/// A balancer's choices among hosts with loads of their own.
class Hosts {
  public:
    explicit Hosts(std::vector<double> weights)
        : wheel_(weights), weights_(weights), loads(weights.size()) {
        for (HostLoad& load : loads) {
            pointers_.push_back(&load);
        }
    }
    Choices choices(base::MonotonicTime now = {}) {
        return {.wheel = wheel_, .weights = weights_, .loads = pointers_, .now = now};
    }
    /// How often each is drawn; what is drawn ends at once unless `held`.
    std::vector<int> count(Balancer& balancer, int draws) {
        std::vector<int> counts(loads.size());
        for (int i = 0; i < draws; ++i) {
            ++counts.at(*balancer.next(choices()));
        }
        return counts;
    }
    void answer(std::size_t host, std::chrono::nanoseconds latency, base::MonotonicTime now) {
        loads[host].begin();
        loads[host].end(latency, false, now);
    }

  private:
    WheelWeights wheel_;
    DrawWeights weights_;
    std::vector<HostLoad*> pointers_;

  public:
    std::vector<HostLoad> loads;
};

using std::chrono::milliseconds;
using std::chrono::seconds;
constexpr base::MonotonicTime kNow{std::chrono::hours(1)};

TEST(BalancerType, HasNamesBothWays) {
    for (const auto type : {BalancerType::kWeightedRoundRobin, BalancerType::kWeightedRandom,
                            BalancerType::kLeastLatency, BalancerType::kPowerOfTwoChoices}) {
        EXPECT_EQ(parse_balancer_type(to_string(type)).value(), type);
    }
    EXPECT_EQ(parse_balancer_type("fair").error().message(),
              "unknown balancer 'fair'; allowed are weighted-round-robin, weighted-random, "
              "least-latency, power-of-two-choices");
}

class EveryBalancer : public ::testing::TestWithParam<BalancerType> {};

TEST_P(EveryBalancer, LeavesOutHostsOfWeightZero) {
    Balancer balancer(GetParam(), 7);
    Hosts hosts({0, 3, 0, 1, 0});
    const auto counts = hosts.count(balancer, 1000);
    EXPECT_EQ(counts[0] + counts[2] + counts[4], 0);
    EXPECT_GT(counts[1], 0);
    EXPECT_GT(counts[3], 0);
    Hosts drained({0, 0});
    EXPECT_FALSE(balancer.next(drained.choices()).has_value());
    Hosts none({});
    EXPECT_FALSE(balancer.next(none.choices()).has_value());
}

TEST_P(EveryBalancer, DrawsByWeightWhenNothingIsKnown) {
    Balancer balancer(GetParam(), 11);
    const std::vector<double> weights{1, 2, 5};
    const WheelWeights wheel(weights);
    const DrawWeights draw_weights(weights);
    std::vector<int> counts(3);
    for (int i = 0; i < 8000; ++i) {
        ++counts.at(*balancer.next({.wheel = wheel, .weights = draw_weights, .loads = {}}));
    }
    EXPECT_NEAR(counts[0], 1000, 150);
    EXPECT_NEAR(counts[1], 2000, 200);
    EXPECT_NEAR(counts[2], 5000, 250);
}

INSTANTIATE_TEST_SUITE_P(All,
                         EveryBalancer,
                         ::testing::Values(BalancerType::kWeightedRoundRobin,
                                           BalancerType::kWeightedRandom,
                                           BalancerType::kLeastLatency,
                                           BalancerType::kPowerOfTwoChoices));

TEST(WeightedRandom, TakesFractionsAsTheyAre) {
    Balancer balancer(BalancerType::kWeightedRandom, 3);
    Hosts hosts({0.25, 0.75});
    EXPECT_NEAR(hosts.count(balancer, 10000)[0], 2500, 200);
}

TEST(WeightedRandom, IsRepeatedByItsSeed) {
    Hosts hosts({1, 1, 1, 1});
    Balancer one(BalancerType::kWeightedRandom, 5);
    Balancer same(BalancerType::kWeightedRandom, 5);
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(one.next(hosts.choices()), same.next(hosts.choices()));
    }
}

TEST(PowerOfTwoChoices, AvoidsTheBusyHost) {
    Balancer balancer(BalancerType::kPowerOfTwoChoices, 5);
    Hosts hosts({1, 1, 1});
    for (int i = 0; i < 10; ++i) {
        hosts.loads[1].begin();
    }
    EXPECT_EQ(hosts.count(balancer, 1000)[1], 0);
    EXPECT_EQ(Hosts({0, 1}).count(balancer, 10)[1], 10) << "one host alone has no rival";
}

TEST(LeastLatency, PrefersTheFastHostAndComesBackToTheSlowOne) {
    Balancer balancer(BalancerType::kLeastLatency, 5);
    Hosts hosts({1, 1});
    hosts.answer(0, milliseconds(50), kNow);
    hosts.answer(1, milliseconds(1), kNow);
    EXPECT_EQ(*balancer.next(hosts.choices(kNow)), 1U);
    for (int i = 0; i < 60; ++i) {  // the queue at the fast one makes it the slower one
        hosts.loads[1].begin();
    }
    EXPECT_EQ(*balancer.next(hosts.choices(kNow)), 0U);
    for (int i = 0; i < 60; ++i) {
        hosts.loads[1].end(milliseconds(1), false, kNow + seconds(60));
    }
    EXPECT_EQ(*balancer.next(hosts.choices(kNow + seconds(60))), 0U) << "what was seen has faded";
}

TEST(LeastLatency, TriesAnUnknownHostWithOneRequest) {
    Balancer balancer(BalancerType::kLeastLatency, 5);
    Hosts hosts({1, 1});
    hosts.answer(0, milliseconds(5), kNow);
    EXPECT_EQ(*balancer.next(hosts.choices(kNow)), 1U);
    hosts.loads[1].begin();
    EXPECT_EQ(*balancer.next(hosts.choices(kNow)), 0U);
    hosts.loads[1].end(milliseconds(1), false, kNow);
    EXPECT_EQ(*balancer.next(hosts.choices(kNow)), 1U);
}

TEST(LeastLatency, TakesAFailureForSlowHoweverFastItWas) {
    Balancer balancer(BalancerType::kLeastLatency, 5);
    Hosts hosts({1, 1});
    hosts.answer(0, milliseconds(5), kNow);
    hosts.loads[1].begin();
    hosts.loads[1].end(std::chrono::microseconds(10), true, kNow);
    EXPECT_EQ(*balancer.next(hosts.choices(kNow)), 0U);
}

TEST(LeastLatency, WeighsTheHosts) {
    Balancer balancer(BalancerType::kLeastLatency, 5);
    Hosts hosts({1, 10});
    hosts.answer(0, milliseconds(5), kNow);
    hosts.answer(1, milliseconds(20), kNow);
    EXPECT_EQ(*balancer.next(hosts.choices(kNow)), 1U);
}

TEST(HostLoad, CountsSlowAnswersAtOnceAndFastOnesByAndBy) {
    HostLoad load;
    const auto answer = [&](milliseconds latency, base::MonotonicTime now) {
        load.begin();
        load.end(latency, false, now);
        return load.expected_wait(now);
    };
    EXPECT_EQ(answer(milliseconds(10), kNow), 10e6);
    EXPECT_EQ(answer(milliseconds(30), kNow), 30e6);
    const double after = answer(milliseconds(10), kNow);
    EXPECT_LT(after, 30e6);
    EXPECT_GT(after, 29e6);
    EXPECT_LT(answer(milliseconds(10), kNow + seconds(30)), 10.1e6);
    load.begin();
    load.take_back();
    EXPECT_EQ(load.in_flight(), 0U);
}

}  // namespace
}  // namespace galileo::routing
