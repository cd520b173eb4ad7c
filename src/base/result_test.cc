#include "base/result.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>

namespace galileo::base {
namespace {

Result<int> half(int number) {
    if (number % 2 != 0) {
        return Error(ErrorCode::kInvalidInput, "odd");
    }
    return number / 2;
}

Result<std::string> quarter(int number) {
    const int once = TRY_WITHIN("first", half(number));
    const int twice = TRY_WITHIN("second", half(once));
    return std::to_string(twice);
}

TEST(Result, CarriesTheValueThroughTry) {
    EXPECT_EQ(quarter(8).value(), "2");
}

TEST(Result, ReturnsTheErrorWithItsContext) {
    const auto result = quarter(6);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code(), ErrorCode::kInvalidInput);
    EXPECT_EQ(result.error().message(), "second: odd");
}

TEST(Result, TriesInsideTries) {
    const auto eighth = [](int number) -> Result<int> {
        return TRY(half(TRY(half(TRY(half(number))))));
    };
    EXPECT_EQ(eighth(16).value(), 2);
    EXPECT_FALSE(eighth(12).ok());
}

TEST(Result, HoldsMoveOnlyValues) {
    Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
    const std::unique_ptr<int> taken = std::move(result).value();
    EXPECT_EQ(*taken, 7);
}

TEST(Result, FallsBackWhenThereIsNoValue) {
    EXPECT_EQ(half(3).value_or(-1), -1);
}

TEST(ErrnoError, ChoosesTheCodeByWhatTheCallerCanDo) {
    EXPECT_EQ(errno_error(ENOSPC, "write").code(), ErrorCode::kExhausted);
    EXPECT_EQ(errno_error(ECONNREFUSED, "connect").code(), ErrorCode::kUnavailable);
    EXPECT_EQ(errno_error(ENOENT, "open x").message(), "open x: No such file or directory");
}

}  // namespace
}  // namespace galileo::base
