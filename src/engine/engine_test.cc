#include "engine/engine.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "engine/testing/engine_fixture.h"

// How requests start, wait, end and are counted, over real sockets.

namespace galileo::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class EngineTest : public testing::EngineFixture {};

TEST_F(EngineTest, OpenModelSendsExactlyThePlan) {
    add("a");
    ASSERT_TRUE(engine().set_workload("a", open(steady(2000, milliseconds(250), {}))).ok());
    ASSERT_TRUE(await_finished(1));
    const auto tally = total();
    EXPECT_EQ(tally.planned, 500U);
    EXPECT_EQ(tally.sent, 500U);
    EXPECT_EQ(tally.dropped, 0U);
    EXPECT_EQ(tally.completed, 500U);
    EXPECT_EQ(tally.failed, 0U);
    EXPECT_EQ(tally.statuses, (std::map<int, std::uint64_t>{{200, 500}}));
    EXPECT_EQ(tally.intended.count(), 500U);
    EXPECT_EQ(tally.service.count(), 500U);
    EXPECT_EQ(tally.send_lag.count(), 500U);
    EXPECT_EQ(tally.schedule_lag.count(), 500U);
    EXPECT_GT(tally.bytes_received, 500U * 20);
    EXPECT_EQ(server_.requests(), 500U);
    EXPECT_EQ(engine().counters("a")->requests, 500U);
    EXPECT_EQ(engine().counters("a")->failed, 0U);
}

TEST_F(EngineTest, SharesOnSeveralLoopsMakeTheWholeSchedule) {
    EngineOptions options;
    options.loops = 2;
    start(options);
    for (std::uint64_t i = 0; i < 4; ++i) {
        const std::string id = "c" + std::to_string(i);
        add(id);
        ASSERT_TRUE(
            engine()
                .set_workload(id, open(steady(2001, milliseconds(200), {.index = i, .of = 4})))
                .ok());
    }
    ASSERT_TRUE(await_finished(4));
    EXPECT_EQ(total().planned, 400U);
    EXPECT_EQ(total().completed, 400U);
    EXPECT_EQ(engine().counters("c0")->requests, 100U);
    EXPECT_EQ(engine().counters("c3")->requests, 100U);
}

TEST_F(EngineTest, RequestsBeforeTheStartWaitForIt) {
    add("a");
    auto workload = open(burst(1));
    workload.start = now() + milliseconds(30);
    ASSERT_TRUE(engine().set_workload("a", std::move(workload)).ok());
    EXPECT_EQ(total().planned, 0U);
    ASSERT_TRUE(await_finished(1));
    EXPECT_EQ(total().planned, 1U);
}

TEST_F(EngineTest, NoArrivalAtOrAfterTheEnd) {
    add("a");
    auto workload = open(steady(1000, seconds(100), {}));
    workload.end = workload.start + milliseconds(50);
    ASSERT_TRUE(engine().set_workload("a", std::move(workload)).ok());
    ASSERT_TRUE(await_finished(1));
    EXPECT_EQ(total().planned, 50U) << "at 0, 1, ..., 49 ms";
}

TEST_F(EngineTest, ClosedModelKeepsItsRequestsInFlight) {
    server_.stall();
    add("a");
    auto workload = closed(8);
    workload.max_requests = 200;
    ASSERT_TRUE(engine().set_workload("a", std::move(workload)).ok());
    ASSERT_TRUE(await([&] { return taken().in_flight == 8; }));
    server_.resume();
    ASSERT_TRUE(await_finished(1));
    EXPECT_EQ(total().planned, 200U);
    EXPECT_EQ(total().completed, 200U);
    EXPECT_EQ(total().schedule_lag.count(), 0U);
    EXPECT_EQ(server_.most_connections(), 8U);
    EXPECT_EQ(server_.requests(), 200U);
}

TEST_F(EngineTest, ClosedModelEndsAtItsEnd) {
    add("a");
    auto workload = closed(4);
    workload.end = now() + milliseconds(100);
    ASSERT_TRUE(engine().set_workload("a", std::move(workload)).ok());
    ASSERT_TRUE(await_finished(1));
    EXPECT_GT(total().completed, 4U);
    EXPECT_EQ(server_.requests(), total().completed);
    expect_accounts_add_up();
}

