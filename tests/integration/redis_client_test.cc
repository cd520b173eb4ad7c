#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "redis/client.h"
#include "redis/testing/redis_server.h"

namespace galileo::redis {
namespace {

using testing::RedisServer;

std::unique_ptr<Client> open_client(const RedisOptions& options) {
    auto client = Client::open(options, base::system_clock());
    EXPECT_TRUE(client.ok()) << client.error().message();
    return client.ok() ? std::move(client).value() : nullptr;
}

TEST(RedisClient, RunsCommandsOverSocketAndTcp) {
    RedisServer server;
    for (const auto& options : {server.options(), server.tcp_options()}) {
        const auto client = open_client(options);
        ASSERT_TRUE(client->command({"SET", "k", "v\r\n\xff"}).ok());
        EXPECT_EQ(client->command({"GET", "k"})->text().value(), "v\r\n\xff");
        EXPECT_TRUE(client->command({"GET", "missing"})->is_nil());
        EXPECT_EQ(client->command({"LPUSH", "k", "x"}).error().code(), ErrorCode::kConflict);
        EXPECT_EQ(client->command({"NOSUCH"}).error().code(), ErrorCode::kInternal);
    }
}

TEST(RedisClient, LogsInWithTheRightPasswordOnly) {
    RedisServer server({.password = "s3cret \"quoted\""});
    EXPECT_TRUE(open_client(server.options())->command({"PING"}).ok());
    auto wrong = server.options();
    wrong.password = "guess";
    const auto denied = Client::open(wrong, base::system_clock());
    ASSERT_FALSE(denied.ok());
    EXPECT_EQ(denied.error().code(), ErrorCode::kDenied);
    EXPECT_EQ(denied.error().message().find("guess"), std::string::npos);
    wrong.password.clear();
    EXPECT_EQ(Client::open(wrong, base::system_clock()).error().code(), ErrorCode::kDenied);
}

TEST(RedisClient, PasswordForAServerWithoutOneIsDenied) {
    RedisServer server;
    auto options = server.options();
    options.password = "unasked";
    EXPECT_EQ(Client::open(options, base::system_clock()).error().code(), ErrorCode::kDenied);
}

TEST(RedisClient, SelectsTheDatabase) {
    RedisServer server;
    auto options = server.options();
    options.database = 3;
    ASSERT_TRUE(open_client(options)->command({"SET", "k", "three"}).ok());
    EXPECT_TRUE(open_client(server.options())->command({"GET", "k"})->is_nil());
    options.database = 99;
    EXPECT_FALSE(Client::open(options, base::system_clock()).ok());
}

TEST(RedisClient, CarriesLargeValues) {
    RedisServer server;
    const auto client = open_client(server.tcp_options());
    std::string large(5'000'000, 'x');
    large[1'234'567] = '\0';
    ASSERT_TRUE(client->command({"SET", "k", large}).ok());
    EXPECT_EQ(client->command({"GET", "k"})->text().value(), large);
}

TEST(RedisClient, PipelinesLargerThanEverySocketBufferDoNotDeadlock) {
    RedisServer server;
    const auto client = open_client(server.options());
    const std::string payload(1000, 'p');
    const std::vector<Command> commands(5000, Command{"ECHO", payload});
    const auto replies = client->pipeline(commands);
    ASSERT_TRUE(replies.ok()) << replies.error().message();
    ASSERT_EQ(replies->size(), commands.size());
    EXPECT_EQ(replies->back().view(), payload);
}

TEST(RedisClient, PipelineKeepsErrorRepliesInPlace) {
    RedisServer server;
    const auto client = open_client(server.options());
    const std::vector<Command> commands{{"SET", "k", "v"}, {"LPUSH", "k", "x"}, {"GET", "k"}};
    const auto replies = client->pipeline(commands);
    ASSERT_TRUE(replies.ok());
    EXPECT_TRUE((*replies)[1].is_error());
    EXPECT_EQ((*replies)[2].view(), "v");
}

TEST(RedisClient, TransactionIsAllOrNothing) {
    RedisServer server;
    const auto client = open_client(server.options());
    const auto replies =
        client->transaction(std::vector<Command>{{"SET", "a", "1"}, {"INCR", "a"}});
    ASSERT_TRUE(replies.ok()) << replies.error().message();
    EXPECT_EQ((*replies)[1].integer().value(), 2);
    const auto refused = client->transaction(std::vector<Command>{{"SET", "b", "1"}, {"SET", "b"}});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), ErrorCode::kConflict);
    EXPECT_NE(refused.error().message().find("wrong number of arguments"), std::string::npos);
    EXPECT_TRUE(client->command({"GET", "b"})->is_nil());
}

