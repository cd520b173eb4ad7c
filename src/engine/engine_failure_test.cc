#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/fd.h"
#include "engine/engine.h"
#include "engine/testing/engine_fixture.h"
#include "io/listener.h"

// What the engine makes of servers and routes that fail, and of wrong use.

namespace galileo::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class EngineFailureTest : public testing::EngineFixture {
  protected:
    /// An address at which nobody listens.
    static std::string refusing() {
        auto loop = io::Loop::create(base::system_clock()).value();
        const auto listener =
            io::Listener::open(*loop, io::Address::literal("127.0.0.1", 0).value(), {},
                               [](base::UniqueFd, const io::Address&) {});
        return listener.value()->address().to_string();
    }
};

TEST_F(EngineFailureTest, StatusesFrom300CountAsFailed) {
    add("a", {.path = "/status/503"});
    ASSERT_TRUE(engine().set_workload("a", open(burst(4))).ok());
    ASSERT_TRUE(await_finished(1));
    EXPECT_EQ(total().statuses.at(503), 4U);
    EXPECT_EQ(total().failed, 4U);
    EXPECT_TRUE(total().errors.empty());
    EXPECT_EQ(engine().counters("a")->failed, 4U);
}

TEST_F(EngineFailureTest, AServerThatClosesFailsTheRequest) {
    add("a", {.path = "/close"});
    ASSERT_TRUE(engine().set_workload("a", open(burst(4))).ok());
    ASSERT_TRUE(await_finished(1));
    EXPECT_EQ(total().failed, 4U);
    EXPECT_EQ(total().statuses.at(-1), 4U);
    EXPECT_EQ(total().errors.at("closed"), 4U);
    expect_accounts_add_up();
}

TEST_F(EngineFailureTest, ASilentServerTimesOut) {
    server_.stall();
    add("a", {.timeout = milliseconds(30)});
    ASSERT_TRUE(engine().set_workload("a", open(burst(5))).ok());
    ASSERT_TRUE(await_finished(1));
    EXPECT_EQ(total().errors.at("timeout"), 5U);
    EXPECT_EQ(total().failed, 5U);
    EXPECT_GE(total().intended.min(), milliseconds(30));
    EXPECT_EQ(engine().counters("a")->failed, 5U);
}

TEST_F(EngineFailureTest, ARequestWithoutRouteIsACompletedFailure) {
    add("a", {.service = "unknown"});
    ASSERT_TRUE(engine().set_workload("a", open(burst(10))).ok());
    ASSERT_TRUE(await_finished(1));
    const auto tally = total();
    EXPECT_EQ(tally.planned, 10U);
    EXPECT_EQ(tally.sent, 10U);
    EXPECT_EQ(tally.completed, 10U);
    EXPECT_EQ(tally.failed, 10U);
    EXPECT_EQ(tally.errors.at("no_route"), 10U);
    EXPECT_EQ(tally.send_lag.count(), 0U);
    EXPECT_EQ(tally.service.count(), 0U);
    EXPECT_TRUE(taken().hosts.empty());
    engine().traces().flush();
    const auto visited = engine().traces().visit(100, [](const TraceView& trace) {
        EXPECT_EQ(trace.sent, base::WallTime{});
        EXPECT_NE(trace.done, base::WallTime{});
        EXPECT_EQ(trace.failure, http::Failure::kNoRoute);
        EXPECT_EQ(trace.status, -1);
        EXPECT_TRUE(trace.server.empty());
    });
    EXPECT_EQ(visited, 10U);
    expect_accounts_add_up();
}

TEST_F(EngineFailureTest, ARouteThatAppearsIsFound) {
    add("a", {.service = "later"});
    ASSERT_TRUE(engine().set_workload("a", closed(1)).ok());
    ASSERT_TRUE(await([&] { return total().failed > 0; }));
    ASSERT_TRUE(table_.set({"later", {server_.authority()}, {1}}).ok());
    ASSERT_TRUE(await([&] { return server_.requests() > 0; }));
}

