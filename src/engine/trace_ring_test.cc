#include "engine/trace_ring.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/trace_collector.h"
#include "engine/trace_lane.h"

namespace galileo::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

std::shared_ptr<const ClientLabel> label(std::string client, std::string run_id = "") {
    return std::make_shared<const ClientLabel>(
        ClientLabel{std::move(client), "echo", std::move(run_id), "0123456789"});
}

TraceView numbered(std::uint64_t number) {
    TraceView trace;
    trace.number = number;
    trace.status = 200;
    return trace;
}

std::vector<std::uint64_t> visit_all(TraceReader& reader) {
    std::vector<std::uint64_t> numbers;
    reader.visit(static_cast<std::size_t>(-1),
                 [&](const TraceView& trace) { numbers.push_back(trace.number); });
    return numbers;
}

TEST(TraceRing, GivesBackWhatWasRecorded) {
    TraceCollector ring({}, 1);
    LabelPlace place;
    TraceView in;
    in.number = 7;
    in.created = base::WallTime(nanoseconds(1'700'000'000'123'456'789));
    in.sent = base::WallTime(nanoseconds(1'700'000'000'223'456'789));
    in.done = base::WallTime(nanoseconds(1'700'000'001'123'456'789));
    in.status = 404;
    in.failure = http::Failure::kNone;
    in.server = "127.0.0.1:8080";
    in.head = "HTTP/1.1 404 Not Found\r\nA: b\r\n";
    in.body = std::string_view("no\0pe", 5);
    ring.lane(0).append(label("w:echo:1", "run"), place, in);
    ring.lane(0).hand_over();

    std::size_t visited = ring.visit(10, [&](const TraceView& out) {
        EXPECT_EQ(out.client, "w:echo:1");
        EXPECT_EQ(out.service, "echo");
        EXPECT_EQ(out.run_id, "run");
        EXPECT_EQ(out.request_prefix, "0123456789");
        EXPECT_EQ(out.number, 7U);
        EXPECT_EQ(out.created, in.created);
        EXPECT_EQ(out.sent, in.sent);
        EXPECT_EQ(out.done, in.done);
        EXPECT_EQ(out.status, 404);
        EXPECT_EQ(out.failure, http::Failure::kNone);
        EXPECT_EQ(out.server, in.server);
        EXPECT_EQ(out.head, in.head);
        EXPECT_EQ(out.body, in.body);
    });
    EXPECT_EQ(visited, 1U);
}

TEST(TraceRing, AFailedRequestHasNoTextsAndNoSendTime) {
    TraceCollector ring({}, 1);
    LabelPlace place;
    TraceView in;
    in.failure = http::Failure::kNoRoute;
    ring.lane(0).append(label("c"), place, in);
    ring.lane(0).hand_over();
    ring.visit(1, [](const TraceView& out) {
        EXPECT_EQ(out.status, -1);
        EXPECT_EQ(out.failure, http::Failure::kNoRoute);
        EXPECT_EQ(out.sent, base::WallTime{});
        EXPECT_TRUE(out.server.empty());
        EXPECT_TRUE(out.head.empty());
        EXPECT_TRUE(out.body.empty());
    });
}

TEST(TraceRing, ShowsOnlyWhatWasHandedOver) {
    TraceCollector ring({}, 1);
    LabelPlace place;
    ring.lane(0).append(label("c"), place, numbered(1));
    EXPECT_TRUE(ring.lane(0).has_open());
    EXPECT_TRUE(visit_all(ring).empty());
    EXPECT_FALSE(ring.wait(milliseconds(0)));
    ring.lane(0).hand_over();
    EXPECT_FALSE(ring.lane(0).has_open());
    EXPECT_TRUE(ring.wait(milliseconds(0)));
    EXPECT_EQ(visit_all(ring), (std::vector<std::uint64_t>{1}));
}

TEST(TraceRing, VisitsOldestFirstAndNoMoreThanAskedFor) {
    TraceCollector ring({.chunk_bytes = 300}, 1);
    const auto client = label("c");
    LabelPlace place;
    for (std::uint64_t i = 1; i <= 50; ++i) {
        ring.lane(0).append(client, place, numbered(i));
    }
    ring.lane(0).hand_over();
    std::vector<std::uint64_t> numbers;
    std::size_t rounds = 0;
    while (ring.visit(7, [&](const TraceView& trace) { numbers.push_back(trace.number); }) > 0) {
        ++rounds;
    }
    EXPECT_EQ(rounds, 8U);
    ASSERT_EQ(numbers.size(), 50U);
    for (std::uint64_t i = 0; i < 50; ++i) {
        EXPECT_EQ(numbers[i], i + 1);
    }
}