TEST(RedisClient, ManyThreadsShareASmallPool) {
    RedisServer server;
    const auto client = open_client(server.options());
    std::vector<std::thread> threads;
    for (int t = 0; t < 12; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 200; ++i) {
                EXPECT_TRUE(client->command({"INCR", "n"}).ok());
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(client->command({"GET", "n"})->text().value(), "2400");
    const auto list = client->command({"CLIENT", "LIST"})->text().value();
    EXPECT_LE(std::count(list.begin(), list.end(), '\n'), 4);
}

TEST(RedisClient, BlockingPopWaitsForAnElement) {
    RedisServer server;
    const auto client = open_client(server.options());
    const std::vector<std::string> keys{"q1", "q2"};
    EXPECT_EQ(client->blocking_pop(keys, std::chrono::milliseconds(30)).value().has_value(), false);
    std::thread pusher([&] {
        // Redis says when the pop waits.
        while (client->command({"CLIENT", "LIST"})->text()->find("cmd=brpop") ==
               std::string::npos) {
        }
        EXPECT_TRUE(client->command({"LPUSH", "q2", "item"}).ok());
    });
    const auto popped = client->blocking_pop(keys, std::chrono::seconds(30));
    pusher.join();
    ASSERT_TRUE(popped.ok() && popped->has_value());
    EXPECT_EQ((*popped)->key, "q2");
    EXPECT_EQ((*popped)->value, "item");
}

TEST(RedisClient, CancelEndsABlockingPop) {
    RedisServer server;
    const auto client = open_client(server.options());
    std::thread canceller([&] {
        while (client->command({"CLIENT", "LIST"})->text()->find("cmd=brpop") ==
               std::string::npos) {
        }
        client->cancel();
    });
    const std::vector<std::string> keys{"q"};
    EXPECT_EQ(client->blocking_pop(keys, std::chrono::hours(1)).error().code(),
              ErrorCode::kCancelled);
    canceller.join();
    EXPECT_EQ(client->blocking_pop(keys, std::chrono::hours(1)).error().code(),
              ErrorCode::kCancelled);
    EXPECT_TRUE(client->command({"PING"}).ok());
}

TEST(RedisClient, ComesBackAfterTheServerWasKilledAndRestarted) {
    RedisServer server;
    const auto client = open_client(server.options());
    ASSERT_TRUE(client->command({"PING"}).ok());
    server.kill();
    server.restart();
    EXPECT_TRUE(client->command({"PING"}).ok());
}

TEST(RedisClient, WaitsOutAShortAbsence) {
    RedisServer server;
    auto opened = Client::open(server.options(), base::system_clock(),
                               {.pool_size = 2, .retry_patience = std::chrono::seconds(30)});
    ASSERT_TRUE(opened.ok());
    server.kill();
    std::atomic<bool> done{false};
    std::thread caller([&] {
        EXPECT_TRUE((*opened)->command({"SET", "k", "v"}).ok());
        done = true;
    });
    EXPECT_FALSE(done);
    server.restart();
    caller.join();
    EXPECT_TRUE(done);
}

TEST(RedisClient, GivesUpOnALongAbsence) {
    RedisServer server;
    auto opened = Client::open(server.options(), base::system_clock(),
                               {.pool_size = 2, .retry_patience = std::chrono::milliseconds(100)});
    ASSERT_TRUE(opened.ok());
    server.kill();
    EXPECT_EQ((*opened)->command({"PING"}).error().code(), ErrorCode::kUnavailable);
}

TEST(RedisClient, FrozenServerIsATimeoutAndTheNextCallWorksAgain) {
    RedisServer server;
    auto options = server.options();
    options.command_timeout = std::chrono::milliseconds(200);
    options.connect_timeout = std::chrono::seconds(10);
    const auto client = open_client(options);
    server.freeze();
    EXPECT_EQ(client->command({"SET", "k", "late"}).error().code(), ErrorCode::kTimeout);
    server.thaw();
    options.command_timeout = std::chrono::seconds(10);
    EXPECT_TRUE(open_client(options)->command({"SET", "k", "v"}).ok());
    EXPECT_EQ(open_client(options)->command({"GET", "k"})->text().value(), "v");
}

TEST(PrivateServer, SaysHowItFails) {
    testing::TemporaryDirectory directory;
    PrivateServerOptions options;
    options.directory = directory.path() + "/" + std::string(120, 'd');
    EXPECT_EQ(PrivateServer::start(options).error().code(), ErrorCode::kInvalidInput);
    options.directory = directory.path() + "/sub dir";
    options.extra_configuration = {"no-such-directive yes"};
    const auto failed = PrivateServer::start(options);
    ASSERT_FALSE(failed.ok());
    EXPECT_NE(failed.error().message().find("no-such-directive"), std::string::npos)
        << failed.error().message();
    options.extra_configuration.clear();
    const auto server = PrivateServer::start(options);
    ASSERT_TRUE(server.ok()) << server.error().message();
    EXPECT_TRUE(open_client(server->redis_options())->command({"PING"}).ok());
}

}  // namespace
}  // namespace galileo::redis
