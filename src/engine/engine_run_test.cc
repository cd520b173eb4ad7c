#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include <malloc.h>

#include "engine/engine.h"
#include "engine/testing/engine_fixture.h"

// Runs beside each other, traces, and many clients.

namespace galileo::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class EngineRunTest : public testing::EngineFixture {
  protected:
    std::uint64_t visit_all() {
        engine().traces().flush();
        return engine().traces().visit(static_cast<std::size_t>(-1), [](const TraceView&) {});
    }
};

TEST_F(EngineRunTest, RunsAreCountedApart) {
    ASSERT_TRUE(engine().open_run("r1", {}).ok());
    ASSERT_TRUE(engine().open_run("r2", {}).ok());
    add("a", {.run_id = "r1"});
    add("b", {.run_id = "r2"});
    add("c");
    ASSERT_TRUE(engine().set_workload("a", open(burst(1))).ok());
    ASSERT_TRUE(engine().set_workload("b", open(burst(2))).ok());
    ASSERT_TRUE(engine().set_workload("c", open(burst(4))).ok());
    ASSERT_TRUE(await_finished(3));
    EXPECT_EQ(engine().take_interval("r1").total().completed, 1U);
    EXPECT_EQ(engine().take_interval("r2").total().completed, 2U);
    EXPECT_EQ(engine().take_interval("").total().completed, 4U);
    EXPECT_EQ(engine().take_interval("r1").total().completed, 0U) << "it has been taken";
    EXPECT_TRUE(engine().take_interval("no such run").services.empty());
    engine().traces().flush();
    std::map<std::string, std::string> run_of;
    engine().traces().visit(100, [&](const TraceView& trace) {
        run_of[std::string(trace.client)] = std::string(trace.run_id);
    });
    EXPECT_EQ(run_of, (std::map<std::string, std::string>{{"a", "r1"}, {"b", "r2"}, {"c", ""}}));
}

TEST_F(EngineRunTest, ServicesOfIdleClientsAreThereWithZeros) {
    ASSERT_TRUE(engine().open_run("r", {}).ok());
    add("a", {.run_id = "r"});
    const auto snapshot = engine().take_interval("r");
    ASSERT_EQ(snapshot.services.count("echo"), 1U);
    EXPECT_EQ(snapshot.services.at("echo").planned, 0U);
    EXPECT_TRUE(snapshot.hosts.empty());
}

TEST_F(EngineRunTest, ARunHasConnectionsOfItsOwn) {
    http::ClientOptions narrow;
    narrow.max_connections = 1;
    ASSERT_TRUE(engine().open_run("narrow", narrow).ok());
    server_.stall();
    add("a", {.run_id = "narrow"});
    add("b");
    ASSERT_TRUE(engine().set_workload("a", open(burst(5))).ok());
    ASSERT_TRUE(engine().set_workload("b", open(burst(5))).ok());
    ASSERT_TRUE(await([&] { return engine().take_interval("narrow").waiting == 4; }));
    ASSERT_TRUE(await([&] { return taken().in_flight == 5; }));
    EXPECT_EQ(taken().connections, 5U);
    EXPECT_EQ(engine().take_interval("narrow").connections, 1U);
    server_.resume();
    ASSERT_TRUE(await_finished(2));
}

TEST_F(EngineRunTest, ClosingARunRemovesItsClientsAndConnections) {
    EngineOptions options;
    options.loops = 2;
    start(options);
    ASSERT_TRUE(engine().open_run("r", {}).ok());
    server_.stall();
    for (const std::string id : {"a", "b", "c"}) {
        add(id, {.run_id = "r"});
        ASSERT_TRUE(engine().set_workload(id, open(burst(3))).ok());
    }
    add("other");
    ASSERT_TRUE(await([&] { return engine().take_interval("r").in_flight == 9; }));
    EXPECT_TRUE(engine().close_run("r"));
    EXPECT_FALSE(engine().counters("a").has_value());
    EXPECT_TRUE(engine().counters("other").has_value());
    EXPECT_TRUE(engine().take_interval("r").services.empty());
    EXPECT_EQ(engine().unfinished("r"), 0U);
    EXPECT_TRUE(await([&] { return server_.connections() == 0; }));
    EXPECT_EQ(visit_all(), 9U) << "cancelled requests are traced";
    EXPECT_EQ(finished_, 0);

    ASSERT_TRUE(engine().open_run("r", {}).ok()) << "the name is free again";
    add("a", {.run_id = "r"});
}

