// Our own binary messages: both ways, and against bytes that nobody of ours wrote.

#include <gtest/gtest.h>

#include "coord/lease.h"
#include "coord/stats_channel.h"
#include "coord/testing/mutate.h"

namespace galileo::coord {
namespace {

StatsReport sample_report() {
    StatsReport report;
    report.worker = "w1";
    report.run_id = "run";
    report.sequence = 9;
    report.time = 1795487318.5;
    report.load_done = true;
    auto& tally = report.snapshot.services["echo"];
    tally.planned = 5;
    tally.errors["timeout"] = 2;
    tally.intended.record(std::chrono::milliseconds(3));
    report.snapshot.hosts["echo"]["h:1"].sent = 4;
    return report;
}

TEST(StatsReport, SurvivesTheWire) {
    const auto report = sample_report();
    const auto again = decode_stats_report(encode(report));
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again->worker, report.worker);
    EXPECT_EQ(again->run_id, report.run_id);
    EXPECT_EQ(again->sequence, report.sequence);
    EXPECT_EQ(again->time, report.time);
    EXPECT_EQ(again->load_done, report.load_done);
    EXPECT_EQ(encode(*again), encode(report));
}

TEST(StatsReport, GarbageNeverCrashes) {
    testing::mutate(encode(sample_report()),
                    [](const std::string& bytes) { (void)decode_stats_report(bytes).ok(); });
}

TEST(WorkerLease, SurvivesTheWireAndToleratesOthers) {
    const WorkerLease lease{"w1", "0.1.0", "host", 42, 1795487519.25, 2};
    EXPECT_EQ(decode_lease("w1", encode_lease(lease)).value(), lease);
    EXPECT_EQ(decode_lease("w", "{}")->name, "w");
    EXPECT_EQ(decode_lease("w", R"({"pid": "x", "loops": -1.5, "started": [], "host": 5})")->host,
              "");
    EXPECT_FALSE(decode_lease("w", "[]").ok());
    EXPECT_FALSE(decode_lease("w", "junk").ok());
}

}  // namespace
}  // namespace galileo::coord
