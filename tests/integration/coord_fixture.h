#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "redis/client.h"
#include "redis/subscriber.h"
#include "redis/testing/redis_server.h"

namespace galileo::coord {

/// A Redis of its own, a client and a subscriber that returns quickly after a loss.
class CoordTest : public ::testing::Test {
  protected:
    void SetUp() override {
        auto opened = redis::Client::open(server_.options(), clock_);
        ASSERT_TRUE(opened.ok()) << opened.error().message();
        client_ = std::move(opened).value();
        subscriber_ = start_subscriber();
    }

    std::unique_ptr<redis::Subscriber> start_subscriber() {
        auto started = redis::Subscriber::start(server_.options(), clock_,
                                                {.first_pause = std::chrono::milliseconds(5),
                                                 .longest_pause = std::chrono::milliseconds(50)});
        EXPECT_TRUE(started.ok());
        return std::move(started).value();
    }

    std::int64_t publish(std::string_view channel, std::string_view payload) {
        return client_->command({"PUBLISH", channel, payload})->integer().value();
    }
    std::int64_t integer(const redis::Command& command) {
        return client_->command(command)->integer().value();
    }
    std::string text(const redis::Command& command) {
        return client_->command(command)->text().value();
    }
    std::vector<std::string> texts(const redis::Command& command) {
        return client_->command(command)->texts().value();
    }
    void run(const redis::Command& command) {
        const auto reply = client_->command(command);
        EXPECT_TRUE(reply.ok()) << reply.error().message();
    }

    /// Waits for what other threads bring about; false after 20 s.
    static bool eventually(const std::function<bool()>& holds) {
        auto& clock = base::system_clock();
        const auto deadline = clock.monotonic() + std::chrono::seconds(20);
        while (!holds()) {
            if (clock.monotonic() > deadline) {
                return false;
            }
            std::this_thread::yield();
        }
        return true;
    }

    base::Clock& clock_ = base::system_clock();
    redis::testing::RedisServer server_;
    std::unique_ptr<redis::Client> client_;
    std::unique_ptr<redis::Subscriber> subscriber_;
};

/// What Redis executes meanwhile, by its MONITOR: each command as `VERB arg arg`, the arguments
/// unescaped where they are plain.
class Monitor {
  public:
    explicit Monitor(const redis::RedisOptions& options)
        : connection_(redis::Connection::open(options, base::system_clock()).value()) {
        EXPECT_TRUE(connection_.command({"MONITOR"}).ok());
    }

    /// Everything up to now; runs a marker command through `client` to know where that is.
    std::vector<std::string> take(redis::Client& client) {
        EXPECT_TRUE(client.command({"ECHO", "marker"}).ok());
        std::vector<std::string> commands;
        for (;;) {
            const auto reply =
                connection_.read(base::system_clock().monotonic() + std::chrono::seconds(10));
            EXPECT_TRUE(reply.ok());
            if (!reply.ok()) {
                return commands;
            }
            // `1795487318.123456 [0 unix:/path] "VERB" "arg"`
            auto line = std::string(reply->view().substr(reply->view().find("] ") + 2));
            std::erase(line, '"');
            if (line == "ECHO marker") {
                return commands;
            }
            commands.push_back(std::move(line));
        }
    }

  private:
    redis::Connection connection_;
};

}  // namespace galileo::coord
