#include "worker/trace_outlet.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"

namespace galileo::worker {
namespace {

using std::chrono::milliseconds;

/// Takes, refuses or fails as it is told, and keeps what it took.
class FakeTarget final : public TraceTarget {
  public:
    enum class Mood { kTakes, kHasNoRoom, kFails, kRefuses };
    struct Seen {
        Mood mood = Mood::kTakes;
        std::vector<std::uint64_t> sequences;
        std::uint64_t asked = 0;
        std::optional<std::uint64_t> total;
    };
    explicit FakeTarget(base::Guarded<Seen>& seen) : seen_(seen) {}

    Result<std::size_t> take(std::span<const coord::SealedChunk> chunks) override {
        return seen_.with([&](Seen& seen) -> Result<std::size_t> {
            ++seen.asked;
            switch (seen.mood) {
                case Mood::kHasNoRoom:
                    return std::size_t{0};
                case Mood::kFails:
                    return Error(ErrorCode::kUnavailable, "away");
                case Mood::kRefuses:
                    return Error(ErrorCode::kInvalidInput, "never");
                case Mood::kTakes:
                    break;
            }
            seen.sequences.push_back(coord::decode_trace_chunk(chunks[0].bytes)->sequence);
            return std::size_t{1};
        });
    }
    Result<void> end(std::uint64_t total) override {
        seen_.with([&](Seen& seen) { seen.total = total; });
        return {};
    }

  private:
    base::Guarded<Seen>& seen_;
};

class TraceOutletTest : public ::testing::Test {
  protected:
    void set(FakeTarget::Mood mood) {
        seen_.with([&](auto& seen) { seen.mood = mood; });
    }
    FakeTarget::Seen seen() {
        return seen_.with([](const auto& seen) { return seen; });
    }
    void append(int traces) {
        model::TraceRow row;
        row.request_id = "a:1";
        row.client = "c";
        row.service = "s";
        for (int i = 0; i < traces; ++i) {
            outlet_.append(row);
        }
    }
    void wait_until_asked() {
        while (seen().asked == 0) {
            std::this_thread::yield();
        }
    }

    base::Guarded<FakeTarget::Seen> seen_;
    JournalSpace space_{{.directory = ::testing::TempDir(), .memory_bytes = 100'000}};
    TraceOutlet outlet_{{.name = "test", .worker = "w1", .give_up = milliseconds(50)},
                        space_,
                        std::make_unique<FakeTarget>(seen_),
                        base::system_clock()};
};

TEST_F(TraceOutletTest, BringsAllChunksInOrderAndSaysTheEnd) {
    set(FakeTarget::Mood::kHasNoRoom);
    append(100 * 1'024 + 5);
    EXPECT_FALSE(outlet_.full());
    EXPECT_GT(space_.used(), 0U);
    EXPECT_FALSE(outlet_.outcome().has_value());
    set(FakeTarget::Mood::kTakes);
    outlet_.close(TraceOutlet::Closing::kShipAll);
    const auto outcome = outlet_.wait();
    EXPECT_EQ(outcome.shipped, 100U * 1'024 + 5);
    EXPECT_EQ(outcome.given_up, 0U);
    const auto at_last = seen();
    EXPECT_EQ(at_last.total, outcome.shipped);
    ASSERT_EQ(at_last.sequences.size(), 101U);
    for (std::size_t i = 0; i < at_last.sequences.size(); ++i) {
        EXPECT_EQ(at_last.sequences[i], i + 1);
    }
    EXPECT_EQ(space_.used(), 0U);
}

TEST_F(TraceOutletTest, GivesUpOnceClosedWhenNothingIsTakenForTooLong) {
    set(FakeTarget::Mood::kFails);
    append(5'000);
    wait_until_asked();
    outlet_.close(TraceOutlet::Closing::kShipAll);
    const auto outcome = outlet_.wait();
    EXPECT_EQ(outcome.shipped, 0U);
    EXPECT_EQ(outcome.given_up, 5'000U);
    EXPECT_EQ(outcome.reason, "away");
    EXPECT_EQ(seen().total, std::nullopt) << "who waits for the rest must not think that it came";
}

TEST_F(TraceOutletTest, EndsAtOnceWhenTold) {
    set(FakeTarget::Mood::kHasNoRoom);
    append(2'000);
    wait_until_asked();
    outlet_.close(TraceOutlet::Closing::kGiveUp);
    EXPECT_EQ(outlet_.wait().given_up, 2'000U);
}

TEST_F(TraceOutletTest, LeavesOutWhatCanNeverBeTaken) {
    set(FakeTarget::Mood::kRefuses);
    append(1'024);
    while (outlet_.lost() == 0) {
        std::this_thread::yield();
    }
    set(FakeTarget::Mood::kTakes);
    append(10);
    outlet_.close(TraceOutlet::Closing::kShipAll);
    const auto outcome = outlet_.wait();
    EXPECT_EQ(outcome.shipped, 10U);
    EXPECT_EQ(outcome.given_up, 1'024U);
    EXPECT_EQ(outcome.reason, "never");
    EXPECT_EQ(outlet_.lost(), 1'024U);
}

}  // namespace
}  // namespace galileo::worker