TEST(TraceRing, TakesTracesLargerThanAChunk) {
    TraceCollector ring({.chunk_bytes = 256}, 1);
    const auto client = label("c");
    LabelPlace place;
    const std::string body(100'000, 'x');
    TraceView large = numbered(2);
    large.body = body;
    ring.lane(0).append(client, place, numbered(1));
    ring.lane(0).append(client, place, large);
    ring.lane(0).append(client, place, numbered(3));
    ring.lane(0).hand_over();
    std::vector<std::size_t> sizes;
    ring.visit(10, [&](const TraceView& trace) { sizes.push_back(trace.body.size()); });
    EXPECT_EQ(sizes, (std::vector<std::size_t>{0, 100'000, 0}));
    EXPECT_LT(ring.lane(0).allocated(), 100'000U) << "large chunks are not kept";
}

TEST(TraceRing, CountsWhatTheLimitLosesExactly) {
    TraceCollector ring({.chunk_bytes = 1024, .limit_bytes = 4096}, 1);
    const auto client = label("c");
    LabelPlace place;
    const std::uint64_t made = 1000;
    for (std::uint64_t i = 1; i <= made; ++i) {
        ring.lane(0).append(client, place, numbered(i));
    }
    EXPECT_LE(ring.lane(0).allocated(), 4096U);
    ring.lane(0).hand_over();
    const auto visited = visit_all(ring).size();
    EXPECT_GT(visited, 0U);
    EXPECT_GT(ring.lost(), 0U);
    EXPECT_EQ(visited + ring.lost(), made);

    // Once there is room again, nothing more is lost.
    const auto lost = ring.lost();
    ring.lane(0).append(client, place, numbered(made + 1));
    ring.lane(0).hand_over();
    EXPECT_EQ(visit_all(ring), (std::vector<std::uint64_t>{made + 1}));
    EXPECT_EQ(ring.lost(), lost);
}

TEST(TraceRing, UsesChunksAgain) {
    TraceCollector ring({.chunk_bytes = 1024}, 1);
    const auto client = label("c");
    LabelPlace place;
    for (std::uint64_t i = 0; i < 100; ++i) {
        for (int k = 0; k < 20; ++k) {
            ring.lane(0).append(client, place, numbered(i));
        }
        ring.lane(0).hand_over();
        visit_all(ring);
    }
    EXPECT_LE(ring.lane(0).allocated(), 8 * 1024U);
}

TEST(TraceRing, FreesTheMemoryOfABurst) {
    TraceCollector ring({.chunk_bytes = 1024}, 1);
    const auto client = label("c");
    LabelPlace place;
    for (std::uint64_t i = 0; i < 10'000; ++i) {
        ring.lane(0).append(client, place, numbered(i));
    }
    ring.lane(0).hand_over();
    EXPECT_GT(ring.lane(0).allocated(), 100 * 1024U);
    EXPECT_EQ(visit_all(ring).size(), 10'000U);
    EXPECT_LE(ring.lane(0).allocated(), 32 * 1024U);
    EXPECT_TRUE(ring.lane(0).consumed());
}

TEST(TraceRing, TracesOutliveTheirClient) {
    TraceCollector ring({}, 1);
    {
        LabelPlace place;
        auto gone = label("gone");
        ring.lane(0).append(gone, place, numbered(1));
    }
    ring.lane(0).hand_over();
    ring.visit(1, [](const TraceView& trace) { EXPECT_EQ(trace.client, "gone"); });
}

TEST(TraceRing, KeepsManyClientsApart) {
    TraceCollector ring({.chunk_bytes = 2048}, 1);
    std::vector<std::shared_ptr<const ClientLabel>> labels;
    std::vector<LabelPlace> places(100);
    for (std::size_t i = 0; i < places.size(); ++i) {
        labels.push_back(label("client-" + std::to_string(i)));
    }
    for (std::uint64_t round = 0; round < 10; ++round) {
        for (std::size_t i = 0; i < places.size(); ++i) {
            ring.lane(0).append(labels[i], places[i], numbered(i));
        }
    }
    ring.lane(0).hand_over();
    std::size_t visited = 0;
    ring.visit(10'000, [&](const TraceView& trace) {
        EXPECT_EQ(trace.client, "client-" + std::to_string(trace.number));
        ++visited;
    });
    EXPECT_EQ(visited, 1000U);
}

TEST(TraceRing, FlushIsAskedOfTheProducers) {
    TraceCollector ring({}, 1);
    ring.set_flusher([&ring] { ring.lane(0).hand_over(); });
    LabelPlace place;
    ring.lane(0).append(label("c"), place, numbered(1));
    ring.flush();
    EXPECT_EQ(visit_all(ring).size(), 1U);
}

TEST(TraceRing, WakesASleepingConsumer) {
    TraceCollector ring({}, 1);
    std::atomic<bool> woken{false};
    std::thread consumer([&] {
        while (!ring.wait(std::chrono::minutes(5))) {
        }
        woken = true;
    });
    LabelPlace place;
    ring.lane(0).append(label("c"), place, numbered(1));
    ring.lane(0).hand_over();
    consumer.join();
    EXPECT_TRUE(woken);
}

TEST(TraceRing, AccountsExactlyWithProducersAndConsumerAtOnce) {
    constexpr std::size_t kLanes = 3;
    constexpr std::uint64_t kTraces = 20'000;
    TraceCollector ring({.chunk_bytes = 2000, .limit_bytes = kLanes * 20'000}, kLanes);
    std::atomic<std::size_t> producing{kLanes};
    std::vector<std::thread> producers;
    for (std::size_t i = 0; i < kLanes; ++i) {
        producers.emplace_back([&ring, &producing, i] {
            const auto client = label(std::to_string(i));
            LabelPlace place;
            for (std::uint64_t number = 1; number <= kTraces; ++number) {
                ring.lane(i).append(client, place, numbered(number));
            }
            ring.lane(i).hand_over();
            --producing;
        });
    }
    std::vector<std::uint64_t> last(kLanes, 0);
    std::uint64_t visited = 0;
    bool in_order = true;
    const auto visit = [&] {
        return ring.visit(512, [&](const TraceView& trace) {
            auto& before = last[static_cast<std::size_t>(trace.client[0] - '0')];
            in_order = in_order && trace.number > before;
            before = trace.number;
            ++visited;
        });
    };
    while (producing.load() > 0) {
        ring.wait(milliseconds(20));
        visit();
    }
    for (auto& producer : producers) {
        producer.join();
    }
    while (visit() > 0) {
    }
    EXPECT_TRUE(in_order);
    EXPECT_EQ(visited + ring.lost(), kLanes * kTraces);
}

}  // namespace
}  // namespace galileo::engine