TEST_F(EngineTest, HostsGetRequestsByWeight) {
    testing::HttpServer second;
    ASSERT_TRUE(table_.set({"echo", {server_.authority(), second.authority()}, {1, 2}}).ok());
    add("a");
    ASSERT_TRUE(engine().set_workload("a", open(burst(300))).ok());
    ASSERT_TRUE(await_finished(1));
    const auto& snapshot = taken();
    const auto& hosts = snapshot.hosts.at("echo");
    EXPECT_EQ(hosts.at(server_.authority()).completed, 100U);
    EXPECT_EQ(hosts.at(second.authority()).completed, 200U);
    EXPECT_EQ(hosts.at(second.authority()).planned, 200U);
    EXPECT_EQ(snapshot.services.at("echo").completed, 300U);
}

TEST_F(EngineTest, ARouteThatChangesIsUsedAtOnce) {
    testing::HttpServer second;
    add("a");
    ASSERT_TRUE(engine().set_workload("a", open(burst(5))).ok());
    ASSERT_TRUE(await_finished(1));
    ASSERT_TRUE(table_.set({"echo", {second.authority()}, {1}}).ok());
    ASSERT_TRUE(engine().set_workload("a", open(burst(7))).ok());
    ASSERT_TRUE(await_finished(2));
    EXPECT_EQ(server_.requests(), 5U);
    EXPECT_EQ(second.requests(), 7U);
}

TEST_F(EngineTest, FinishedComesOnceAfterTheLastAnswer) {
    server_.stall();
    add("a");
    ASSERT_TRUE(engine().set_workload("a", open(burst(3))).ok());
    ASSERT_TRUE(await([&] { return taken().in_flight == 3; }));
    EXPECT_EQ(finished_, 0);
    EXPECT_EQ(engine().unfinished(""), 3U);
    server_.resume();
    ASSERT_TRUE(await_finished(1));
    EXPECT_EQ(engine().unfinished(""), 0U);
    EXPECT_EQ(total().completed, 3U);
    EXPECT_EQ(finished_, 1);
}

TEST_F(EngineTest, AWorkloadWithoutRequestsFinishesAtOnce) {
    add("a");
    ASSERT_TRUE(engine().set_workload("a", open(burst(0))).ok());
    ASSERT_TRUE(await_finished(1));
    EXPECT_EQ(total().planned, 0U);
}

TEST_F(EngineTest, NothingStartsAfterStop) {
    add("a");
    add("b");
    ASSERT_TRUE(engine().set_workload("a", open(steady(5000, seconds(100), {}))).ok());
    ASSERT_TRUE(engine().set_workload("b", closed(2)).ok());
    ASSERT_TRUE(await([&] { return total().completed > 50; }));
    ASSERT_TRUE(engine().stop_workload("a").ok());
    ASSERT_TRUE(engine().stop_workload("b").ok());
    const auto a = engine().counters("a")->requests;
    const auto b = engine().counters("b")->requests;
    ASSERT_TRUE(await([&] { return engine().unfinished("") == 0; }));
    EXPECT_EQ(engine().counters("a")->requests, a);
    EXPECT_EQ(engine().counters("b")->requests, b);
    EXPECT_EQ(server_.requests(), a + b);
    EXPECT_EQ(finished_, 0);
    expect_accounts_add_up();
}

TEST_F(EngineTest, WhatWaitsForAConnectionGoesOutInOrderWithItsIntendedStart) {
    EngineOptions options;
    options.http.max_connections = 1;
    start(options);
    server_.stall();
    add("a");
    ASSERT_TRUE(engine().set_workload("a", open(burst(20))).ok());
    ASSERT_TRUE(await([&] { return taken().waiting == 19; }));
    const auto waited = now() + milliseconds(30);
    ASSERT_TRUE(await([&] { return now() > waited; }));
    expect_accounts_add_up();
    server_.resume();
    ASSERT_TRUE(await_finished(1));
    const auto tally = total();
    EXPECT_EQ(tally.planned, 20U);
    EXPECT_EQ(tally.completed, 20U);
    EXPECT_EQ(tally.dropped, 0U);
    EXPECT_EQ(server_.most_connections(), 1U);
    EXPECT_EQ(tally.late, 19U) << "all but the first waited longer than 10 ms";
    EXPECT_GE(tally.intended.percentile(10), milliseconds(30));
    EXPECT_GE(tally.send_lag.percentile(50), milliseconds(30));
    EXPECT_LT(tally.schedule_lag.percentile(50), tally.send_lag.percentile(50));
    std::uint64_t expected = 1;
    engine().traces().flush();
    engine().traces().visit(100,
                            [&](const TraceView& trace) { EXPECT_EQ(trace.number, expected++); });
    EXPECT_EQ(expected, 21U);
}

