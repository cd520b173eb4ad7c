#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "engine/engine.h"
#include "engine/testing/engine_fixture.h"

// Hosts that come, go and slow down while requests are sent.

namespace galileo::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class EngineRoutingTest : public testing::EngineFixture {
  protected:
    void route(double first, double second) {
        ASSERT_TRUE(table_
                        .set({.service = "echo",
                              .hosts = {server_.authority(), second_.authority()},
                              .weights = {first, second}})
                        .ok());
    }
    std::uint64_t served() { return server_.requests() + second_.requests(); }

    testing::HttpServer second_;
};

TEST_F(EngineRoutingTest, ChangesOfTheTableUnderLoadLoseAndMisrouteNothing) {
    constexpr int kChanges = 60;
    route(1, 1);
    for (const char* id : {"a", "b", "c"}) {
        add(id);
        ASSERT_TRUE(engine().set_workload(id, closed(4)).ok());
    }
    for (int change = 0; change < kChanges; ++change) {
        const bool to_first = change % 2 == 0;
        route(to_first ? 1 : 0, to_first ? 0 : 1);
        auto& off = to_first ? second_ : server_;
        // Whoever was drawn before the change may still arrive: at most what was in flight, and
        // one more for each client whose draw was going on.
        const auto before = off.requests();
        const auto all = served();
        ASSERT_TRUE(await([&] { return served() > all + 100; }));
        EXPECT_LE(off.requests(), before + 3 * 4 + 3) << "a drained host got new requests";
    }
    for (const char* id : {"a", "b", "c"}) {
        ASSERT_TRUE(engine().stop_workload(id).ok());
    }
    ASSERT_TRUE(await([&] { return engine().unfinished("") == 0; }));
    EXPECT_EQ(total().failed, 0U);
    EXPECT_EQ(total().completed, served());
    expect_accounts_add_up();
}

TEST_F(EngineRoutingTest, ADrainedHostFinishesWhatItHas) {
    route(1, 1);
    server_.stall();
    add("a");
    ASSERT_TRUE(engine().set_workload("a", closed(4)).ok());
    ASSERT_TRUE(await([&] { return second_.requests() > 0 && taken().in_flight == 4; }));
    route(0, 1);
    server_.resume();
    ASSERT_TRUE(await([&] { return second_.requests() > 200; }));
    ASSERT_TRUE(engine().stop_workload("a").ok());
    ASSERT_TRUE(await([&] { return engine().unfinished("") == 0; }));
    EXPECT_LE(server_.requests(), 4U);
    EXPECT_GT(server_.requests(), 0U);
    EXPECT_EQ(total().failed, 0U);
}

class LoadBalancers : public EngineRoutingTest,
                      public ::testing::WithParamInterface<routing::BalancerType> {};

TEST_P(LoadBalancers, KeepAwayFromAHostThatHangs) {
    route(1, 1);
    server_.stall();
    for (const char* id : {"a", "b"}) {
        add(id, {.balancer = GetParam()});
        ASSERT_TRUE(engine().set_workload(id, closed(4)).ok());
    }
    ASSERT_TRUE(await([&] { return second_.requests() > 500; }))
        << "clients hang on the host that does, as with round robin";
    for (const char* id : {"a", "b"}) {
        ASSERT_TRUE(engine().stop_workload(id).ok());
    }
    server_.resume();
    ASSERT_TRUE(await([&] { return engine().unfinished("") == 0; }));
    EXPECT_LE(server_.requests(), 6U);
    EXPECT_EQ(total().failed, 0U);
    expect_accounts_add_up();
}

TEST_P(LoadBalancers, SurviveChangesAndRemovals) {
    route(1, 1);
    for (const char* id : {"a", "b"}) {
        add(id, {.balancer = GetParam()});
        ASSERT_TRUE(engine().set_workload(id, closed(3)).ok());
    }
    for (int change = 0; change < 20; ++change) {
        route(change % 3, 1);
        const auto all = served();
        ASSERT_TRUE(await([&] { return served() > all + 20; }));
    }
    EXPECT_TRUE(engine().remove_client("a"));
    const auto all = served();
    ASSERT_TRUE(await([&] { return served() > all + 50; }));
    EXPECT_TRUE(engine().remove_client("b"));
    expect_accounts_add_up();
}

INSTANTIATE_TEST_SUITE_P(All,
                         LoadBalancers,
                         ::testing::Values(routing::BalancerType::kLeastLatency,
                                           routing::BalancerType::kPowerOfTwoChoices));

}  // namespace
}  // namespace galileo::engine
