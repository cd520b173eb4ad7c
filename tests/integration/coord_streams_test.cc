#include <gmock/gmock.h>

#include <mutex>

#include "base/random.h"
#include "coord/keys.h"
#include "coord/stats_channel.h"
#include "coord/trace_lines.h"
#include "coord/trace_stream.h"
#include "coord_fixture.h"

namespace galileo::coord {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

class CoordTraceStream : public CoordTest {
  protected:
    static model::Trace trace(int number) {
        model::Trace trace;
        trace.request_id = "2205fbcccc:" + std::to_string(number);
        trace.client = "w1:echo:1";
        trace.service = "echo";
        trace.created = 1795487318.3821054 + number;
        trace.done = trace.created + 0.01;
        trace.status = 200;
        trace.response = std::string(static_cast<std::size_t>(number % 300), 'r');
        return trace;
    }
    static std::string encode(const std::string& worker,
                              std::uint64_t sequence,
                              const std::vector<model::Trace>& traces) {
        TraceChunkEncoder encoder;
        for (const auto& one : traces) {
            encoder.append(model::row_of(one));
        }
        return encoder.seal(worker, sequence).bytes;
    }
    /// Traces 0, 1, ... in chunks as a worker cuts them.
    static std::vector<SealedChunk> chunks_of(int traces) {
        std::vector<SealedChunk> chunks;
        TraceChunkEncoder encoder;
        for (int number = 0; number < traces; ++number) {
            encoder.append(model::row_of(trace(number)));
            if (encoder.full() || number + 1 == traces) {
                chunks.push_back(encoder.seal("w1", chunks.size() + 1));
            }
        }
        return chunks;
    }
    /// Reads until nothing more comes at once.
    static std::vector<model::Trace> read_all(TraceStreamReader& reader) {
        std::vector<model::Trace> traces;
        for (;;) {
            auto chunks = reader.read(1ms);
            EXPECT_TRUE(chunks.ok()) << chunks.error().message();
            if (!chunks.ok() || chunks->empty()) {
                EXPECT_TRUE(reader.acknowledge().ok());
                return traces;
            }
            for (const auto& chunk : *chunks) {
                std::transform(chunk.traces.begin(), chunk.traces.end(), std::back_inserter(traces),
                               model::trace_of);
            }
            EXPECT_TRUE(reader.acknowledge().ok());
        }
    }
};

TEST_F(CoordTraceStream, EveryTraceArrivesOnceAndInOrder) {
    TraceStreamWriter writer(*client_, "run", "w1");
    TraceStreamReader reader(*client_, "run");
    constexpr int kTraces = 20'000;
    const auto chunks = chunks_of(kTraces);
    EXPECT_EQ(writer.send(chunks).value(), chunks.size());
    EXPECT_EQ(writer.length().value(), chunks.size());
    ASSERT_TRUE(writer.finish(kTraces).ok());
    EXPECT_GT(integer({"TTL", keys::trace_stream("run")}), 0);
    const auto traces = read_all(reader);
    ASSERT_EQ(traces.size(), static_cast<std::size_t>(kTraces));
    for (int i = 0; i < kTraces; ++i) {
        ASSERT_EQ(traces[static_cast<std::size_t>(i)], trace(i));
    }
    EXPECT_EQ(integer({"XLEN", keys::trace_stream("run")}), 0) << "memory stays bounded";
    const auto& source = reader.sources().at("w1");
    EXPECT_EQ(source.total, static_cast<std::uint64_t>(kTraces));
    EXPECT_EQ(source.traces, static_cast<std::uint64_t>(kTraces));
    EXPECT_EQ(source.missing_chunks, 0U);
    ASSERT_TRUE(reader.remove().ok());
    EXPECT_EQ(integer({"DBSIZE"}), 0);
}

TEST_F(CoordTraceStream, SeesRepetitionsAndGapsPerWorker) {
    const auto key = keys::trace_stream("run");
    const auto add = [&](const std::string& worker, std::uint64_t sequence) {
        run({"XADD", key, "*", "chunk", encode(worker, sequence, {trace(1)})});
    };
    add("w1", 1);
    add("w1", 2);
    add("w1", 2);
    add("w2", 1);
    add("w1", 5);
    add("w1", 1);
    TraceStreamReader reader(*client_, "run");
    EXPECT_EQ(read_all(reader).size(), 4U);
    EXPECT_EQ(reader.sources().at("w1").missing_chunks, 2U);
    EXPECT_EQ(reader.sources().at("w2").missing_chunks, 0U);
    EXPECT_EQ(reader.sources().at("w2").total, std::nullopt);
}

TEST_F(CoordTraceStream, TakesChunksAgainThatItRefusedWhileItWasAway) {
    TraceStreamWriter writer(*client_, "run", "w1");
    const auto chunks = chunks_of(3000);
    server_.kill();
    EXPECT_FALSE(writer.send(chunks).ok());
    server_.restart();
    ASSERT_TRUE(writer.send(chunks).ok());
    TraceStreamReader reader(*client_, "run");
    EXPECT_EQ(read_all(reader).size(), 3000U);
    EXPECT_EQ(reader.sources().at("w1").missing_chunks, 0U);
}

TEST_F(CoordTraceStream, FullRedisLosesNothing) {
    TraceStreamWriter writer(*client_, "run", "w1");
    const auto chunks = chunks_of(3000);
    run({"CONFIG", "SET", "maxmemory", "1"});
    EXPECT_FALSE(writer.send(chunks).ok());
    run({"CONFIG", "SET", "maxmemory", "0"});
    ASSERT_TRUE(writer.send(chunks).ok());
    TraceStreamReader reader(*client_, "run");
    EXPECT_EQ(read_all(reader).size(), 3000U);
}

TEST_F(CoordTraceStream, DropsAndCountsGarbage) {
    const auto key = keys::trace_stream("run");
    const auto good = encode("w1", 1, {trace(1), trace(2)});
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        base::Rng rng(seed);
        auto bytes = good;
        bytes.resize(rng.below(bytes.size()));
        run({"XADD", key, "*", "chunk", bytes});
    }
    run({"XADD", key, "*", "other", "x"});
    run({"XADD", key, "*", "a", "1", "b", "2", "c", "3"});
    run({"XADD", key, "*", "end", "w1", "total", "many"});
    run({"XADD", key, "*", "chunk", good});
    TraceStreamReader reader(*client_, "run");
    std::size_t traces = 0;
    while (traces == 0) {
        const auto chunks = reader.read(1ms);
        ASSERT_TRUE(chunks.ok());
        for (const auto& chunk : *chunks) {
            traces += chunk.traces.size();
        }
        ASSERT_TRUE(reader.acknowledge().ok());
    }
    EXPECT_EQ(traces, 2U);
    EXPECT_EQ(reader.rejected(), 103U);
    run({"DEL", key});
    run({"SET", key, "no stream"});
    EXPECT_EQ(reader.read(1ms).error().code(), ErrorCode::kConflict);
    TraceStreamWriter writer(*client_, "run", "w1");
    EXPECT_FALSE(writer.send(chunks_of(1)).ok());
}

