#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "redis/client.h"
#include "redis/subscriber.h"
#include "redis/testing/redis_server.h"

namespace galileo::redis {
namespace {

using testing::RedisServer;

/// Collects what handlers saw; waits for it.
class Seen {
  public:
    void add(std::string text) {
        const std::lock_guard lock(mutex_);
        texts_.push_back(std::move(text));
        changed_.notify_all();
    }
    bool wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(20),
                                 [&] { return texts_.size() >= count; });
    }
    std::vector<std::string> texts() {
        const std::lock_guard lock(mutex_);
        return texts_;
    }
    Subscriber::Handler handler() {
        return [this](const Message& message) { add(std::string(message.payload)); };
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> texts_;
};

class RedisSubscriber : public ::testing::Test {
  protected:
    void SetUp() override {
        auto opened = Client::open(server_.options(), base::system_clock());
        ASSERT_TRUE(opened.ok());
        client_ = std::move(opened).value();
    }
    std::unique_ptr<Subscriber> start(SubscriberOptions options = {}) {
        options.first_pause = std::chrono::milliseconds(5);
        options.longest_pause = std::chrono::milliseconds(50);
        auto started = Subscriber::start(server_.options(), base::system_clock(), options);
        EXPECT_TRUE(started.ok());
        return std::move(started).value();
    }
    std::int64_t publish(std::string_view channel, std::string_view payload) {
        return client_->command({"PUBLISH", channel, payload})->integer().value();
    }

