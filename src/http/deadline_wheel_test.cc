#include "http/deadline_wheel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/random.h"

namespace galileo::http {
namespace {

using base::MonotonicTime;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

struct Item final : DeadlineWheel::Entry {};

const MonotonicTime kStart(std::chrono::hours(100));

TEST(DeadlineWheel, ReportsNeitherEarlyNorMoreThanASlotLate) {
    DeadlineWheel wheel(kStart);
    Item item;
    EXPECT_EQ(wheel.next(), DeadlineWheel::kNever);
    const MonotonicTime deadline = kStart + milliseconds(10) + nanoseconds(1);
    EXPECT_TRUE(wheel.set(item, deadline, kStart));
    EXPECT_GE(wheel.next(), deadline);
    EXPECT_LT(wheel.next(), deadline + DeadlineWheel::kSlot);
    EXPECT_EQ(wheel.due(deadline - nanoseconds(1)), nullptr);
    EXPECT_EQ(wheel.due(wheel.next()), &item);
    EXPECT_EQ(wheel.due(deadline + milliseconds(100)), nullptr);
    EXPECT_EQ(wheel.next(), DeadlineWheel::kNever);
}

TEST(DeadlineWheel, ADeadlineThatMovesLaterIsMetThen) {
    DeadlineWheel wheel(kStart);
    Item item;
    wheel.set(item, kStart + milliseconds(10), kStart);
    EXPECT_FALSE(wheel.set(item, kStart + milliseconds(30), kStart));
    EXPECT_EQ(wheel.due(kStart + milliseconds(20)), nullptr);
    EXPECT_EQ(wheel.due(kStart + milliseconds(34)), &item);
}

TEST(DeadlineWheel, AClearedOrRemovedEntryIsNotReported) {
    DeadlineWheel wheel(kStart);
    Item cleared;
    Item removed;
    wheel.set(cleared, kStart + milliseconds(10), kStart);
    wheel.set(removed, kStart + milliseconds(10), kStart);
    wheel.set(cleared, DeadlineWheel::kNever, kStart);
    wheel.remove(removed);
    EXPECT_EQ(wheel.due(kStart + milliseconds(100)), nullptr);
}

TEST(DeadlineWheel, FarDeadlinesAreMetThoughTheyExceedARound) {
    DeadlineWheel wheel(kStart);
    Item item;
    const MonotonicTime deadline = kStart + std::chrono::minutes(1);
    wheel.set(item, deadline, kStart);
    MonotonicTime now = kStart;
    int looks = 0;
    while (true) {
        now = wheel.next();
        ASSERT_NE(now, DeadlineWheel::kNever);
        if (wheel.due(now) == &item) {
            break;
        }
        ++looks;
    }
    EXPECT_GE(now, deadline);
    EXPECT_LT(now, deadline + DeadlineWheel::kSlot);
    EXPECT_LT(looks, 100);
}

TEST(DeadlineWheel, ManyEntriesChangedAtRandomAreAllMetInTime) {
    DeadlineWheel wheel(kStart);
    base::Rng rng(5);
    std::vector<Item> items(300);
    std::vector<MonotonicTime> deadlines(items.size(), DeadlineWheel::kNever);
    MonotonicTime now = kStart;
    MonotonicTime armed = DeadlineWheel::kNever;  // what a timer would be set to
    for (int step = 0; step < 20'000; ++step) {
        const auto i = static_cast<std::size_t>(rng.below(items.size()));
        deadlines[i] =
            rng.below(4) == 0
                ? DeadlineWheel::kNever
                : now + nanoseconds(rng.below(rng.below(2) == 0 ? 50'000'000 : 5'000'000'000));
        if (wheel.set(items[i], deadlines[i], now)) {
            armed = wheel.next();
        }
        now += nanoseconds(rng.below(rng.below(100) == 0 ? 3'000'000'000 : 3'000'000));
        if (armed > now) {
            for (const MonotonicTime deadline : deadlines) {
                ASSERT_GT(deadline, now - DeadlineWheel::kSlot);
            }
            continue;
        }
        while (DeadlineWheel::Entry* entry = wheel.due(now)) {
            const auto k = static_cast<std::size_t>(static_cast<Item*>(entry) - items.data());
            ASSERT_LE(deadlines[k], now);
            deadlines[k] = DeadlineWheel::kNever;
        }
        armed = wheel.next();
        for (const MonotonicTime deadline : deadlines) {
            ASSERT_GT(deadline, now - DeadlineWheel::kSlot);
        }
    }
}

}  // namespace
}  // namespace galileo::http
