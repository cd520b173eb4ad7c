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

}  // namespace
}  // namespace galileo::routing
