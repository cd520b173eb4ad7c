#include "engine/pace.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "base/testing/fake_clock.h"

namespace galileo::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

class ListedArrivals final : public pacing::Arrivals {
  public:
    explicit ListedArrivals(std::vector<nanoseconds> offsets) : offsets_(std::move(offsets)) {}
    std::optional<nanoseconds> next() override {
        return next_ < offsets_.size() ? std::optional(offsets_[next_++]) : std::nullopt;
    }

  private:
    std::vector<nanoseconds> offsets_;
    std::size_t next_ = 0;
};

class PaceTest : public ::testing::Test {
  protected:
    ClientWorkload open(std::vector<nanoseconds> offsets) const {
        ClientWorkload workload;
        workload.arrivals = std::make_unique<ListedArrivals>(std::move(offsets));
        workload.start = start_;
        return workload;
    }
    ClientWorkload closed(unsigned in_flight) const {
        ClientWorkload workload;
        workload.in_flight = in_flight;
        workload.start = start_;
        return workload;
    }
    base::MonotonicTime now() const { return clock_.monotonic(); }

    base::testing::FakeClock clock_;
    const base::MonotonicTime start_ = clock_.monotonic();
};

TEST_F(PaceTest, OpenModelGivesTheIntendedStartsWhateverTheTimeIs) {
    Pace pace(open({milliseconds(1), milliseconds(2), milliseconds(5)}), now());
    EXPECT_EQ(pace.due(), start_ + milliseconds(1));
    EXPECT_FALSE(pace.take(now()));
    clock_.advance(milliseconds(3));
    EXPECT_EQ(pace.take(now()), start_ + milliseconds(1));
    EXPECT_EQ(pace.take(now()), start_ + milliseconds(2));
    EXPECT_FALSE(pace.take(now()));
    EXPECT_EQ(pace.due(), start_ + milliseconds(5));
}

TEST_F(PaceTest, OpenModelDoesNotWaitForAnswers) {
    Pace pace(open({nanoseconds(0), nanoseconds(0), nanoseconds(0)}), now());
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(pace.take(now()));
    }
    EXPECT_EQ(pace.outstanding(), 3U);
    EXPECT_FALSE(pace.settle(now(), Outcome::kAnswered));
}

TEST_F(PaceTest, OpenModelFinishesWithItsLastAnswer) {
    Pace pace(open({nanoseconds(0)}), now());
    EXPECT_FALSE(pace.finished());
    pace.take(now());
    EXPECT_TRUE(pace.ended(now()));
    EXPECT_FALSE(pace.finished());
    pace.settle(now(), Outcome::kNotReached);
    EXPECT_TRUE(pace.finished());
}

TEST_F(PaceTest, OpenModelGeneratesNothingAtOrAfterTheEnd) {
    auto workload = open({milliseconds(1), milliseconds(2), milliseconds(3)});
    workload.end = start_ + milliseconds(2);
    Pace pace(std::move(workload), now());
    clock_.advance(seconds(1));
    EXPECT_EQ(pace.take(now()), start_ + milliseconds(1));
    EXPECT_FALSE(pace.take(now()));
    EXPECT_TRUE(pace.ended(now()));
}

TEST_F(PaceTest, OpenModelEndsAfterTheMostRequests) {
    auto workload = open({nanoseconds(0), nanoseconds(0), nanoseconds(0)});
    workload.max_requests = 2;
    Pace pace(std::move(workload), now());
    EXPECT_TRUE(pace.take(now()));
    EXPECT_TRUE(pace.take(now()));
    EXPECT_FALSE(pace.take(now()));
}

TEST_F(PaceTest, AWorkloadWithoutAnyRequestIsFinishedAtOnce) {
    EXPECT_TRUE(Pace(open({}), now()).finished());
    auto none = closed(1);
    none.max_requests = 0;
    EXPECT_TRUE(Pace(std::move(none), now()).finished());
    auto over = closed(1);
    over.end = start_;
    EXPECT_TRUE(Pace(std::move(over), now()).finished());
}

TEST_F(PaceTest, ArrivalsFarBeyondTheClockAreNeverDue) {
    Pace pace(open({nanoseconds::max()}), now());
    clock_.advance(std::chrono::hours(24));
    EXPECT_FALSE(pace.take(now()));
}

TEST_F(PaceTest, ClosedModelStartsAllItsSlotsAtTheStart) {
    auto workload = closed(3);
    workload.start = start_ + milliseconds(5);
    Pace pace(std::move(workload), now());
    EXPECT_FALSE(pace.take(now()));
    clock_.advance(milliseconds(6));
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(pace.take(now()), start_ + milliseconds(5));
    }
    EXPECT_FALSE(pace.take(now()));
    EXPECT_FALSE(pace.due());
    EXPECT_FALSE(pace.finished());
}

