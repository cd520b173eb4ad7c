#include "coord/trace_chunk.h"

#include <gtest/gtest.h>

#include "coord/testing/mutate.h"

namespace galileo::coord {
namespace {

std::vector<model::Trace> sample_traces() {
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
    return {full, failed, model::Trace{}, full};
}

std::string encoded(const std::vector<model::Trace>& traces) {
    TraceChunkEncoder encoder;
    for (const auto& trace : traces) {
        encoder.append(model::row_of(trace));
    }
    return encoder.seal("w1", 3).bytes;
}

TEST(TraceChunk, SurvivesTheWire) {
    const auto traces = sample_traces();
    const auto chunk = decode_trace_chunk(encoded(traces)).release_value();
    EXPECT_EQ(chunk.worker, "w1");
    EXPECT_EQ(chunk.sequence, 3U);
    ASSERT_EQ(chunk.traces.size(), traces.size());
    for (std::size_t i = 0; i < traces.size(); ++i) {
        EXPECT_EQ(chunk.traces[i], model::row_of(traces[i])) << i;
    }
    EXPECT_TRUE(decode_trace_chunk(encoded({})).value().traces.empty());
}

TEST(TraceChunk, HasTheBytesThatTheHeaderDescribes) {
    model::Trace trace;
    trace.request_id = "p:1";
    trace.client = "c";
    trace.service = "c";
    trace.created = 1.0;
    trace.sent = 2.0;
    trace.done = 3.0;
    trace.status = 200;
    trace.headers = "{}";
    std::string want("\x02\x02w1\x03\x01", 6);
    want += std::string("\x03p:1\x01\x01\x63\x02", 8);  // the service is text 0, as the client is
    want += std::string("\x3f\xf0\0\0\0\0\0\0\x40\0\0\0\0\0\0\0\x40\x08\0\0\0\0\0\0", 24);
    want += std::string("\x90\x03\0\x01\x02{}\0", 8);
    EXPECT_EQ(encoded({trace}), want);
}

TEST(TraceChunk, SaysATextOnce) {
    auto trace = sample_traces().front();
    const auto one = encoded({trace}).size();
    const auto two = encoded({trace, trace}).size();
    EXPECT_EQ(two - one, 1 + trace.request_id.size() + 24 + 2 + 5);
}

TEST(TraceChunk, ManyAndLongTextsSurviveToo) {
    std::vector<model::Trace> traces;
    for (int i = 0; i < 3'000; ++i) {
        auto& trace = traces.emplace_back(sample_traces().front());
        trace.client = "client " + std::to_string(i % 700);
        trace.headers = "headers " + std::to_string(i);
        trace.response = std::string(i % 50 == 0 ? 5'000 : 5, static_cast<char>('a' + i % 20));
    }
    TraceChunkEncoder encoder;
    for (int round = 0; round < 2; ++round) {  // a sealed chunk leaves nothing in the next one
        for (const auto& trace : traces) {
            encoder.append(model::row_of(trace));
        }
        const auto chunk = decode_trace_chunk(encoder.seal("w1", 1).bytes).release_value();
        ASSERT_EQ(chunk.traces.size(), traces.size());
        for (std::size_t i = 0; i < traces.size(); ++i) {
            ASSERT_EQ(chunk.traces[i], model::row_of(traces[i])) << i;
        }
    }
}

TEST(TraceChunk, CutAndExtendedBytesAreRefusedAndChangedOnesNeverCrash) {
    const auto good = encoded(sample_traces());
    for (std::size_t size = 0; size < good.size(); ++size) {
        EXPECT_FALSE(decode_trace_chunk(good.substr(0, size)).ok()) << size;
    }
    EXPECT_FALSE(decode_trace_chunk(good + "x").ok());
    testing::mutate(good, [](const std::string& bytes) { (void)decode_trace_chunk(bytes).ok(); });
}

TEST(TraceChunk, AbsurdCountsAllocateNothing) {
    std::string bytes("\x02\x02w1\x01", 5);
    bytes += "\xff\xff\xff\xff\xff\xff\xff\xff\xff";
    EXPECT_FALSE(decode_trace_chunk(bytes).ok());
}

}  // namespace
}  // namespace galileo::coord
