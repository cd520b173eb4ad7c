#include "engine/ticker.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <vector>

#include "base/testing/fake_clock.h"

namespace galileo::engine {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

struct TickerItem final : Due {
    void on_due(base::MonotonicTime now) override { served(now); }
    std::function<void(base::MonotonicTime)> served;
};

class TickerTest : public ::testing::Test {
  protected:
    TickerTest() : loop_(io::Loop::create(clock_).value()) {}
    void step(nanoseconds by) {
        clock_.advance(by);
        loop_->turn(nanoseconds(0));
    }

    base::testing::FakeClock clock_;
    std::unique_ptr<io::Loop> loop_;
};

TEST_F(TickerTest, ServesEverythingDueInDueOrder) {
    Ticker ticker(*loop_, microseconds(200));
    std::vector<int> order;
    std::vector<TickerItem> items(3);
    const std::vector<int> due = {150, 50, 100};
    for (std::size_t i = 0; i < items.size(); ++i) {
        items[i].served = [&, i](base::MonotonicTime /*now*/) {
            order.push_back(due[i]);
            ticker.remove(items[i]);
        };
        ticker.set(items[i], clock_.monotonic() + microseconds(due[i]));
    }
    step(microseconds(49));
    EXPECT_TRUE(order.empty());
    step(microseconds(1));
    EXPECT_EQ(order, (std::vector<int>{50}));
    step(microseconds(150));  // both others are due, but the quantum ends only now + 50
    step(microseconds(50));
    EXPECT_EQ(order, (std::vector<int>{50, 100, 150}));
}

TEST_F(TickerTest, LooksOncePerQuantumHoweverDenseTheSchedule) {
    Ticker ticker(*loop_, microseconds(200));
    TickerItem item;
    auto due = clock_.monotonic();
    std::vector<base::MonotonicTime> looks;
    std::size_t served = 0;
    item.served = [&](base::MonotonicTime now) {
        ++served;
        if (looks.empty() || looks.back() != now) {
            looks.push_back(now);
        }
        due += microseconds(10);
        ticker.set(item, due);
    };
    ticker.set(item, due);
    for (int i = 0; i < 1000; ++i) {
        step(microseconds(2));
    }
    EXPECT_GE(served, 180U);
    EXPECT_LE(looks.size(), 11U);
    ticker.remove(item);
}

TEST_F(TickerTest, ALateWakeUpDoesNotPutOffTheNextLook) {
    Ticker ticker(*loop_, microseconds(200));
    TickerItem item;
    auto due = clock_.monotonic();
    int looks = 0;
    base::MonotonicTime last;
    item.served = [&](base::MonotonicTime now) {
        looks += now != last ? 1 : 0;
        last = now;
        due += microseconds(10);
        ticker.set(item, due);
    };
    ticker.set(item, due);
    step(microseconds(0));
    EXPECT_EQ(looks, 1);
    step(microseconds(270));  // 70 late
    EXPECT_EQ(looks, 2);
    step(microseconds(129));
    EXPECT_EQ(looks, 2);
    step(microseconds(1));
    EXPECT_EQ(looks, 3);
    ticker.remove(item);
}

TEST_F(TickerTest, LetsTheLoopTurnBetweenLargeBatches) {
    Ticker ticker(*loop_, microseconds(200));
    TickerItem item;
    unsigned served = 0;
    const auto due = clock_.monotonic();
    item.served = [&](base::MonotonicTime /*now*/) {
        ++served;
        if (served == 1000) {
            ticker.remove(item);
        } else {
            ticker.set(item, due);
        }
    };
    ticker.set(item, due);
    unsigned turns = 0;
    while (served < 1000) {
        const unsigned before = served;
        loop_->turn(nanoseconds(0));
        ++turns;
        ASSERT_LE(served - before, Ticker::kMostPerLook);
        ASSERT_LT(turns, 100U) << "waits for the quantum though requests are due";
    }
}

TEST_F(TickerTest, AnEarlierItemWakesTheLoopEarlier) {
    Ticker ticker(*loop_, nanoseconds(0));
    TickerItem late;
    TickerItem early;
    int served = 0;
    early.served = [&](base::MonotonicTime /*now*/) {
        ++served;
        ticker.remove(early);
    };
    late.served = [&](base::MonotonicTime /*now*/) { ticker.remove(late); };
    ticker.set(late, clock_.monotonic() + microseconds(1000));
    ticker.set(early, clock_.monotonic() + microseconds(10));
    step(microseconds(10));
    EXPECT_EQ(served, 1);
    ticker.remove(late);
}

}  // namespace
}  // namespace galileo::engine
