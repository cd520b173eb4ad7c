#include "worker/command_queue.h"

#include <gtest/gtest.h>

#include <vector>

namespace galileo::worker {
namespace {

TEST(CommandQueue, RunsEverythingInOrderBeforeItStops) {
    std::vector<int> ran;
    CommandQueue queue;
    for (int number = 0; number < 1'000; ++number) {
        queue.post([&ran, number] { ran.push_back(number); });
    }
    queue.stop();
    ASSERT_EQ(ran.size(), 1'000U);
    for (int number = 0; number < 1'000; ++number) {
        EXPECT_EQ(ran[static_cast<std::size_t>(number)], number);
    }
}

TEST(CommandQueue, IgnoresWhatIsPostedAfterTheEnd) {
    bool ran = false;
    CommandQueue queue;
    queue.stop();
    queue.post([&ran] { ran = true; });
    queue.stop();
    EXPECT_FALSE(ran);
}

TEST(CommandQueue, LetsACommandPostAnother) {
    bool ran = false;
    CommandQueue queue;
    queue.post([&] { queue.post([&ran] { ran = true; }); });
    while (!ran) {
        std::this_thread::yield();
    }
    queue.stop();
}

}  // namespace
}  // namespace galileo::worker