TEST_F(EngineTest, BeyondTheWaitingBoundArrivalsAreDroppedAndCounted) {
    EngineOptions options;
    options.http.max_connections = 2;
    options.max_waiting = 10;
    start(options);
    server_.stall();
    add("a");
    ASSERT_TRUE(engine().set_workload("a", open(burst(100))).ok());
    ASSERT_TRUE(await([&] { return total().planned == 100; }));
    EXPECT_EQ(taken().in_flight, 2U);
    EXPECT_EQ(taken().waiting, 11U) << "ten, and the one that has been routed";
    EXPECT_EQ(total().dropped, 87U);
    expect_accounts_add_up();
    server_.resume();
    ASSERT_TRUE(await_finished(1));
    EXPECT_EQ(total().planned, total().sent + total().dropped);
    EXPECT_EQ(total().completed, 13U);
}

TEST_F(EngineTest, StopDropsWhatWaitsAndLetsWhatIsInFlightGoOn) {
    EngineOptions options;
    options.http.max_connections = 2;
    start(options);
    server_.stall();
    add("a");
    ASSERT_TRUE(engine().set_workload("a", open(burst(50))).ok());
    ASSERT_TRUE(await([&] { return total().planned == 50; }));
    ASSERT_TRUE(await([&] { return taken().in_flight == 2; }));
    ASSERT_TRUE(engine().stop_workload("a").ok());
    EXPECT_EQ(total().dropped, 48U);
    EXPECT_EQ(engine().unfinished(""), 2U);
    expect_accounts_add_up();
    server_.resume();
    ASSERT_TRUE(await([&] { return engine().unfinished("") == 0; }));
    EXPECT_EQ(total().completed, 2U);
    EXPECT_EQ(server_.requests(), 2U);
    EXPECT_EQ(engine().counters("a")->requests, 2U);
    EXPECT_EQ(finished_, 0);
}

TEST_F(EngineTest, ANewWorkloadReplacesTheOldOneAtOnce) {
    EngineOptions options;
    options.http.max_connections = 1;
    start(options);
    server_.stall();
    add("a");
    auto old = open(steady(1000, seconds(100), {}));
    old.on_finished = [](const std::string&) { FAIL() << "replaced workloads do not finish"; };
    ASSERT_TRUE(engine().set_workload("a", std::move(old)).ok());
    ASSERT_TRUE(await([&] { return total().planned >= 20; }));
    ASSERT_TRUE(engine().set_workload("a", open(burst(5))).ok());
    ASSERT_TRUE(await([&] { return taken().waiting == 5; }));
    server_.resume();
    ASSERT_TRUE(await_finished(1));
    ASSERT_TRUE(await([&] { return engine().unfinished("") == 0; }));
    EXPECT_EQ(total().completed, 6U) << "one of the old workload was in flight";
    EXPECT_EQ(total().planned, total().dropped + 6);
    expect_accounts_add_up();
}

TEST_F(EngineTest, RemovingAClientCancelsWhatItHasInFlight) {
    server_.stall();
    add("a");
    ASSERT_TRUE(engine().set_workload("a", open(burst(3))).ok());
    ASSERT_TRUE(await([&] { return taken().in_flight == 3; }));
    EXPECT_TRUE(engine().remove_client("a"));
    EXPECT_FALSE(engine().remove_client("a"));
    EXPECT_FALSE(engine().counters("a").has_value());
    EXPECT_EQ(engine().unfinished(""), 0U);
    EXPECT_EQ(total().completed, 3U);
    EXPECT_EQ(total().failed, 3U);
    EXPECT_EQ(total().errors.at("cancelled"), 3U);
    engine().traces().flush();
    const auto visited = engine().traces().visit(10, [](const TraceView& trace) {
        EXPECT_EQ(trace.failure, http::Failure::kCancelled);
        EXPECT_EQ(trace.status, -1);
    });
    EXPECT_EQ(visited, 3U);
    EXPECT_EQ(finished_, 0);
}