TEST_F(PaceTest, ClosedModelStartsTheNextRequestWhenOneIsAnswered) {
    Pace pace(closed(1), now());
    pace.take(now());
    clock_.advance(milliseconds(7));
    EXPECT_EQ(pace.settle(now(), Outcome::kAnswered), now());
    EXPECT_EQ(pace.outstanding(), 1U);
}

TEST_F(PaceTest, ClosedModelStartedInThePastCountsFromNow) {
    clock_.advance(seconds(5));
    Pace pace(closed(1), now());
    EXPECT_EQ(pace.take(now()), now());
}

TEST_F(PaceTest, ClosedModelEndsWithTheTimeOrTheMostRequests) {
    auto timed = closed(1);
    timed.end = start_ + milliseconds(10);
    Pace until(std::move(timed), now());
    until.take(now());
    clock_.advance(milliseconds(10));
    EXPECT_FALSE(until.settle(now(), Outcome::kAnswered));
    EXPECT_TRUE(until.finished());

    auto counted = closed(2);
    counted.max_requests = 3;
    Pace count(std::move(counted), now());
    EXPECT_TRUE(count.take(now()));
    EXPECT_TRUE(count.take(now()));
    EXPECT_TRUE(count.settle(now(), Outcome::kAnswered));
    EXPECT_FALSE(count.settle(now(), Outcome::kAnswered));
    EXPECT_FALSE(count.finished());
    EXPECT_FALSE(count.settle(now(), Outcome::kAnswered));
    EXPECT_TRUE(count.finished());
}

TEST_F(PaceTest, ClosedModelPausesLongerAndLongerWhileNothingIsReached) {
    Pace pace(closed(1), now());
    std::vector<nanoseconds> pauses;
    for (int i = 0; i < 9; ++i) {
        ASSERT_TRUE(pace.take(now()));
        EXPECT_FALSE(pace.settle(now(), Outcome::kNotReached));
        EXPECT_FALSE(pace.take(now()));
        pauses.push_back(*pace.due() - now());
        clock_.advance(pauses.back());
    }
    EXPECT_EQ(pauses.front(), milliseconds(1));
    EXPECT_EQ(pauses[1], milliseconds(2));
    EXPECT_EQ(pauses[6], milliseconds(64));
    EXPECT_EQ(pauses[7], milliseconds(100));
    EXPECT_EQ(pauses[8], milliseconds(100));

    ASSERT_TRUE(pace.take(now()));
    EXPECT_TRUE(pace.settle(now(), Outcome::kAnswered));
    EXPECT_FALSE(pace.settle(now(), Outcome::kNotReached));
    EXPECT_EQ(*pace.due() - now(), milliseconds(1));
}

TEST_F(PaceTest, SlotsThatFailTogetherPauseTogether) {
    Pace pace(closed(64), now());
    while (pace.take(now())) {
    }
    EXPECT_EQ(pace.outstanding(), 64U);
    for (int i = 0; i < 64; ++i) {
        pace.settle(now(), Outcome::kNotReached);
    }
    clock_.advance(milliseconds(1));
    int started = 0;
    while (pace.take(now())) {
        ++started;
    }
    EXPECT_EQ(started, 64);
    pace.settle(now(), Outcome::kNotReached);
    EXPECT_EQ(*pace.due() - now(), milliseconds(2));
}

// A request without route fails inside the call that starts it.
TEST_F(PaceTest, SlotsThatFailOneAfterTheOtherPauseTogetherToo) {
    Pace pace(closed(3), now());
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(pace.take(now()));
        pace.settle(now(), Outcome::kNotReached);
    }
    EXPECT_FALSE(pace.take(now()));
    EXPECT_EQ(*pace.due() - now(), milliseconds(1));
    clock_.advance(milliseconds(1));
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(pace.take(now()));
        pace.settle(now(), Outcome::kNotReached);
    }
    EXPECT_FALSE(pace.take(now()));
    EXPECT_EQ(*pace.due() - now(), milliseconds(2));
}

TEST_F(PaceTest, APauseThatLastsBeyondTheEndFinishesTheWorkload) {
    auto workload = closed(1);
    workload.end = start_ + nanoseconds(500);
    Pace pace(std::move(workload), now());
    pace.take(now());
    EXPECT_FALSE(pace.settle(now(), Outcome::kNotReached));
    EXPECT_TRUE(pace.finished());
}

TEST_F(PaceTest, AnswersWithoutNetworkAreAMillisecondApart) {
    Pace pace(closed(1), now());
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(pace.take(now()));
        pace.settle(now(), Outcome::kNoNetwork);
        EXPECT_EQ(*pace.due() - now(), milliseconds(1));
        clock_.advance(milliseconds(1));
    }
}

}  // namespace
}  // namespace galileo::engine
