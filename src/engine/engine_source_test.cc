#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "engine/engine.h"
#include "engine/request_source.h"
#include "engine/testing/engine_fixture.h"

// Clients whose requests come from a source.

namespace galileo::engine {
namespace {

using std::chrono::milliseconds;

/// What the test puts in; shared by the test and the source.
class Basket {
  public:
    void put(Supply::State state, const std::string& path = "/") {
        Supply supply{state, nullptr};
        if (state == Supply::State::kRequest) {
            supply.request = std::make_shared<const http::RequestTemplate>(
                http::RequestTemplate::from_parameters({{"path", path}}).value());
        }
        const std::lock_guard lock(mutex_);
        supplies_.push_back(std::move(supply));
        if (wake_) {
            wake_();
        }
    }
    Supply take() {
        const std::lock_guard lock(mutex_);
        ++takes_;
        if (supplies_.empty()) {
            return {};
        }
        Supply supply = supplies_.front();
        if (supply.state != Supply::State::kEnded) {
            supplies_.pop_front();
        }
        return supply;
    }
    bool used_up() {
        const std::lock_guard lock(mutex_);
        return !supplies_.empty() && supplies_.front().state == Supply::State::kEnded;
    }
    void listen(std::function<void()> wake) {
        const std::lock_guard lock(mutex_);
        wake_ = std::move(wake);
    }
    bool listened_to() {
        const std::lock_guard lock(mutex_);
        return wake_ != nullptr;
    }
    int takes() {
        const std::lock_guard lock(mutex_);
        return takes_;
    }

  private:
    std::mutex mutex_;
    std::deque<Supply> supplies_;
    std::function<void()> wake_;
    int takes_ = 0;
};

class BasketSource final : public RequestSource {
  public:
    explicit BasketSource(std::shared_ptr<Basket> basket) : basket_(std::move(basket)) {}
    Supply take() override { return basket_->take(); }
    [[nodiscard]] bool used_up() const override { return basket_->used_up(); }
    void on_supply(std::function<void()> wake) override { basket_->listen(std::move(wake)); }

  private:
    std::shared_ptr<Basket> basket_;
};

class EngineSourceTest : public testing::EngineFixture {
  protected:
    void add_sourced(std::string id) {
        ClientSpec made = spec(std::move(id), Sends{});
        made.request = nullptr;
        made.source = std::make_unique<BasketSource>(basket_);
        ASSERT_TRUE(engine().add_client(std::move(made)).ok());
    }
    void put_requests(int count) {
        for (int i = 0; i < count; ++i) {
            basket_->put(Supply::State::kRequest, "/" + std::to_string(i));
        }
    }

