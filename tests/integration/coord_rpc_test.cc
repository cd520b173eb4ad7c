#include <gmock/gmock.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>

#include "coord/bus.h"
#include "coord/keys.h"
#include "coord/rpc.h"
#include "coord_fixture.h"

namespace galileo::coord {
namespace {

using model::Json;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

using CoordBus = CoordTest;
using CoordRpc = CoordTest;

RpcServer::Function says(std::string answer) {
    return [answer = std::move(answer)](const Json&) { return RpcAnswer::text(answer); };
}

TEST_F(CoordBus, CarriesEventsAndCountsReceivers) {
    EventBus bus(*client_, *subscriber_);
    std::mutex mutex;
    std::vector<SetWorkloadCommand> seen;
    ASSERT_TRUE(bus.subscribe<SetWorkloadCommand>([&](const SetWorkloadCommand& command) {
                       const std::lock_guard lock(mutex);
                       seen.push_back(command);
                   })
                    .ok());
    const SetWorkloadCommand command{"w1:echo:1", {3, "constant", Json::parse("[0.05]")}};
    EXPECT_EQ(bus.publish(command).value(), 1);
    EXPECT_EQ(bus.publish(StopWorkloadCommand{"w1:echo:1"}).value(), 0);
    ASSERT_TRUE(eventually([&] {
        const std::lock_guard lock(mutex);
        return seen.size() == 1;
    }));
    EXPECT_EQ(seen[0], command);
    bus.unsubscribe<SetWorkloadCommand>();
    EXPECT_EQ(bus.publish(command).value(), 0);
}

TEST_F(CoordBus, GarbageOnEventChannelsIsDroppedAndCounted) {
    EventBus bus(*client_, *subscriber_);
    std::atomic<int> good{0};
    const auto count = [&](const auto&) { ++good; };
    ASSERT_TRUE(bus.subscribe<SetWorkloadCommand>(count).ok());
    ASSERT_TRUE(bus.subscribe<CloseClientCommand>(count).ok());
    ASSERT_TRUE(bus.subscribe<CreateClientCommand>(count).ok());
    const std::vector<std::string> garbage{"",
                                           "{",
                                           "null",
                                           "\xff\xfe",
                                           "5",
                                           "{\"__obj\": 7}",
                                           std::string(1'000'000, '['),
                                           "[\"" + std::string(1'000'000, 'x') + "\", {}]",
                                           "[null, null, null, null]"};
    std::uint64_t sent = 0;
    for (const auto type :
         {SetWorkloadCommand::kType, CloseClientCommand::kType, CreateClientCommand::kType}) {
        for (const auto& payload : garbage) {
            // The long text is a fine client id; only its other fields are wrong.
            sent += type == CloseClientCommand::kType && payload.starts_with("[\"x") ? 0 : 1;
            EXPECT_EQ(publish(keys::bus(type), payload), 1);
        }
    }
    EXPECT_EQ(bus.publish(CloseClientCommand{"c"}).value(), 1);
    EXPECT_TRUE(eventually([&] { return good == 2 && bus.rejected() == sent; }));
}

TEST_F(CoordRpc, AnswersExactlyAsTheOriginalDoes) {
    RpcServer server(*client_, *subscriber_);
    ASSERT_TRUE(server.expose("WorkerDaemon.ping", RpcServer::Lane::kQuick, says("w1")).ok());
    EXPECT_EQ(
        publish(
            "__eventbus:global:WorkerDaemon.ping",
            R"({"__obj": ["WorkerDaemon.ping", "any name", [], {}], "__type": "pymq.core.RpcRequest"})"),
        1);
    const std::string list = "__eventbus:global:any name";
    const auto popped = client_->blocking_pop(std::vector{list}, 20s);
    ASSERT_TRUE(popped.ok() && popped->has_value());
    EXPECT_EQ(
        (*popped)->value,
        R"({"__obj": ["WorkerDaemon.ping", "w1", "str", false], "__type": "pymq.core.RpcResponse"})");
    publish(
        "__eventbus:global:WorkerDaemon.ping",
        R"({"fn": "x", "response_channel": "r2", "args": null, "kwargs": null, "__type": "pymq.core.RpcRequest"})");
    ASSERT_TRUE(eventually([&] { return integer({"TTL", "__eventbus:global:r2"}) > 0; }));
    EXPECT_GT(integer({"TTL", "__eventbus:global:r2"}), 290);
    EXPECT_THAT(text({"LPOP", "__eventbus:global:r2"}), HasSubstr(R"("TypeError", true])"));
}

TEST_F(CoordRpc, RequestsWithoutTypeStayUnanswered) {
    RpcServer server(*client_, *subscriber_);
    ASSERT_TRUE(server.expose("f", RpcServer::Lane::kQuick, says("x")).ok());
    publish("__eventbus:global:f", R"({"__obj": ["f", "r", [], {}]})");
    publish("__eventbus:global:f", "junk\xff");
    publish("__eventbus:global:f", std::string(1'000'000, '{'));
    publish("__eventbus:global:f",
            R"({"__obj": ["f", null, [], {}], "__type": "pymq.core.RpcRequest"})");
    RpcCaller caller(*client_, clock_);
    EXPECT_EQ(caller.call("f", Json::array(), 20s).value(), "x");
    EXPECT_EQ(server.dropped(), 4U);
    EXPECT_EQ(integer({"DBSIZE"}), 0);
}

TEST_F(CoordRpc, CallsCarryArgumentsAndValues) {
    RpcServer server(*client_, *subscriber_);
    ASSERT_TRUE(server
                    .expose("echo", RpcServer::Lane::kQuick,
                            [](const Json& arguments) { return RpcAnswer::object(arguments); })
                    .ok());
    RpcCaller caller(*client_, clock_);
    const auto arguments = Json::parse(R"([{"a": [1, 2.5, null, "ü"]}, 1e-05])");
    EXPECT_EQ(caller.call("echo", arguments, 20s).value(), arguments);
    EXPECT_EQ(integer({"DBSIZE"}), 0);
}

TEST_F(CoordRpc, NobodyListeningIsNotFound) {
    RpcCaller caller(*client_, clock_);
    EXPECT_EQ(caller.call("nobody", Json::array(), 20s).error().code(), ErrorCode::kNotFound);
    EXPECT_TRUE(caller.call_all("nobody", Json::array(), 20s)->empty());
}

TEST_F(CoordRpc, ErrorsTravelAsPythonExceptionsAndComeBackWithTheirCode) {
    RpcServer server(*client_, *subscriber_);
    ASSERT_TRUE(server
                    .expose("fails", RpcServer::Lane::kQuick,
                            [](const Json& arguments) -> Result<RpcAnswer> {
                                if (arguments.empty()) {
                                    return RpcAnswer::exception(
                                        "TypeError", "missing 1 required positional argument");
                                }
                                if (arguments[0] == "throw") {
                                    throw std::runtime_error("thrown");
                                }
                                return Error(static_cast<ErrorCode>(arguments[0].get<int>()),
                                             "because");
                            })
                    .ok());
    RpcCaller caller(*client_, clock_);
    const auto missing = caller.call("fails", Json::array(), 20s);
    EXPECT_EQ(missing.error().code(), ErrorCode::kInvalidInput);
    EXPECT_EQ(missing.error().message(), "TypeError: missing 1 required positional argument");
    for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
        const auto result = caller.call("fails", Json::array({code}), 20s);
        ASSERT_FALSE(result.ok());
        EXPECT_EQ(result.error().code(), static_cast<ErrorCode>(code));
        EXPECT_EQ(result.error().message(), "because");
    }
    EXPECT_EQ(caller.call("fails", Json::array({"throw"}), 20s).error().message(), "thrown");
}

TEST_F(CoordRpc, EveryResponderCountsAndAnswersOnce) {
    RpcServer server(*client_, *subscriber_);
    const std::string name(keys::kGetInfo);
    std::vector<RpcServer::Responder> responders;
    for (int i = 0; i < 300; ++i) {
        responders.push_back({"c" + std::to_string(i), says(std::to_string(i))});
    }
    ASSERT_TRUE(server.add_responders(name, std::move(responders)).ok());
    EXPECT_EQ(server.add_responders(name, {{"c5", says("twice")}}).error().code(),
              ErrorCode::kConflict);
    RpcCaller caller(*client_, clock_);
    const auto answers_of = [&] {
        std::set<std::string> answers;
        const auto results = caller.call_all(name, Json::array(), 20s);
        for (const auto& result : results.value()) {
            EXPECT_TRUE(result.ok());
            answers.insert(result->get<std::string>());
        }
        return answers;
    };
    EXPECT_EQ(answers_of().size(), 300U);
    server.remove_responders(name, {"c0", "c1", "unknown"});
    ASSERT_TRUE(server.add_responders(name, {{"late", says("late")}}).ok());
    const auto answers = answers_of();
    EXPECT_EQ(answers.size(), 299U);
    EXPECT_TRUE(answers.contains("late"));
    EXPECT_FALSE(answers.contains("0"));
    EXPECT_EQ(integer({"DBSIZE"}), 0);
}

TEST_F(CoordRpc, SlowFunctionsDoNotDelayQuickOnes) {
    RpcServer server(*client_, *subscriber_);
    std::mutex mutex;
    std::condition_variable changed;
    bool released = false;
    ASSERT_TRUE(server
                    .expose("slow", RpcServer::Lane::kSlow,
                            [&](const Json&) -> Result<RpcAnswer> {
                                std::unique_lock lock(mutex);
                                changed.wait(lock, [&] { return released; });
                                return RpcAnswer::text("done");
                            })
                    .ok());
    ASSERT_TRUE(server.expose("ping", RpcServer::Lane::kQuick, says("pong")).ok());
    RpcCaller caller(*client_, clock_);
    const auto pending = caller.send("slow", Json::array()).value();
    EXPECT_EQ(caller.call("ping", Json::array(), 20s).value(), "pong");
    {
        const std::lock_guard lock(mutex);
        released = true;
    }
    changed.notify_all();
    const auto results = caller.collect(pending, clock_.monotonic() + 20s);
    ASSERT_EQ(results.size(), 1U);
    EXPECT_EQ(results[0].value(), "done");
}

TEST_F(CoordRpc, DeadlineIsForAllResponsesTogether) {
    RpcServer server(*client_, *subscriber_);
    ASSERT_TRUE(server.expose("f", RpcServer::Lane::kQuick, says("here")).ok());
    // Foreign subscribers that never answer, as a monitor would be (contract 10.13).
    std::vector<std::unique_ptr<redis::Subscriber>> silent;
    for (int i = 0; i < 5; ++i) {
        silent.push_back(start_subscriber());
        ASSERT_TRUE(silent.back()->subscribe(keys::bus("f"), [](const redis::Message&) {}).ok());
    }
    RpcCaller caller(*client_, clock_);
    const auto before = clock_.monotonic();
    const auto results = caller.call_all("f", Json::array(), 500ms).value();
    EXPECT_LT(clock_.monotonic() - before, 2400ms) << "five times the patience would be 2.5 s";
    ASSERT_EQ(results.size(), 6U);
    EXPECT_EQ(results[0].value(), "here");
    for (std::size_t i = 1; i < results.size(); ++i) {
        EXPECT_EQ(results[i].error().code(), ErrorCode::kTimeout);
    }
    EXPECT_EQ(integer({"DBSIZE"}), 0);
}

TEST_F(CoordRpc, JunkInTheResponseListIsAnErrorOfThatResponder) {
    RpcCaller caller(*client_, clock_);
    ASSERT_TRUE(subscriber_
                    ->subscribe(keys::bus("f"),
                                [&](const redis::Message& message) {
                                    const auto request = decode_rpc_request(message.payload);
                                    run({"LPUSH", keys::bus(request->response_list), "junk"});
                                })
                    .ok());
    const auto result = caller.call("f", Json::array(), 20s);
    EXPECT_EQ(result.error().code(), ErrorCode::kInvalidInput);
}

TEST_F(CoordRpc, WorksAgainAfterRedisWasAway) {
    RpcServer server(*client_, *subscriber_);
    ASSERT_TRUE(server.expose("f", RpcServer::Lane::kQuick, says("x")).ok());
    ASSERT_TRUE(server.add_responders("g", {{"a", says("a")}, {"b", says("b")}}).ok());
    server_.kill();
    server_.restart();
    RpcCaller caller(*client_, clock_);
    EXPECT_TRUE(eventually([&] { return caller.call("f", Json::array(), 20s).ok(); }));
    EXPECT_TRUE(eventually([&] { return caller.call_all("g", Json::array(), 20s)->size() == 2; }));
}

}  // namespace
}  // namespace galileo::coord