TEST_F(CoordTraceStream, LinesGoOutAsTheOriginalPublishesThem) {
    std::mutex mutex;
    std::vector<std::string> lines;
    ASSERT_TRUE(subscriber_
                    ->subscribe("galileo/results/traces",
                                [&](const redis::Message& message) {
                                    const std::lock_guard lock(mutex);
                                    lines.emplace_back(message.payload);
                                })
                    .ok());
    Monitor monitor(server_.options());
    const std::vector<model::Trace> traces{trace(1), trace(2)};
    ASSERT_TRUE(publish_trace_lines(*client_, traces).ok());
    const auto commands = monitor.take(*client_);
    ASSERT_EQ(commands.size(), 4U);
    EXPECT_EQ(commands.front(), "MULTI");
    EXPECT_EQ(commands.back(), "EXEC");
    ASSERT_TRUE(eventually([&] {
        const std::lock_guard lock(mutex);
        return lines.size() == 2;
    }));
    EXPECT_EQ(lines[0], model::to_trace_line(traces[0]));
}

using CoordStatistics = CoordTest;

TEST_F(CoordStatistics, ReportsArriveAndGarbageDoesNot) {
    std::mutex mutex;
    std::vector<StatsReport> reports;
    ASSERT_TRUE(subscribe_stats(*subscriber_, [&](StatsReport report) {
                    const std::lock_guard lock(mutex);
                    reports.push_back(std::move(report));
                }).ok());
    StatsReport report;
    report.worker = "w1";
    report.run_id = "run";
    report.sequence = 7;
    report.time = 1795487318.25;
    report.snapshot.services["echo"].sent = 3;
    report.snapshot.services["echo"].intended.record(5ms);
    const auto good = encode(report);
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        base::Rng rng(seed);
        EXPECT_EQ(publish("galileo/stats", good.substr(0, rng.below(good.size()))), 1);
    }
    EXPECT_EQ(publish("galileo/stats", std::string(1'000'000, '\x01')), 1);
    ASSERT_TRUE(StatsPublisher(*client_).publish(report).ok());
    ASSERT_TRUE(eventually([&] {
        const std::lock_guard lock(mutex);
        return !reports.empty();
    }));
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].worker, "w1");
    EXPECT_EQ(reports[0].sequence, 7U);
    EXPECT_EQ(encode(reports[0]), good);
    unsubscribe_stats(*subscriber_);
    EXPECT_EQ(publish("galileo/stats", good), 0);
}

}  // namespace
}  // namespace galileo::coord