TEST_F(EngineTest, ARemovedClientMayComeBackWhileItsOldRequestsWaited) {
    EngineOptions options;
    options.http.max_connections = 1;
    start(options);
    server_.stall();
    add("a");
    add("b");
    ASSERT_TRUE(engine().set_workload("b", open(burst(1))).ok());
    ASSERT_TRUE(await([&] { return taken().in_flight == 1; }));
    ASSERT_TRUE(engine().set_workload("a", open(burst(10))).ok());
    ASSERT_TRUE(await([&] { return taken().waiting == 10; }));
    EXPECT_TRUE(engine().remove_client("a"));
    EXPECT_EQ(total().dropped, 10U);
    add("a");
    ASSERT_TRUE(engine().set_workload("a", open(burst(4))).ok());
    server_.resume();
    ASSERT_TRUE(await_finished(2));
    EXPECT_EQ(total().completed, 5U);
    expect_accounts_add_up();
}

TEST_F(EngineTest, AbandonLeavesNothingUnfinished) {
    EngineOptions options;
    options.http.max_connections = 2;
    start(options);
    server_.stall();
    add("ended");
    add("endless");
    ASSERT_TRUE(engine().set_workload("ended", open(burst(10))).ok());
    auto endless = open(steady(1000, seconds(100), {}));
    endless.on_finished = [](const std::string&) { FAIL() << "had not ended by itself"; };
    ASSERT_TRUE(engine().set_workload("endless", std::move(endless)).ok());
    ASSERT_TRUE(await([&] { return total().planned > 20; }));
    engine().abandon("");
    EXPECT_EQ(finished_, 1);
    EXPECT_EQ(engine().unfinished(""), 0U);
    EXPECT_EQ(total().errors.at("cancelled"), 2U);
    EXPECT_EQ(total().planned, total().sent + total().dropped);
    EXPECT_EQ(total().sent, total().completed);
}

TEST_F(EngineTest, TheEngineEndsWithRequestsInFlightAndWaiting) {
    EngineOptions options;
    options.loops = 2;
    options.http.max_connections = 4;
    start(options);
    server_.stall();
    add("a");
    add("b");
    ASSERT_TRUE(engine().set_workload("a", open(burst(100))).ok());
    ASSERT_TRUE(engine().set_workload("b", closed(100)).ok());
    ASSERT_TRUE(await([&] { return taken().in_flight == 4; }));
    engine_.reset();
}

TEST_F(EngineTest, ConnectionsAreSharedOutOverTheLoops) {
    EngineOptions options;
    options.loops = 2;
    options.http.max_connections = 3;
    start(options);
    server_.stall();
    add("a");
    add("b");
    ASSERT_TRUE(engine().set_workload("a", open(burst(10))).ok());
    ASSERT_TRUE(engine().set_workload("b", open(burst(10))).ok());
    ASSERT_TRUE(await([&] { return taken().in_flight == 3; }));
    server_.resume();
    ASSERT_TRUE(await_finished(2));
    EXPECT_EQ(server_.most_connections(), 3U);
    EXPECT_EQ(total().completed, 20U);
}

TEST_F(EngineTest, FewerConnectionsThanLoopsAreNotExceeded) {
    EngineOptions options;
    options.loops = 2;
    options.http.max_connections = 1;
    start(options);
    for (const std::string id : {"a", "b", "c"}) {
        add(id);
        ASSERT_TRUE(engine().set_workload(id, open(burst(10))).ok());
    }
    ASSERT_TRUE(await_finished(3));
    EXPECT_EQ(server_.most_connections(), 1U);
    EXPECT_EQ(total().completed, 30U);
}

}  // namespace
}  // namespace galileo::engine
