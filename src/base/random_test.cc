#include "base/random.h"

#include <gtest/gtest.h>

#include <set>

#include "base/ids.h"

namespace galileo::base {
namespace {

TEST(Rng, RepeatsItselfForTheSameSeed) {
    Rng first(42);
    Rng second(42);
    for (int draw = 0; draw < 100; ++draw) {
        EXPECT_EQ(first(), second());
    }
}

TEST(Rng, StreamsOfOneSeedDiffer) {
    std::set<std::uint64_t> firsts;
    for (std::uint64_t index = 0; index < 1000; ++index) {
        firsts.insert(Rng::stream(7, index)());
    }
    EXPECT_EQ(firsts.size(), 1000U);
}

TEST(Rng, UniformStaysInsideAndCentred) {
    Rng rng(1);
    double sum = 0;
    for (int draw = 0; draw < 100'000; ++draw) {
        const double number = rng.uniform();
        ASSERT_GE(number, 0.0);
        ASSERT_LT(number, 1.0);
        sum += number;
    }
    EXPECT_NEAR(sum / 100'000, 0.5, 0.005);
}

TEST(Rng, BelowReachesEveryValue) {
    Rng rng(3);
    std::set<std::uint64_t> seen;
    for (int draw = 0; draw < 1000; ++draw) {
        seen.insert(rng.below(7));
    }
    EXPECT_EQ(seen.size(), 7U);
    EXPECT_EQ(*seen.rbegin(), 6U);
}

TEST(Ids, HaveTheirForms) {
    const std::string id = uuid4();
    ASSERT_EQ(id.size(), 36U);
    EXPECT_EQ(id[14], '4');
    EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
    EXPECT_NE(uuid4(), uuid4());
    EXPECT_EQ(random_hex(5).size(), 5U);
    const std::string experiment = new_experiment_id(std::chrono::system_clock::now());
    EXPECT_EQ(experiment.size(), 17U);
    EXPECT_EQ(experiment[12], '-');
}

}  // namespace
}  // namespace galileo::base
