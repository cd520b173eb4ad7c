#include "engine/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "base/random.h"
#include "base/testing/fake_clock.h"

namespace galileo::engine {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

struct Item final : Due {
    void on_due(base::MonotonicTime) override {}
    int id = 0;
};

base::MonotonicTime at(std::int64_t nanoseconds_since_epoch) {
    return base::MonotonicTime(nanoseconds(nanoseconds_since_epoch));
}

std::vector<int> drain(Schedule& schedule) {
    std::vector<int> order;
    while (!schedule.empty()) {
        auto& item = static_cast<Item&>(schedule.first());
        order.push_back(item.id);
        schedule.remove(item);
    }
    return order;
}

TEST(Schedule, GivesItemsInDueOrder) {
    Schedule schedule;
    std::vector<Item> items(5);
    const std::vector<int> due = {30, 10, 50, 20, 40};
    for (std::size_t i = 0; i < items.size(); ++i) {
        items[i].id = due[i];
        schedule.set(items[i], at(due[i]));
    }
    EXPECT_EQ(drain(schedule), (std::vector<int>{10, 20, 30, 40, 50}));
}

TEST(Schedule, MovesAnItemThatIsSetAgain) {
    Schedule schedule;
    Item a;
    Item b;
    schedule.set(a, at(10));
    schedule.set(b, at(20));
    schedule.set(a, at(30));
    EXPECT_EQ(schedule.size(), 2U);
    EXPECT_EQ(&schedule.first(), &b);
    schedule.set(a, at(5));
    EXPECT_EQ(&schedule.first(), &a);
    EXPECT_EQ(schedule.first_due(), at(5));
}

TEST(Schedule, RemovingWhatIsNotInDoesNothing) {
    Schedule schedule;
    Item a;
    schedule.remove(a);
    EXPECT_FALSE(a.scheduled());
    schedule.set(a, at(1));
    schedule.remove(a);
    schedule.remove(a);
    EXPECT_TRUE(schedule.empty());
}

TEST(Schedule, KeepsDueOrderOverRandomChanges) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE(seed);
        base::Rng rng(seed);
        Schedule schedule;
        std::vector<Item> items(200);
        std::vector<std::int64_t> due(items.size(), -1);
        for (int step = 0; step < 2000; ++step) {
            const auto index = static_cast<std::size_t>(rng.below(items.size()));
            items[index].id = static_cast<int>(index);
            if (rng.below(3) == 0) {
                schedule.remove(items[index]);
                due[index] = -1;
            } else {
                due[index] = static_cast<std::int64_t>(rng.below(500));
                schedule.set(items[index], at(due[index]));
            }
        }
        std::vector<std::int64_t> expected;
        std::copy_if(due.begin(), due.end(), std::back_inserter(expected),
                     [](std::int64_t when) { return when >= 0; });
        std::sort(expected.begin(), expected.end());
        std::vector<std::int64_t> got;
        for (const int id : drain(schedule)) {
            got.push_back(due[static_cast<std::size_t>(id)]);
        }
        EXPECT_EQ(got, expected);
    }
}

TEST(Schedule, LooksWhenSomethingIsDueButNotMoreOftenThanTheQuantum) {
    base::testing::FakeClock clock;
    Schedule schedule;
    Item item;
    const auto last_look = clock.monotonic();
    schedule.set(item, last_look + microseconds(50));
    EXPECT_EQ(schedule.next_look(last_look, microseconds(200)), last_look + microseconds(200));
    schedule.set(item, last_look + microseconds(350));
    EXPECT_EQ(schedule.next_look(last_look, microseconds(200)), last_look + microseconds(350));
}

// At a rate far above one per quantum the time from due to look is spread evenly over the quantum.
TEST(Schedule, SendErrorOfADenseScheduleIsHalfTheQuantumInTheMedian) {
    base::testing::FakeClock clock;
    const auto start = clock.monotonic();
    Schedule schedule;
    Item item;
    const nanoseconds interval = microseconds(50);
    const nanoseconds quantum = microseconds(200);
    auto due = start + interval;
    schedule.set(item, due);
    auto last_look = start;
    std::vector<nanoseconds> errors;
    while (errors.size() < 1000) {
        clock.advance(schedule.next_look(last_look, quantum) - clock.monotonic());
        last_look = clock.monotonic();
        while (schedule.first_due() <= last_look) {
            errors.push_back(last_look - due);
            due += interval;
            schedule.set(item, due);
        }
    }
    std::sort(errors.begin(), errors.end());
    EXPECT_LE(errors[500], microseconds(100));
    EXPECT_LT(errors.back(), quantum);
}

}  // namespace
}  // namespace galileo::engine
