#include "worker/trace_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <cstdlib>
#include <filesystem>

#include "base/random.h"

namespace galileo::worker {
namespace {

using testing::HasSubstr;

constexpr std::size_t kAll = 1'000'000;

/// A directory that goes with the test.
class TraceJournalTest : public ::testing::Test {
  protected:
    TraceJournalTest() : directory_(::testing::TempDir() + "journal-XXXXXX") {
        EXPECT_NE(::mkdtemp(directory_.data()), nullptr);
    }
    ~TraceJournalTest() override {
        EXPECT_TRUE(std::filesystem::is_empty(directory_)) << "its files have no names";
        std::filesystem::remove_all(directory_);
    }
    JournalSpace::Options options(std::uint64_t limit = 1'000'000) const {
        return {.directory = directory_,
                .limit_bytes = limit,
                .memory_bytes = 1'000,
                .segment_bytes = 4'000};
    }
    /// A chunk whose bytes tell its number, of `bytes` bytes and as many traces.
    static coord::SealedChunk chunk(std::uint64_t number, std::size_t bytes = 400) {
        std::string content = std::to_string(number) + ' ';
        content.resize(bytes, static_cast<char>('a' + number % 26));
        return {content, bytes};
    }
    static void expect_number(const coord::SealedChunk& taken, std::uint64_t number) {
        EXPECT_EQ(taken.bytes, chunk(number, taken.bytes.size()).bytes);
        EXPECT_EQ(taken.traces, taken.bytes.size());
    }

    std::string directory_;
};

TEST_F(TraceJournalTest, GivesBackWhatItGotInOrderFromMemoryAndDisk) {
    JournalSpace space(options());
    TraceJournal journal(space);
    for (std::uint64_t number = 0; number < 100; ++number) {
        journal.push(chunk(number));
        EXPECT_EQ(journal.chunks_on_disk(), number < 2 ? 0 : number - 1);
    }
    EXPECT_EQ(journal.traces(), 40'000U);
    EXPECT_EQ(space.used(), 98U * 400);
    const auto taken = journal.take(kAll, kAll);
    ASSERT_EQ(taken.size(), 100U);
    for (std::uint64_t number = 0; number < 100; ++number) {
        expect_number(taken[number], number);
    }
    EXPECT_TRUE(journal.empty());
    EXPECT_EQ(journal.traces(), 0U);
    EXPECT_EQ(space.used(), 0U);
}

TEST_F(TraceJournalTest, TakesNoMoreThanItIsAskedFor) {
    JournalSpace space(options());
    TraceJournal journal(space);
    EXPECT_TRUE(journal.take(5, kAll).empty());
    for (std::uint64_t number = 0; number < 10; ++number) {
        journal.push(chunk(number));
    }
    EXPECT_EQ(journal.take(3, kAll).size(), 3U);
    EXPECT_EQ(journal.take(kAll, 401).size(), 2U);
    EXPECT_EQ(journal.take(kAll, 1).size(), 1U) << "at least one";
}

TEST_F(TraceJournalTest, GivesSpaceBackWhileItIsInUse) {
    JournalSpace space(options());
    TraceJournal journal(space);
    std::uint64_t pushed = 0;
    std::uint64_t taken = 0;
    for (; pushed < 50; ++pushed) {
        journal.push(chunk(pushed));
    }
    const auto most = space.used();
    while (pushed < 5'000) {
        journal.push(chunk(pushed++));
        for (const auto& one : journal.take(1, kAll)) {
            expect_number(one, taken++);
        }
        ASSERT_LE(space.used(), most + 2 * 4'000) << "about what waits, not all that ever did";
    }
    EXPECT_EQ(pushed - taken, 50U);
}

TEST_F(TraceJournalTest, KeepsOrderAndContentAtRandom) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        base::Rng rng(seed);
        JournalSpace space(options(20'000));
        TraceJournal journal(space);
        std::uint64_t pushed = 0;
        std::uint64_t taken = 0;
        for (int step = 0; step < 2'000; ++step) {
            if (rng.below(2) == 0 && !journal.full()) {
                journal.push(chunk(pushed++, 10 + rng.below(3'000)));
            } else {
                for (const auto& one : journal.take(1 + rng.below(4), kAll)) {
                    expect_number(one, taken++);
                }
            }
            ASSERT_LE(space.used(), 20'000U);
        }
        for (const auto& one : journal.take(kAll, kAll * kAll)) {
            expect_number(one, taken++);
        }
        EXPECT_EQ(taken, pushed) << "seed " << seed;
        EXPECT_EQ(journal.lost(), 0U);
    }
}

TEST_F(TraceJournalTest, IsFullAtItsLimitUntilSomethingIsTaken) {
    JournalSpace space(options(1'000));
    TraceJournal journal(space);
    std::uint64_t number = 0;
    while (!journal.full()) {
        journal.push(chunk(number++));
    }
    EXPECT_EQ(number, 5U) << "two in memory, two on disk, one too many";
    EXPECT_THAT(journal.trouble(), HasSubstr("has reached its limit of 1000 bytes"));
    EXPECT_EQ(journal.take(1, kAll).size(), 1U);
    EXPECT_TRUE(journal.full()) << "room in memory is for what is older than the file";
    expect_number(journal.take(1, kAll).at(0), 1);
    expect_number(journal.take(1, kAll).at(0), 2);
    expect_number(journal.take(1, kAll).at(0), 3);
    EXPECT_FALSE(journal.full());
    expect_number(journal.take(1, kAll).at(0), 4);
    EXPECT_TRUE(journal.empty());
}

TEST_F(TraceJournalTest, JournalsShareTheSpace) {
    JournalSpace space(options(800));
    {
        TraceJournal one(space);
        for (std::uint64_t number = 0; number < 4; ++number) {
            one.push(chunk(number));
        }
        EXPECT_FALSE(one.full());
        TraceJournal two(space);
        for (std::uint64_t number = 0; number < 3; ++number) {
            two.push(chunk(number));
        }
        EXPECT_TRUE(two.full());
    }
    EXPECT_EQ(space.used(), 0U);
}

TEST_F(TraceJournalTest, AFullDiskDelaysAndSpoilsNothing) {
    if (::mount("tmpfs", directory_.c_str(), "tmpfs", 0, "size=64k") != 0) {
        GTEST_SKIP() << "this test mounts a small file system, which needs root";
    }
    {
        JournalSpace space(options());
        TraceJournal journal(space);
        std::uint64_t pushed = 0;
        while (!journal.full() && pushed < 1'000) {
            journal.push(chunk(pushed++, 3'000));
        }
        EXPECT_LT(pushed, 40U);
        EXPECT_THAT(journal.trouble(), HasSubstr(directory_));
        std::uint64_t taken = 0;
        for (int round = 0; round < 200; ++round) {
            for (const auto& one : journal.take(2, kAll)) {
                expect_number(one, taken++);
            }
            while (!journal.full()) {
                journal.push(chunk(pushed++, 3'000));
            }
        }
        for (const auto& one : journal.take(kAll, kAll)) {
            expect_number(one, taken++);
        }
        EXPECT_EQ(taken, pushed);
    }
    EXPECT_EQ(::umount(directory_.c_str()), 0);
}

TEST_F(TraceJournalTest, NamesADirectoryThatIsNotThere) {
    auto elsewhere = options();
    elsewhere.directory = directory_ + "/none";
    const auto checked = JournalSpace(elsewhere).check();
    ASSERT_FALSE(checked.ok());
    EXPECT_THAT(checked.error().message(), HasSubstr(elsewhere.directory));
    JournalSpace space(elsewhere);
    TraceJournal journal(space);
    for (std::uint64_t number = 0; number < 3; ++number) {
        journal.push(chunk(number));
    }
    EXPECT_TRUE(journal.full());
    EXPECT_EQ(journal.take(kAll, kAll).size(), 3U);
}

}  // namespace
}  // namespace galileo::worker
