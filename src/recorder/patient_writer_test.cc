#include "recorder/patient_writer.h"

#include <gtest/gtest.h>

#include "base/testing/fake_clock.h"

namespace galileo::recorder {
namespace {

using std::chrono::seconds;

/// Writes that fail until told otherwise; every failure takes a second.
class PatientWriterTest : public ::testing::Test {
  protected:
    Result<store::BatchReport> write() {
        return writer_.write(
            [this]() -> Result<store::BatchReport> {
                ++tries_;
                if (failures_ > 0) {
                    --failures_;
                    return Error(code_, "away");
                }
                return store::BatchReport{.stored = 7};
            },
            [this](const Error& /*error*/) {
                clock_.advance(seconds(1));
                return --endurance_ > 0 ? PatientWriter::Retry::kAgain
                                        : PatientWriter::Retry::kGiveUp;
            });
    }

    base::testing::FakeClock clock_;
    PatientWriter writer_{clock_, seconds(120)};
    int endurance_ = 1'000;  ///< failures until the caller has had enough
    int failures_ = 0;
    int tries_ = 0;
    ErrorCode code_ = ErrorCode::kTimeout;
};

TEST_F(PatientWriterTest, RepeatsWhatMayPass) {
    failures_ = 5;
    const auto report = write();
    ASSERT_TRUE(report.ok());
    EXPECT_EQ(report->stored, 7U);
    EXPECT_EQ(tries_, 6);
}

TEST_F(PatientWriterTest, GivesUpAfterItsPatience) {
    failures_ = 1'000;
    EXPECT_EQ(write().error().code(), ErrorCode::kTimeout);
    EXPECT_EQ(tries_, 122);
}

TEST_F(PatientWriterTest, WaitsLessForAFullDisk) {
    failures_ = 1'000;
    code_ = ErrorCode::kExhausted;
    EXPECT_EQ(write().error().code(), ErrorCode::kExhausted);
    EXPECT_EQ(tries_, 12);
}

TEST_F(PatientWriterTest, GivesUpWhenItIsTold) {
    failures_ = 1'000;
    endurance_ = 3;
    EXPECT_FALSE(write().ok());
    EXPECT_EQ(tries_, 3);
}

TEST_F(PatientWriterTest, TriesOnceWhileTheTroubleLastsAndIsPatientAgainAfterwards) {
    failures_ = 1'000;
    EXPECT_FALSE(write().ok());
    tries_ = 0;
    EXPECT_FALSE(write().ok());
    EXPECT_EQ(tries_, 1);
    failures_ = 0;
    EXPECT_TRUE(write().ok());
    failures_ = 3;
    EXPECT_TRUE(write().ok());
}

TEST_F(PatientWriterTest, DoesNotRepeatWhatCannotPass) {
    failures_ = 1;
    code_ = ErrorCode::kDenied;
    EXPECT_EQ(write().error().code(), ErrorCode::kDenied);
    EXPECT_EQ(tries_, 1);
}

}  // namespace
}  // namespace galileo::recorder