TEST_F(EngineRunTest, EveryCompletedRequestIsTracedOnce) {
    EngineOptions options;
    options.loops = 2;
    options.trace_chunk_bytes = 4096;
    start(options);
    for (std::uint64_t i = 0; i < 4; ++i) {
        const std::string id = "c" + std::to_string(i);
        add(id);
        ASSERT_TRUE(engine().set_workload(id, open(steady(1000, milliseconds(250), {}))).ok());
    }
    std::set<std::string> request_ids;
    std::map<std::string, std::uint64_t> last;
    const auto visit = [&] {
        engine().traces().visit(1000, [&](const TraceView& trace) {
            EXPECT_EQ(trace.request_prefix.size(), 10U);
            EXPECT_EQ(trace.status, 200);
            EXPECT_EQ(trace.server, server_.authority());
            EXPECT_EQ(trace.body, "ok");
            EXPECT_EQ(trace.head.substr(0, 12), "HTTP/1.1 200");
            EXPECT_LE(trace.created, trace.done);
            EXPECT_LE(trace.sent, trace.done);
            request_ids.insert(std::string(trace.request_prefix) + ":" +
                               std::to_string(trace.number));
            auto& number = last[std::string(trace.client)];
            number = std::max(number, trace.number);
        });
    };
    while (finished_ < 4) {
        engine().traces().wait(milliseconds(20));
        visit();
    }
    engine().traces().flush();
    visit();
    EXPECT_EQ(engine().traces().lost(), 0U);
    EXPECT_EQ(request_ids.size(), 1000U);
    EXPECT_EQ(last.at("c2"), 250U) << "numbers count from 1 for each client";
    EXPECT_EQ(total().completed, 1000U);
}

TEST_F(EngineRunTest, TraceTimesAreWallTimesOfNow) {
    add("a");
    const auto before = base::system_clock().wall();
    ASSERT_TRUE(engine().set_workload("a", open(burst(1))).ok());
    ASSERT_TRUE(await_finished(1));
    const auto after = base::system_clock().wall();
    engine().traces().flush();
    engine().traces().visit(1, [&](const TraceView& trace) {
        // The two clocks are read one after the other, so allow for that.
        EXPECT_GE(trace.created, before - milliseconds(5));
        EXPECT_LE(trace.done, after + milliseconds(5));
    });
}

TEST_F(EngineRunTest, OpenChunksAreHandedOverInTime) {
    add("a");
    ASSERT_TRUE(engine().set_workload("a", open(burst(3))).ok());
    std::uint64_t visited = 0;
    ASSERT_TRUE(await([&] {
        engine().traces().wait(milliseconds(50));
        visited += engine().traces().visit(10, [](const TraceView&) {});
        return visited == 3;
    }));
}

TEST_F(EngineRunTest, NothingIsTracedWhileTracingIsOff) {
    add("a");
    auto quiet = spec("quiet", {});
    quiet.traced = false;
    ASSERT_TRUE(engine().add_client(std::move(quiet)).ok());
    engine().set_tracing(false);
    ASSERT_TRUE(engine().set_workload("a", open(burst(5))).ok());
    ASSERT_TRUE(await_finished(1));
    EXPECT_EQ(visit_all(), 0U);
    engine().set_tracing(true);
    ASSERT_TRUE(engine().set_workload("a", open(burst(5))).ok());
    ASSERT_TRUE(engine().set_workload("quiet", open(burst(7))).ok());
    ASSERT_TRUE(await_finished(3));
    EXPECT_EQ(visit_all(), 5U);
    EXPECT_EQ(total().completed, 17U) << "counted all the same";
}

TEST_F(EngineRunTest, ARingWithoutConsumerLosesCountedTraces) {
    EngineOptions options;
    options.trace_chunk_bytes = 1024;
    options.trace_limit_bytes = 4096;
    start(options);
    add("a");
    ASSERT_TRUE(engine().set_workload("a", open(burst(500))).ok());
    ASSERT_TRUE(await_finished(1));
    const auto visited = visit_all();
    EXPECT_GT(visited, 0U);
    EXPECT_GT(engine().traces().lost(), 0U);
    EXPECT_EQ(visited + engine().traces().lost(), 500U);
}

TEST_F(EngineRunTest, TakingIntervalsWhileLoadRunsLosesNothing) {
    EngineOptions options;
    options.loops = 2;
    start(options);
    for (const std::string id : {"a", "b"}) {
        add(id);
        auto workload = closed(4);
        workload.max_requests = 3000;
        ASSERT_TRUE(engine().set_workload(id, std::move(workload)).ok());
    }
    std::uint64_t takes = 0;
    while (finished_ < 2) {
        expect_accounts_add_up();
        ++takes;
    }
    EXPECT_EQ(total().completed, 6000U);
    EXPECT_EQ(taken().hosts.at("echo").at(server_.authority()).completed, 6000U);
    EXPECT_EQ(total().intended.count(), 6000U);
    EXPECT_GT(takes, 1U);
}

TEST_F(EngineRunTest, IdleClientsAreCheap) {
    EngineOptions options;
    options.loops = 2;
    start(options);
    auto shared = spec("first", {}).request;
    const auto before = mallinfo2().uordblks;
    constexpr std::size_t kClients = 20'000;
    for (std::size_t i = 0; i < kClients; ++i) {
        ClientSpec client;
        client.id = "worker-0:echo:" + std::to_string(i);
        client.service = "echo";
        client.request = shared;
        client.router =
            std::make_unique<routing::Router>(routing::Router::create({}, table_).value());
        ASSERT_TRUE(engine().add_client(std::move(client)).ok());
    }
    EXPECT_EQ(engine().unfinished(""), 0U);  // has waited for the loops
    const auto grown = mallinfo2().uordblks - before;
    EXPECT_LE(grown / kClients, 2048U);
    std::printf("%zu bytes a client\n", grown / kClients);
}

}  // namespace
}  // namespace galileo::engine
