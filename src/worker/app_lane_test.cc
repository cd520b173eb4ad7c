#include "worker/app_lane.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

namespace galileo::worker {
namespace {

using State = engine::Supply::State;

bool has_rung(const AppBell& bell) {
    pollfd descriptor{bell.fd(), POLLIN, 0};
    return ::poll(&descriptor, 1, 0) == 1;
}

int visits(AppBell& bell) {
    int count = 0;
    bell.silence();
    bell.take([&](AppLane&) { ++count; });
    return count;
}

TEST(AppLaneTest, RingsWhenEmptyAndWhenHalfUsed) {
    AppBell bell;
    const auto lane = std::make_shared<AppLane>(bell);
    lane->set_window(4);
    EXPECT_EQ(lane->take().state, State::kLater);
    EXPECT_TRUE(lane->dry());
    EXPECT_TRUE(has_rung(bell));
    EXPECT_EQ(lane->take().state, State::kLater);
    EXPECT_EQ(visits(bell), 1);
    EXPECT_FALSE(has_rung(bell));
    for (int i = 0; i < 4; ++i) {
        lane->push({State::kRequest, nullptr});
    }
    EXPECT_FALSE(lane->dry());
    EXPECT_EQ(lane->take().state, State::kRequest);
    EXPECT_FALSE(has_rung(bell));
    EXPECT_EQ(lane->take().state, State::kRequest);
    EXPECT_TRUE(has_rung(bell));
    EXPECT_EQ(visits(bell), 1);
    EXPECT_EQ(lane->size(), 2U);
    EXPECT_EQ(lane->taken(), 2U);
}

TEST(AppLaneTest, WakesWhoeverFoundNothing) {
    AppBell bell;
    const auto lane = std::make_shared<AppLane>(bell);
    int woken = 0;
    lane->listen([&] { ++woken; });
    lane->push({State::kBroken, nullptr});
    EXPECT_EQ(woken, 0);
    EXPECT_EQ(lane->take().state, State::kBroken);
    EXPECT_EQ(lane->take().state, State::kLater);
    lane->push({State::kRequest, nullptr});
    lane->push({State::kRequest, nullptr});
    EXPECT_EQ(woken, 1);
    (void)lane->take();
    (void)lane->take();
    EXPECT_EQ(lane->take().state, State::kLater);
    lane->listen({});
    lane->end();
    EXPECT_EQ(woken, 1);
    EXPECT_TRUE(lane->used_up());
    EXPECT_EQ(lane->take().state, State::kEnded);
}

TEST(AppLaneTest, TheEndComesBehindTheLastRequest) {
    AppBell bell;
    const auto lane = std::make_shared<AppLane>(bell);
    lane->push({State::kRequest, nullptr});
    lane->end();
    EXPECT_FALSE(lane->used_up());
    EXPECT_EQ(lane->take().state, State::kRequest);
    EXPECT_TRUE(lane->used_up());
}

TEST(AppLaneTest, ASourceThatIsGoneRings) {
    AppBell bell;
    auto lane = std::make_shared<AppLane>(bell);
    {
        const AppLaneSource source(lane);
    }
    EXPECT_TRUE(lane->closed());
    EXPECT_EQ(visits(bell), 1);
    (void)lane->take();
    lane.reset();  // the bell keeps it until it is taken
    EXPECT_EQ(visits(bell), 1);
}

TEST(AppLaneTest, NothingIsLostBetweenTwoThreads) {
    constexpr std::uint64_t kRequests = 200'000;
    AppBell bell;
    const auto lane = std::make_shared<AppLane>(bell);
    lane->set_window(64);
    std::atomic<std::uint64_t> wakes{0};
    lane->listen([&] { ++wakes; });
    std::thread consumer([&] {
        std::uint64_t got = 0;
        while (true) {
            const std::uint64_t before = wakes.load();
            const auto supply = lane->take();
            if (supply.state == State::kEnded) {
                break;
            }
            if (supply.state == State::kRequest) {
                ++got;
                continue;
            }
            while (wakes.load() == before) {  // hangs when a wake-up is lost
                std::this_thread::yield();
            }
        }
        EXPECT_EQ(got, kRequests);
    });
    std::uint64_t pushed = 0;
    while (pushed < kRequests) {
        pollfd descriptor{bell.fd(), POLLIN, 0};
        ASSERT_EQ(::poll(&descriptor, 1, 20'000), 1) << "nobody rings";
        bell.silence();
        bell.take([&](AppLane& rung) {
            while (rung.size() < 64 && pushed < kRequests) {
                rung.push({State::kRequest, nullptr});
                ++pushed;
            }
        });
    }
    lane->end();
    consumer.join();
}

}  // namespace
}  // namespace galileo::worker