    RedisServer server_;
    std::unique_ptr<Client> client_;
};

TEST_F(RedisSubscriber, DeliversFromTheMomentSubscribeReturns) {
    Seen seen;
    const auto subscriber = start();
    ASSERT_TRUE(subscriber->subscribe("c", seen.handler()).ok());
    EXPECT_EQ(publish("c", "one"), 1);
    EXPECT_EQ(publish("other", "x"), 0);
    EXPECT_EQ(publish("c", std::string("t\0wo", 4)), 1);
    ASSERT_TRUE(seen.wait_for(2));
    EXPECT_EQ(seen.texts(), (std::vector<std::string>{"one", std::string("t\0wo", 4)}));
}

TEST_F(RedisSubscriber, SecondHandlerForAChannelIsAConflict) {
    Seen seen;
    const auto subscriber = start();
    ASSERT_TRUE(subscriber->subscribe("c", seen.handler()).ok());
    EXPECT_EQ(subscriber->subscribe("c", seen.handler()).error().code(), ErrorCode::kConflict);
}

TEST_F(RedisSubscriber, EveryMatchingPatternCountsAndDelivers) {
    Seen seen;
    const auto subscriber = start();
    const auto handler = [&](const Message& message) {
        seen.add(std::string(message.pattern) + "|" + std::string(message.channel));
    };
    ASSERT_TRUE(subscriber->subscribe("name", seen.handler()).ok());
    ASSERT_TRUE(subscriber->subscribe_patterns({"nam[e]", "na[m]e", "n[a]me"}, handler).ok());
    EXPECT_EQ(publish("name", "x"), 4);
    ASSERT_TRUE(seen.wait_for(4));
    subscriber->unsubscribe_patterns({"na[m]e", "unknown"});
    EXPECT_EQ(publish("name", "x"), 3);
    ASSERT_TRUE(seen.wait_for(7));
    const auto texts = seen.texts();
    EXPECT_EQ(std::count(texts.begin(), texts.end(), "nam[e]|name"), 2);
    EXPECT_EQ(std::count(texts.begin(), texts.end(), "na[m]e|name"), 1);
}

TEST_F(RedisSubscriber, TakesThousandsOfPatternsInOneCommand) {
    Seen seen;
    const auto subscriber = start();
    std::vector<std::string> patterns;
    for (int i = 0; i < 5000; ++i) {
        patterns.push_back("p" + std::to_string(i) + "*");
    }
    ASSERT_TRUE(subscriber->subscribe_patterns(patterns, seen.handler()).ok());
    EXPECT_EQ(client_->command({"PUBSUB", "NUMPAT"})->integer().value(), 5000);
    subscriber->unsubscribe_patterns(patterns);
    EXPECT_EQ(client_->command({"PUBSUB", "NUMPAT"})->integer().value(), 0);
}

TEST_F(RedisSubscriber, NothingIsDeliveredAfterUnsubscribe) {
    Seen seen;
    const auto subscriber = start();
    for (int round = 0; round < 50; ++round) {
        ASSERT_TRUE(subscriber->subscribe("c", seen.handler()).ok());
        EXPECT_EQ(publish("c", "x"), 1);
        subscriber->unsubscribe("c");
        const auto before = seen.texts().size();
        EXPECT_EQ(publish("c", "x"), 0);
        EXPECT_EQ(seen.texts().size(), before);
    }
}

TEST_F(RedisSubscriber, WhatPublishCountedIsDeliveredBeforeTheEnd) {
    Seen seen;
    const auto subscriber = start();
    std::vector<std::string> channels;
    for (int i = 0; i < 200; ++i) {
        channels.push_back("c" + std::to_string(i));
        ASSERT_TRUE(subscriber->subscribe(channels.back(), seen.handler()).ok());
    }
    std::thread removing([&] {
        for (const auto& channel : channels) {
            subscriber->unsubscribe(channel);
        }
    });
    std::size_t counted = 0;
    for (const auto& channel : channels) {
        while (publish(channel, "x") > 0) {
            ++counted;
        }
    }
    removing.join();
    EXPECT_EQ(seen.texts().size(), counted);
}

TEST_F(RedisSubscriber, AChannelMayBeSubscribedAnewWhileItsEndIsOnTheWay) {
    Seen first;
    Seen second;
    const auto subscriber = start();
    ASSERT_TRUE(subscriber
                    ->subscribe("c",
                                [&](const Message& message) {
                                    subscriber->unsubscribe("c");
                                    EXPECT_TRUE(subscriber->subscribe("c", second.handler()).ok());
                                    first.add(std::string(message.payload));
                                })
                    .ok());
    publish("c", "one");
    ASSERT_TRUE(first.wait_for(1));
    while (second.texts().empty()) {
        publish("c", "two");
    }
    subscriber->unsubscribe("c");
    EXPECT_EQ(publish("c", "three"), 0);
    EXPECT_EQ(first.texts().size(), 1U);
}

TEST_F(RedisSubscriber, ThrowingHandlerDoesNotStopTheOthers) {
    Seen seen;
    const auto subscriber = start();
    ASSERT_TRUE(
        subscriber->subscribe("bad", [](const Message&) { throw std::runtime_error("no"); }).ok());
    ASSERT_TRUE(subscriber->subscribe("good", seen.handler()).ok());
    publish("bad", "x");
    publish("good", "x");
    EXPECT_TRUE(seen.wait_for(1));
}

TEST_F(RedisSubscriber, HandlersMaySubscribeAndUnsubscribe) {
    Seen seen;
    const auto subscriber = start();
    ASSERT_TRUE(subscriber
                    ->subscribe("first",
                                [&](const Message&) {
                                    EXPECT_TRUE(
                                        subscriber->subscribe("second", seen.handler()).ok());
                                    subscriber->unsubscribe("first");
                                })
                    .ok());
    publish("first", "x");
    while (publish("second", "x") == 0) {
    }
    EXPECT_TRUE(seen.wait_for(1));
    EXPECT_EQ(publish("first", "x"), 0);
}

TEST_F(RedisSubscriber, ResubscribesEverythingAfterTheServerWasKilled) {
    Seen seen;
    Seen reconnects;
    const auto subscriber = start();
    subscriber->add_reconnect_handler([&] { reconnects.add("again"); });
    const auto removed = subscriber->add_reconnect_handler([&] { reconnects.add("never"); });
    subscriber->remove_reconnect_handler(removed);
    ASSERT_TRUE(subscriber->subscribe("c", seen.handler()).ok());
    ASSERT_TRUE(subscriber->subscribe_patterns({"p*", "q*"}, seen.handler()).ok());
    for (std::size_t round = 1; round <= 3; ++round) {
        server_.kill();
        server_.restart();
        ASSERT_TRUE(reconnects.wait_for(round));
        EXPECT_EQ(publish("c", "x"), 1);
        EXPECT_EQ(publish("pq", "x"), 1);
        EXPECT_EQ(publish("q", "x"), 1);
        ASSERT_TRUE(seen.wait_for(3 * round));
    }
    EXPECT_EQ(subscriber->reconnects(), 3U);
}

TEST_F(RedisSubscriber, SubscribingDuringAnAbsenceWaitsForTheServer) {
    Seen seen;
    const auto subscriber = start();
    server_.kill();
    std::thread caller([&] { EXPECT_TRUE(subscriber->subscribe("c", seen.handler()).ok()); });
    server_.restart();
    caller.join();
    EXPECT_EQ(publish("c", "x"), 1);
}

TEST_F(RedisSubscriber, SubscribingWithoutAServerFailsAndLeavesNothing) {
    Seen seen;
    auto options = server_.options();
    options.command_timeout = std::chrono::milliseconds(100);
    auto started = Subscriber::start(options, base::system_clock(),
                                     {.first_pause = std::chrono::milliseconds(5),
                                      .longest_pause = std::chrono::milliseconds(20)});
    ASSERT_TRUE(started.ok());
    server_.kill();
    EXPECT_EQ((*started)->subscribe("c", seen.handler()).error().code(), ErrorCode::kUnavailable);
    server_.restart();
    while (!(*started)->connected()) {
        std::this_thread::yield();
    }
    EXPECT_EQ(publish("c", "x"), 0);
    (*started)->stop();
}

TEST_F(RedisSubscriber, RefusedSubscriptionIsDenied) {
    Seen seen;
    ASSERT_TRUE(client_
                    ->command({"ACL", "SETUSER", "limited", "on", ">pw", "+@all", "~*",
                               "resetchannels", "&ok"})
                    .ok());
    auto options = server_.options();
    options.user = "limited";
    options.password = "pw";
    auto started = Subscriber::start(options, base::system_clock());
    ASSERT_TRUE(started.ok()) << started.error().message();
    EXPECT_EQ((*started)->subscribe("forbidden", seen.handler()).error().code(),
              ErrorCode::kDenied);
    ASSERT_TRUE((*started)->subscribe("ok", seen.handler()).ok());
    EXPECT_EQ(publish("ok", "x"), 1);
}

TEST_F(RedisSubscriber, NoticesADeadPeerByItsSilence) {
    Seen seen;
    Seen reconnects;
    auto options = server_.options();
    options.command_timeout = std::chrono::milliseconds(100);
    SubscriberOptions subscriber_options;
    subscriber_options.keepalive = std::chrono::milliseconds(50);
    subscriber_options.first_pause = std::chrono::milliseconds(5);
    auto started = Subscriber::start(options, base::system_clock(), subscriber_options);
    ASSERT_TRUE(started.ok());
    (*started)->add_reconnect_handler([&] { reconnects.add("again"); });
    ASSERT_TRUE((*started)->subscribe("c", seen.handler()).ok());
    server_.freeze();
    while ((*started)->connected()) {
        std::this_thread::yield();
    }
    server_.thaw();
    ASSERT_TRUE(reconnects.wait_for(1));
    EXPECT_GE(publish("c", "x"), 1);
    EXPECT_TRUE(seen.wait_for(1));
}

TEST_F(RedisSubscriber, LargePayloadsArrive) {
    Seen seen;
    const auto subscriber = start();
    ASSERT_TRUE(subscriber->subscribe("c", seen.handler()).ok());
    const std::string large(1'000'000, 'x');
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(publish("c", large), 1);
    }
    ASSERT_TRUE(seen.wait_for(5));
    EXPECT_EQ(seen.texts()[4], large);
}

}  // namespace
}  // namespace galileo::redis
