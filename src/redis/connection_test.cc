#include "redis/connection.h"

#include <gtest/gtest.h>

#include <atomic>

#include "redis/client.h"
#include "redis/testing/scripted_server.h"

namespace galileo::redis {
namespace {

using testing::ScriptedServer;
using Then = ScriptedServer::Answer::Then;

base::Clock& the_clock() {
    return base::system_clock();
}

/// Behaves at login, then as `after` says.
ScriptedServer::Script polite_then(ScriptedServer::Answer after) {
    return [after](std::string_view received) {
        return received.find("PING") != std::string_view::npos
                   ? ScriptedServer::Answer{"+PONG\r\n", Then::kGoOn}
                   : after;
    };
}

TEST(Connection, NobodyThereIsUnavailable) {
    RedisOptions options;
    options.unix_socket = "/nonexistent/redis.sock";
    const auto connection = Connection::open(options, the_clock());
    ASSERT_FALSE(connection.ok());
    EXPECT_EQ(connection.error().code(), ErrorCode::kUnavailable);
    EXPECT_NE(connection.error().message().find("unix:///nonexistent/redis.sock"),
              std::string::npos);
}

TEST(Connection, UnknownHostIsUnavailable) {
    RedisOptions options;
    options.host = "no-such-host.invalid";
    EXPECT_EQ(Connection::open(options, the_clock()).error().code(), ErrorCode::kUnavailable);
}

TEST(Connection, ServerThatIsNoRedisIsAProtocolError) {
    ScriptedServer server([](std::string_view) {
        return ScriptedServer::Answer{"HTTP/1.1 400 Bad Request\r\n\r\n"};
    });
    EXPECT_EQ(Connection::open(server.options(), the_clock()).error().code(), ErrorCode::kProtocol);
}

TEST(Connection, ServerThatClosesAtOnceIsUnavailable) {
    ScriptedServer server(
        [](std::string_view) { return ScriptedServer::Answer{"", Then::kClose}; });
    EXPECT_EQ(Connection::open(server.options(), the_clock()).error().code(),
              ErrorCode::kUnavailable);
}

TEST(Connection, ServerThatStallsAtLoginIsATimeout) {
    ScriptedServer server([](std::string_view) { return ScriptedServer::Answer{}; });
    EXPECT_EQ(Connection::open(server.options(), the_clock()).error().code(), ErrorCode::kTimeout);
}

TEST(Connection, StallBreaksTheConnection) {
    ScriptedServer server(polite_then({"$100\r\nhalf"}));
    auto connection = Connection::open(server.options(), the_clock());
    ASSERT_TRUE(connection.ok()) << connection.error().message();
    EXPECT_EQ(connection->command({"GET", "x"}).error().code(), ErrorCode::kTimeout);
    EXPECT_FALSE(connection->usable());
    EXPECT_EQ(connection->command({"GET", "x"}).error().code(), ErrorCode::kUnavailable);
}

TEST(Connection, CloseAmidAnAnswerIsUnavailable) {
    ScriptedServer server(polite_then({"$100\r\nhalf", Then::kClose}));
    auto connection = Connection::open(server.options(), the_clock());
    ASSERT_TRUE(connection.ok());
    EXPECT_EQ(connection->command({"GET", "x"}).error().code(), ErrorCode::kUnavailable);
    EXPECT_FALSE(connection->usable());
}

TEST(Connection, ErrorRepliesBreakNothing) {
    ScriptedServer server(polite_then({"-WRONGTYPE no\r\n"}));
    auto connection = Connection::open(server.options(), the_clock());
    ASSERT_TRUE(connection.ok());
    EXPECT_EQ(connection->command({"GET", "x"}).error().code(), ErrorCode::kConflict);
    EXPECT_TRUE(connection->usable());
}

TEST(Connection, AnswerBeyondTheBoundIsAProtocolError) {
    ScriptedServer server(polite_then({"$5000\r\n" + std::string(5000, 'x') + "\r\n"}));
    auto options = server.options();
    options.max_reply_bytes = 1000;
    auto connection = Connection::open(options, the_clock());
    ASSERT_TRUE(connection.ok());
    EXPECT_EQ(connection->command({"GET", "x"}).error().code(), ErrorCode::kProtocol);
}

TEST(Client, SaysThatABrokenCommandMayHaveBeenExecutedAndDoesNotRepeatIt) {
    std::atomic<int> commands{0};
    ScriptedServer server([&](std::string_view received) {
        if (received.find("PING") != std::string_view::npos) {
            return ScriptedServer::Answer{"+PONG\r\n"};
        }
        ++commands;
        return ScriptedServer::Answer{"", Then::kClose};
    });
    auto client = Client::open(server.options(), the_clock());
    ASSERT_TRUE(client.ok());
    const auto reply = (*client)->command({"INCR", "x"});
    EXPECT_EQ(reply.error().code(), ErrorCode::kUnavailable);
    EXPECT_NE(reply.error().message().find("may have been executed"), std::string::npos);
    EXPECT_EQ(commands, 1);
}

TEST(Client, ReplacesARestedConnectionThatTheServerClosed) {
    std::atomic<int> answers{0};
    ScriptedServer server([&](std::string_view received) {
        if (received.find("PING") != std::string_view::npos) {
            return ScriptedServer::Answer{"+PONG\r\n"};
        }
        ++answers;
        return ScriptedServer::Answer{":1\r\n", Then::kClose};
    });
    auto client = Client::open(server.options(), the_clock());
    ASSERT_TRUE(client.ok());
    int succeeded = 0;
    for (int i = 0; i < 20; ++i) {
        // The close may still be on its way when the connection is taken again: a fair failure.
        succeeded += (*client)->command({"INCR", "x"}).ok() ? 1 : 0;
    }
    EXPECT_GE(succeeded, 1);
    EXPECT_EQ(answers, succeeded);
}

}  // namespace
}  // namespace galileo::redis