TEST_F(EngineFailureTest, AClosedClientDoesNotSpinWhileNothingIsReached) {
    ASSERT_TRUE(table_.set({"refusing", {refusing()}, {1}}).ok());
    add("lost", {.service = "unknown"});
    add("refused", {.service = "refusing"});
    for (const std::string id : {"lost", "refused"}) {
        auto workload = closed(2);
        workload.end = now() + milliseconds(300);
        ASSERT_TRUE(engine().set_workload(id, std::move(workload)).ok());
    }
    ASSERT_TRUE(await_finished(2));
    for (const std::string id : {"lost", "refused"}) {
        const auto counters = engine().counters(id).value();
        EXPECT_EQ(counters.failed, counters.requests);
        EXPECT_GE(counters.requests, 4U);
        EXPECT_LE(counters.requests, 2U * 12) << "after 0, 1, 3, 7, 15, 31, 63, 127, 227 ms";
    }
    EXPECT_GT(taken().services.at("refusing").errors.at("refused"), 0U);
    expect_accounts_add_up();
}

TEST_F(EngineFailureTest, TheDebugRouterAnswersWithoutNetwork) {
    add("a", {.router = routing::RouterType::kDebug});
    ASSERT_TRUE(engine().set_workload("a", open(burst(10))).ok());
    ASSERT_TRUE(await_finished(1));
    EXPECT_EQ(total().statuses.at(200), 10U);
    EXPECT_EQ(total().failed, 0U);
    EXPECT_EQ(server_.requests(), 0U);
    EXPECT_EQ(taken().hosts.at("echo").at("debughost").completed, 10U);
    engine().traces().flush();
    engine().traces().visit(100, [](const TraceView& trace) {
        EXPECT_EQ(trace.status, 200);
        EXPECT_EQ(trace.server, "debughost");
        EXPECT_NE(trace.sent, base::WallTime{});
    });

    auto workload = closed(1);
    workload.max_requests = 3;
    ASSERT_TRUE(engine().set_workload("a", std::move(workload)).ok());
    ASSERT_TRUE(await_finished(2));
    expect_accounts_add_up();
}

// The server lives in this process too and may find no descriptor to accept with: hence the
// time-out.
TEST_F(EngineFailureTest, RunningOutOfDescriptorsLosesNothing) {
    add("a", {.timeout = milliseconds(300)});
    ASSERT_TRUE(engine().set_workload("a", open(burst(1))).ok());
    ASSERT_TRUE(await_finished(1));
    server_.stall();
    const base::UniqueFd highest(::dup(0));
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit tight = before;
    tight.rlim_cur = static_cast<rlim_t>(highest.get()) + 40;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
    ASSERT_TRUE(engine().set_workload("a", open(burst(300))).ok());
    EXPECT_TRUE(await([&] { return total().planned == 301; }));
    server_.resume();
    EXPECT_TRUE(await_finished(2));
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_EQ(total().completed + total().dropped, 301U);
    expect_accounts_add_up();
}

TEST_F(EngineFailureTest, SaysWhatIsWrongWithItsUse) {
    EngineOptions none;
    none.loops = 0;
    EXPECT_EQ(Engine::create(none, base::system_clock()).error().code(), ErrorCode::kInvalidInput);

    EngineOptions options;
    options.max_clients = 2;
    start(options);
    add("a");
    EXPECT_EQ(engine().add_client(spec("a", {})).error().code(), ErrorCode::kConflict);
    EXPECT_EQ(engine().add_client(spec("b", {.run_id = "closed"})).error().code(),
              ErrorCode::kNotFound);
    EXPECT_EQ(engine().add_client(ClientSpec{}).error().code(), ErrorCode::kInvalidInput);
    add("b");
    EXPECT_EQ(engine().add_client(spec("c", {})).error().code(), ErrorCode::kExhausted);
    EXPECT_EQ(engine().set_workload("x", closed(1)).error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(engine().set_workload("a", closed(0)).error().code(), ErrorCode::kInvalidInput);
    EXPECT_EQ(engine().stop_workload("x").error().code(), ErrorCode::kNotFound);
    EXPECT_FALSE(engine().counters("x").has_value());
    EXPECT_EQ(engine().open_run("", {}).error().code(), ErrorCode::kInvalidInput);
    ASSERT_TRUE(engine().open_run("r", {}).ok());
    EXPECT_EQ(engine().open_run("r", {}).error().code(), ErrorCode::kConflict);
    EXPECT_TRUE(engine().close_run("r"));
    EXPECT_FALSE(engine().close_run("r"));
    EXPECT_FALSE(engine().close_run(""));
}

}  // namespace
}  // namespace galileo::engine
