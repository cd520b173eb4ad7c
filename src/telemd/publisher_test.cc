#include "telemd/publisher.h"

#include <gtest/gtest.h>

namespace galileo::telemd {
namespace {

using namespace std::chrono_literals;

TEST(PublisherTest, PayloadsAreThoseOfTheOriginalWithTheNanosecondsPadded) {
    const auto at = [](std::chrono::nanoseconds time) { return base::WallTime(time); };
    EXPECT_EQ(sample_payload(at(1795488056s + 168946190ns), 80), "1795488056.168946190 80.000000");
    EXPECT_EQ(sample_payload(at(1795488056s + 5ms), 304049960),
              "1795488056.005000000 304049960.000000");
    EXPECT_EQ(sample_payload(at(1795488056s), -47.5), "1795488056.000000000 -47.500000");
}

}  // namespace
}  // namespace galileo::telemd
