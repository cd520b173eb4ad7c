#include "recorder/message_queue.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace galileo::recorder {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

RecordedMessage line(std::string payload) {
    return {MessageKind::kTrace, {}, std::move(payload)};
}

TEST(MessageQueue, GivesAllInOrderOfArrival) {
    MessageQueue queue({});
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(queue.push(line(std::to_string(i))), MessageQueue::Pushed::kQueued);
    }
    const auto taken = queue.take(milliseconds(0));
    ASSERT_EQ(taken.size(), 3U);
    EXPECT_EQ(taken[0].payload, "0");
    EXPECT_EQ(taken[2].payload, "2");
    EXPECT_TRUE(queue.take(milliseconds(0)).empty());
}

TEST(MessageQueue, RefusesWhatItsMemoryDoesNotHold) {
    MessageQueue queue({.bytes = 1'000, .batch = 5'000});
    EXPECT_EQ(queue.push(line(std::string(800, 'x'))), MessageQueue::Pushed::kQueued);
    EXPECT_EQ(queue.push(line(std::string(300, 'x'))), MessageQueue::Pushed::kFull);
    EXPECT_EQ(queue.take(milliseconds(0)).size(), 1U);
    EXPECT_EQ(queue.push(line(std::string(300, 'x'))), MessageQueue::Pushed::kQueued);
}

TEST(MessageQueue, AWholeBatchWakesTheTaker) {
    MessageQueue queue({.batch = 2});
    std::thread pusher([&] {
        queue.push(line("a"));
        queue.push(line("b"));
    });
    EXPECT_EQ(queue.take(hours(1)).size(), 2U);
    pusher.join();
}

TEST(MessageQueue, ClosingWakesTheTakerAndKeepsWhatWaits) {
    MessageQueue queue({});
    queue.push(line("a"));
    EXPECT_FALSE(queue.closed());
    std::thread closer([&] { queue.close(); });
    EXPECT_EQ(queue.take(hours(1)).size(), 1U);
    closer.join();
    EXPECT_TRUE(queue.closed());
    EXPECT_TRUE(queue.take(hours(1)).empty());
}

}  // namespace
}  // namespace galileo::recorder