    std::shared_ptr<Basket> basket_ = std::make_shared<Basket>();
};

TEST_F(EngineSourceTest, SendsWhatTheSourceGives) {
    put_requests(5);
    add_sourced("a");
    ASSERT_TRUE(engine().set_workload("a", open(burst(5))).ok());
    ASSERT_TRUE(await_finished(1));
    EXPECT_EQ(total().completed, 5U);
    EXPECT_EQ(total().failed, 0U);
    EXPECT_EQ(server_.requests(), 5U);
}

TEST_F(EngineSourceTest, AStartWaitsForItsRequestAndTheWaitIsInTheLatency) {
    add_sourced("a");
    ASSERT_TRUE(engine().set_workload("a", open(burst(3))).ok());
    ASSERT_TRUE(await([&] { return taken().waiting == 3; }));
    std::this_thread::sleep_for(milliseconds(30));  // tidy: the wait that is measured
    put_requests(3);
    ASSERT_TRUE(await_finished(1));
    const auto tally = total();
    EXPECT_EQ(tally.planned, 3U);
    EXPECT_EQ(tally.completed, 3U);
    EXPECT_EQ(tally.dropped, 0U);
    EXPECT_GE(tally.intended.min(), milliseconds(30));
    EXPECT_EQ(taken().waiting, 0U);
}

TEST_F(EngineSourceTest, ClosedModelWaitsToo) {
    add_sourced("a");
    auto workload = closed(2);
    workload.max_requests = 6;
    ASSERT_TRUE(engine().set_workload("a", std::move(workload)).ok());
    for (int i = 0; i < 6; ++i) {
        std::this_thread::sleep_for(milliseconds(2));  // tidy: so that the client starves
        put_requests(1);
    }
    ASSERT_TRUE(await_finished(1));
    EXPECT_EQ(total().completed, 6U);
    EXPECT_EQ(server_.requests(), 6U);
}

TEST_F(EngineSourceTest, TheWorkloadEndsWithTheSource) {
    put_requests(4);
    basket_->put(Supply::State::kEnded);
    add_sourced("a");
    ASSERT_TRUE(engine().set_workload("a", open(steady(1000, milliseconds(60'000), {}))).ok());
    ASSERT_TRUE(await_finished(1));
    EXPECT_EQ(total().planned, 4U);
    EXPECT_EQ(total().completed, 4U);
    EXPECT_EQ(total().dropped, 0U);

    ASSERT_TRUE(engine().set_workload("a", closed(1)).ok());  // nothing is left for this one
    ASSERT_TRUE(await_finished(2));
    EXPECT_EQ(total().planned, 4U);
}

TEST_F(EngineSourceTest, StartsBeyondAnUnforeseenEndAreDropped) {
    add_sourced("a");
    ASSERT_TRUE(engine().set_workload("a", open(burst(5))).ok());
    ASSERT_TRUE(await([&] { return taken().waiting == 5; }));
    put_requests(2);
    basket_->put(Supply::State::kEnded);
    ASSERT_TRUE(await_finished(1));
    const auto tally = total();
    EXPECT_EQ(tally.planned, 5U);
    EXPECT_EQ(tally.completed, 2U);
    EXPECT_EQ(tally.dropped, 3U);
    expect_accounts_add_up();
}

TEST_F(EngineSourceTest, ARequestThatCannotBeMadeFailsAndTheNextOneGoesOut) {
    put_requests(1);
    basket_->put(Supply::State::kBroken);
    put_requests(1);
    add_sourced("a");
    ASSERT_TRUE(engine().set_workload("a", open(burst(3))).ok());
    ASSERT_TRUE(await_finished(1));
    const auto tally = total();
    EXPECT_EQ(tally.completed, 3U);
    EXPECT_EQ(tally.failed, 1U);
    EXPECT_EQ(server_.requests(), 2U);
    EXPECT_EQ(engine().counters("a")->failed, 1U);
    expect_accounts_add_up();
}

TEST_F(EngineSourceTest, StoppingDropsWhatIsStarved) {
    add_sourced("a");
    ASSERT_TRUE(engine().set_workload("a", open(burst(3))).ok());
    ASSERT_TRUE(await([&] { return taken().waiting == 3; }));
    ASSERT_TRUE(engine().stop_workload("a").ok());
    put_requests(3);  // for the next workload
    EXPECT_EQ(total().dropped, 3U);
    EXPECT_EQ(taken().waiting, 0U);
    ASSERT_TRUE(engine().set_workload("a", open(burst(3))).ok());
    ASSERT_TRUE(await_finished(1));
    EXPECT_EQ(total().completed, 3U);
}

TEST_F(EngineSourceTest, NobodyListensToTheSourceOfARemovedClient) {
    add_sourced("a");
    ASSERT_TRUE(engine().set_workload("a", open(burst(3))).ok());
    ASSERT_TRUE(await([&] { return basket_->takes() > 0; }));
    EXPECT_TRUE(engine().remove_client("a"));
    EXPECT_FALSE(basket_->listened_to());
    put_requests(3);
    EXPECT_EQ(server_.requests(), 0U);
}

TEST_F(EngineSourceTest, StarvedClientsLeaveTheConnectionsToOthers) {
    EngineOptions options;
    options.http.max_connections = 1;
    start(options);
    add_sourced("starved");
    add("fed");
    ASSERT_TRUE(engine().set_workload("starved", open(burst(10))).ok());
    ASSERT_TRUE(await([&] { return taken().waiting == 10; }));
    ASSERT_TRUE(engine().set_workload("fed", open(burst(10))).ok());
    ASSERT_TRUE(await_finished(1));
    EXPECT_EQ(server_.requests(), 10U);
    put_requests(10);
    ASSERT_TRUE(await_finished(2));
    EXPECT_EQ(total().completed, 20U);
    expect_accounts_add_up();
}

TEST_F(EngineSourceTest, EitherARequestOrASource) {
    ClientSpec both = spec("a", Sends{});
    both.source = std::make_unique<BasketSource>(basket_);
    EXPECT_FALSE(engine().add_client(std::move(both)).ok());
    ClientSpec none = spec("a", Sends{});
    none.request = nullptr;
    EXPECT_FALSE(engine().add_client(std::move(none)).ok());
}

}  // namespace
}  // namespace galileo::engine
