#include "io/loop.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/fd.h"
#include "base/random.h"
#include "base/testing/fake_clock.h"

namespace galileo::io {
namespace {

using base::testing::FakeClock;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

class LoopTest : public ::testing::Test {
  protected:
    void turn() { loop_->turn(nanoseconds::zero()); }

    FakeClock clock_;
    std::unique_ptr<Loop> loop_ = Loop::create(clock_).release_value();
};

struct RecordingWatcher final : Watcher {
    void on_ready(Readiness readiness) override {
        ++calls;
        last = readiness;
        if (action) {
            action();
        }
    }
    int calls = 0;
    Readiness last{};
    std::function<void()> action;
};

std::array<base::UniqueFd, 2> socket_pair() {
    std::array<int, 2> ends{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    return {base::UniqueFd(ends[0]), base::UniqueFd(ends[1])};
}

TEST_F(LoopTest, TimersFireInOrderOfDeadline) {
    std::vector<int> fired;
    std::vector<std::unique_ptr<Timer>> timers;
    for (int i = 0; i < 5; ++i) {
        timers.push_back(std::make_unique<Timer>(*loop_, [&fired, i] { fired.push_back(i); }));
    }
    const std::array<int, 5> delays{30, 10, 50, 20, 40};
    for (std::size_t i = 0; i < 5; ++i) {
        timers[i]->arm(clock_.monotonic() + milliseconds(delays.at(i)));
    }
    turn();
    EXPECT_TRUE(fired.empty());
    clock_.advance(milliseconds(25));
    turn();
    EXPECT_EQ(fired, (std::vector<int>{1, 3}));
    clock_.advance(milliseconds(25));
    turn();
    EXPECT_EQ(fired, (std::vector<int>{1, 3, 0, 4, 2}));
}

TEST_F(LoopTest, ADisarmedOrDestroyedTimerDoesNotFire) {
    int fired = 0;
    Timer disarmed(*loop_, [&] { ++fired; });
    auto destroyed = std::make_unique<Timer>(*loop_, [&] { ++fired; });
    disarmed.arm(clock_.monotonic());
    destroyed->arm(clock_.monotonic());
    disarmed.disarm();
    destroyed.reset();
    EXPECT_FALSE(disarmed.armed());
    turn();
    EXPECT_EQ(fired, 0);
}

TEST_F(LoopTest, ATimerArmedForThePastByACallbackWaitsForTheNextTurn) {
    int fired = 0;
    std::unique_ptr<Timer> timer;
    timer = std::make_unique<Timer>(*loop_, [&] {
        ++fired;
        timer->arm(clock_.monotonic() - milliseconds(1));
    });
    timer->arm(clock_.monotonic());
    turn();
    EXPECT_EQ(fired, 1);
    EXPECT_TRUE(timer->armed());
    turn();
    EXPECT_EQ(fired, 2);
    timer->disarm();
    turn();
    EXPECT_EQ(fired, 2);
}

TEST_F(LoopTest, ATimerRearmedForThePastAndDisarmedInTheSamePassStaysSilent) {
    int fired = 0;
    std::unique_ptr<Timer> first;
    std::unique_ptr<Timer> second;
    first = std::make_unique<Timer>(*loop_, [&] {
        ++fired;
        second->arm(clock_.monotonic());
        second->disarm();
        first->arm(clock_.monotonic());
        first->disarm();
    });
    second = std::make_unique<Timer>(*loop_, [&] { ++fired; });
    first->arm(clock_.monotonic());
    second->arm(clock_.monotonic() + milliseconds(1));
    clock_.advance(milliseconds(2));
    turn();
    turn();
    EXPECT_EQ(fired, 1);
}

TEST_F(LoopTest, ManyTimersArmedAndDisarmedAtRandomFireExactlyWhenDue) {
    base::Rng rng(7);
    constexpr std::size_t kTimers = 200;
    std::vector<base::MonotonicTime> deadlines(kTimers);
    std::vector<bool> armed(kTimers, false);
    std::vector<std::unique_ptr<Timer>> timers;
    for (std::size_t i = 0; i < kTimers; ++i) {
        timers.push_back(std::make_unique<Timer>(*loop_, [&, i] {
            EXPECT_TRUE(armed[i]);
            EXPECT_LE(deadlines[i], clock_.monotonic());
            armed[i] = false;
        }));
    }
    for (int step = 0; step < 5'000; ++step) {
        const auto i = static_cast<std::size_t>(rng.below(kTimers));
        if (rng.below(3) == 0) {
            timers[i]->disarm();
            armed[i] = false;
        } else {
            deadlines[i] = clock_.monotonic() + nanoseconds(rng.below(1'000) + 1);
            armed[i] = true;
            timers[i]->arm(deadlines[i]);
        }
        clock_.advance(nanoseconds(rng.below(20)));
        turn();
        for (std::size_t k = 0; k < kTimers; ++k) {
            ASSERT_EQ(armed[k], timers[k]->armed());
            ASSERT_FALSE(armed[k] && deadlines[k] <= clock_.monotonic());
        }
    }
}

TEST_F(LoopTest, PostedFunctionsRunInOrderOnce) {
    std::vector<int> order;
    loop_->post([&] {
        order.push_back(1);
        loop_->post([&] { order.push_back(3); });
    });
    loop_->post([&] { order.push_back(2); });
    turn();
    EXPECT_EQ(order, (std::vector<int>{1, 2}));
    turn();
    turn();
    EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TEST_F(LoopTest, NowIsReadOnceATurn) {
    turn();
    const auto before = loop_->now();
    clock_.advance(milliseconds(5));
    EXPECT_EQ(loop_->now(), before);
    EXPECT_EQ(loop_->fresh_now(), before + milliseconds(5));
    turn();
    EXPECT_EQ(loop_->now(), before + milliseconds(5));
}

TEST_F(LoopTest, TellsReadinessOncePerEdge) {
    auto [ours, theirs] = socket_pair();
    RecordingWatcher watcher;
    ASSERT_TRUE(loop_->watch(ours.get(), watcher).ok());
    turn();
    EXPECT_TRUE(watcher.last.writable);
    const int calls = watcher.calls;
    turn();
    EXPECT_EQ(watcher.calls, calls);
    ASSERT_EQ(write(theirs.get(), "x", 1), 1);
    turn();
    EXPECT_EQ(watcher.calls, calls + 1);
    EXPECT_TRUE(watcher.last.readable);
    EXPECT_FALSE(watcher.last.hung_up);
    theirs.reset();
    turn();
    EXPECT_TRUE(watcher.last.hung_up);
    loop_->unwatch(ours.get(), watcher);
}

TEST_F(LoopTest, AnUnwatchedWatcherIsNotCalledEvenInTheSameTurn) {
    auto [first_ours, first_theirs] = socket_pair();
    auto [second_ours, second_theirs] = socket_pair();
    RecordingWatcher first;
    RecordingWatcher second;
    ASSERT_TRUE(loop_->watch(first_ours.get(), first).ok());
    ASSERT_TRUE(loop_->watch(second_ours.get(), second).ok());
    // Whichever comes first ends the other's watch.
    first.action = [&] { loop_->unwatch(second_ours.get(), second); };
    second.action = [&] { loop_->unwatch(first_ours.get(), first); };
    turn();
    EXPECT_EQ(first.calls + second.calls, 1);
    turn();
    EXPECT_EQ(first.calls + second.calls, 1);
}

TEST(LoopThreads, PostAndStopReachALoopThatSleeps) {
    auto loop = Loop::create(base::system_clock()).release_value();
    std::thread thread([&] { loop->run(); });
    const std::thread::id loop_thread = thread.get_id();
    std::atomic<int> ran{0};
    std::vector<std::thread> posters;
    for (int t = 0; t < 3; ++t) {
        posters.emplace_back([&] {
            for (int i = 0; i < 1'000; ++i) {
                loop->post([&] {
                    EXPECT_EQ(std::this_thread::get_id(), loop_thread);
                    ++ran;
                });
            }
        });
    }
    for (auto& poster : posters) {
        poster.join();
    }
    loop->stop();
    thread.join();
    EXPECT_EQ(ran, 3'000);
}

TEST(LoopThreads, ASleepingLoopWakesForItsTimer) {
    auto loop = Loop::create(base::system_clock()).release_value();
    const auto deadline = loop->fresh_now() + milliseconds(3);
    base::MonotonicTime fired{};
    Timer timer(*loop, [&] {
        fired = loop->fresh_now();
        loop->stop();
    });
    timer.arm(deadline);
    loop->run();
    EXPECT_GE(fired, deadline);
}

}  // namespace
}  // namespace galileo::io
