#include "stats/timeline.h"

#include <gtest/gtest.h>

namespace galileo::stats {
namespace {

using namespace std::chrono_literals;

Snapshot report(std::uint64_t requests, std::chrono::nanoseconds latency) {
    Snapshot snapshot;
    auto& tally = snapshot.services["echo"];
    tally.planned = tally.sent = tally.completed = requests;
    tally.statuses[200] = requests;
    tally.intended.record(latency, requests);
    snapshot.in_flight = 3;
    return snapshot;
}

TEST(Timeline, MergesTheWorkersOfASecond) {
    Timeline timeline;
    timeline.add(0, "a", report(10, 1ms));
    timeline.add(0, "b", report(5, 9ms));
    timeline.add(1, "a", report(7, 1ms));
    const auto closed = timeline.close_before(1);
    ASSERT_EQ(closed.size(), 1U);
    EXPECT_EQ(closed[0].number, 0);
    auto merged = report(10, 1ms);
    merged.merge(report(5, 9ms));
    EXPECT_EQ(decode_snapshot(closed[0].snapshot).value(), merged);
    EXPECT_EQ(closed[0].workers.at("a").completed, 10U);
    EXPECT_EQ(closed[0].workers.at("b").in_flight, 3U);
    EXPECT_GE(closed[0].workers.at("b").latency_p99, 9ms);
}

TEST(Timeline, LateReportsCountForTheFirstOpenSecond) {
    Timeline timeline;
    timeline.add(0, "a", report(1, 1ms));
    EXPECT_EQ(timeline.close_before(3).size(), 1U);
    timeline.add(0, "b", report(2, 1ms));
    timeline.add(-5, "c", report(4, 1ms));
    const auto closed = timeline.close_before(4);
    ASSERT_EQ(closed.size(), 1U);
    EXPECT_EQ(closed[0].number, 3);
    EXPECT_EQ(timeline.window(0, 3).total().completed, 7U);
    EXPECT_TRUE(timeline.close_before(2).empty());
}

TEST(Timeline, AnyWindowCanBeReadAgain) {
    Timeline timeline;
    for (int second = 0; second < 10; ++second) {
        timeline.add(second, "a", report(1, std::chrono::milliseconds(second + 1)));
    }
    timeline.close_before(10);
    const auto window = timeline.window(2, 4).total();
    EXPECT_EQ(window.completed, 3U);
    EXPECT_EQ(window.intended.min(), 3ms);
    EXPECT_EQ(window.intended.max(), 5ms);
    EXPECT_EQ(timeline.window(20, 30).total().completed, 0U);
}

TEST(Timeline, KeepsTheLastHour) {
    Timeline timeline;
    for (int second = 0; second < 4'000; ++second) {
        timeline.add(second, "a", report(1, 1ms));
        EXPECT_EQ(timeline.close_before(second + 1).size(), 1U);
    }
    ASSERT_EQ(timeline.closed().size(), Timeline::kSeconds);
    EXPECT_EQ(timeline.closed().front().number, 400);
}

}  // namespace
}  // namespace galileo::stats
