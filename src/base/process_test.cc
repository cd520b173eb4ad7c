#include "base/process.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>

namespace galileo::base {
namespace {

using std::chrono::seconds;

TEST(ChildProcess, ReportsItsExitCode) {
    auto child = ChildProcess::start({.arguments = {"sh", "-c", "exit $code"},
                                      .extra_environment = {{"code", "7"}},
                                      .output_path = {}});
    ASSERT_TRUE(child.ok()) << child.error().message();
    EXPECT_EQ(child->wait(seconds(10)), 7);
}

TEST(ChildProcess, SaysWhyItCannotStart) {
    const auto child = ChildProcess::start(
        {.arguments = {"/no/such/program"}, .extra_environment = {}, .output_path = {}});
    ASSERT_FALSE(child.ok());
    EXPECT_EQ(child.error().code(), ErrorCode::kNotFound);
    EXPECT_NE(child.error().message().find("/no/such/program"), std::string::npos);
}

TEST(ChildProcess, IsKilledWhenItIgnoresTerm) {
    auto child =
        ChildProcess::start({.arguments = {"sh", "-c", "trap '' TERM; while :; do sleep 1; done"},
                             .extra_environment = {},
                             .output_path = {}});
    ASSERT_TRUE(child.ok());
    EXPECT_FALSE(child->wait(std::chrono::milliseconds(200)));
    EXPECT_EQ(child->terminate(std::chrono::milliseconds(100)), 128 + SIGKILL);
}

TEST(ChildProcess, ATerminatedChildIsGone) {
    auto child = ChildProcess::start(
        {.arguments = {"sleep", "60"}, .extra_environment = {}, .output_path = {}});
    ASSERT_TRUE(child.ok());
    const pid_t pid = child->pid();
    EXPECT_EQ(child->terminate(seconds(5)), 128 + SIGTERM);
    EXPECT_EQ(::kill(pid, 0), -1);
}

}  // namespace
}  // namespace galileo::base
