// Our own binary messages: both ways, and against bytes that nobody of ours wrote.

#include <gtest/gtest.h>

#include "base/random.h"
#include "coord/lease.h"
#include "coord/stats_channel.h"
#include "coord/trace_stream.h"

namespace galileo::coord {
namespace {

TraceChunk sample_chunk() {
    model::Trace full;
    full.request_id = "2205fbcccc:2";
    full.client = "w1:echo:1";
    full.service = "echo";
    full.created = 1795487318.3821054;
    full.sent = 1795487318.3882649;
    full.done = 1795487318.3956628;
    full.status = 200;
    full.server = "127.0.0.1:8099";
    full.headers = R"({"Server": "x"})";
    full.response = std::string("a\0b\xff", 4);
    model::Trace failed;
    failed.request_id = "x:1";
    failed.response = "";
    return {"w1", 3, {full, failed, model::Trace{}}};
}

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

/// Cuts, changes and extends `good`; calls `decode` for each.
template <typename Decode>
void mutate(const std::string& good, Decode&& decode) {
    for (std::size_t size = 0; size < good.size(); ++size) {
        decode(good.substr(0, size));
    }
    decode(good + "x");
    for (std::uint64_t seed = 1; seed <= 5000; ++seed) {
        base::Rng rng(seed);
        auto bytes = good;
        for (auto changes = 1 + rng.below(4); changes > 0; --changes) {
            bytes[rng.below(bytes.size())] = static_cast<char>(rng.below(256));
        }
        decode(bytes);
    }
}

TEST(TraceChunk, SurvivesTheWire) {
    const auto chunk = sample_chunk();
    EXPECT_EQ(decode_trace_chunk(encode(chunk)).value(), chunk);
    EXPECT_EQ(decode_trace_chunk(encode(TraceChunk{})).value(), TraceChunk{});
}

TEST(TraceChunk, CutAndExtendedBytesAreRefusedAndChangedOnesNeverCrash) {
    const auto good = encode(sample_chunk());
    for (std::size_t size = 0; size < good.size(); ++size) {
        EXPECT_FALSE(decode_trace_chunk(good.substr(0, size)).ok()) << size;
    }
    EXPECT_FALSE(decode_trace_chunk(good + "x").ok());
    mutate(good, [](const std::string& bytes) { (void)decode_trace_chunk(bytes).ok(); });
}

TEST(TraceChunk, AbsurdCountsAllocateNothing) {
    std::string bytes("\x01\x02w1\x01", 5);
    bytes += "\xff\xff\xff\xff\xff\xff\xff\xff\xff";
    EXPECT_FALSE(decode_trace_chunk(bytes).ok());
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
    mutate(encode(sample_report()),
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
