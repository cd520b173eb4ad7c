#include "telemd/schedule.h"

#include <gmock/gmock.h>

namespace galileo::telemd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

constexpr base::MonotonicTime kStart{1000s};

TEST(ScheduleTest, EqualPeriodsFallTogether) {
    Schedule schedule({500ms, 1s, 500ms}, kStart);
    EXPECT_EQ(schedule.next(), kStart + 500ms);
    EXPECT_THAT(schedule.take(kStart + 499ms), IsEmpty());
    EXPECT_THAT(schedule.take(kStart + 501ms), ElementsAre(0, 2));
    EXPECT_EQ(schedule.next(), kStart + 1s);  // no drift
    EXPECT_THAT(schedule.take(kStart + 1s), ElementsAre(0, 1, 2));
    EXPECT_EQ(schedule.missed(), 0U);
}

TEST(ScheduleTest, WhatWasLateIsLeftOutNotMadeUpFor) {
    Schedule schedule({100ms, 10s}, kStart);
    EXPECT_THAT(schedule.take(kStart + 1050ms), ElementsAre(0));
    EXPECT_EQ(schedule.missed(), 9U);
    EXPECT_EQ(schedule.next(), kStart + 1100ms);
}

}  // namespace
}  // namespace galileo::telemd
