#include "cli/program.h"

#include <gmock/gmock.h>

#include <sstream>

#include "base/log.h"
#include "cli/help.h"

namespace galileo::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

struct Outcome {
    int code = 0;
    std::string out;
    std::string err;
};

Outcome run(const std::vector<std::string>& arguments, base::Environment environment = {}) {
    std::ostringstream out;
    std::ostringstream err;
    Context context{environment, out, err};
    const ExitCode code = run_program(all_commands(), arguments, context);
    return {static_cast<int>(code), out.str(), err.str()};
}

TEST(Program, PrintsItsVersion) {
    EXPECT_THAT(run({"--version"}).out, StartsWith("galileo " GALILEO_VERSION));
    EXPECT_EQ(run({"-V"}).code, 0);
}

TEST(Program, ShowsTheOverviewOnStdoutWhenAsked) {
    const Outcome outcome = run({"--help"});
    EXPECT_EQ(outcome.code, 0);
    EXPECT_THAT(outcome.err, IsEmpty());
    EXPECT_THAT(outcome.out,
                AllOf(HasSubstr("Usage:"), HasSubstr("  target "), HasSubstr("  doctor "),
                      HasSubstr("Environment:"), HasSubstr("Exit codes:"), HasSubstr("Examples:")));
    EXPECT_EQ(run({"help"}).out, outcome.out);
}

TEST(Program, ShowsTheOverviewOnStderrWithoutACommand) {
    const Outcome outcome = run({});
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.err, HasSubstr("Usage:"));
}

TEST(Program, TakesTheDebugFlagsOfTheOriginal) {
    EXPECT_EQ(run({"--no-debug", "--version"}).out, "galileo " GALILEO_VERSION "\n");
    EXPECT_EQ(run({"--debug", "--version"}).out, "Debug mode is on\ngalileo " GALILEO_VERSION "\n");
    base::set_log_level(base::LogLevel::kWarn);
}

TEST(Program, SuggestsTheNearestCommand) {
    const Outcome outcome = run({"targte"});
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.err,
                StartsWith("galileo: unknown command 'targte'; did you mean 'target'?\n"));
    EXPECT_THAT(run({"xyzzy"}).err, StartsWith("galileo: unknown command 'xyzzy'\n"));
    EXPECT_THAT(run({"--targte"}).err, StartsWith("galileo: unknown flag '--targte'"));
    EXPECT_THAT(run({"help", "docter"}).err, HasSubstr("did you mean 'doctor'?"));
}

TEST(Program, SuggestsTheNearestFlag) {
    const Outcome outcome = run({"target", "--latnecy", "20ms"});
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(
        outcome.err,
        StartsWith("galileo: target: unknown flag '--latnecy'; did you mean '--latency'?\n"));
    EXPECT_THAT(outcome.err, HasSubstr("Try 'galileo target --help'."));
    EXPECT_THAT(run({"target", "stray"}).err, HasSubstr("unexpected argument 'stray'"));
}

TEST(Program, NamesTheFlagWhoseValueIsWrong) {
    const Outcome outcome = run({"target", "--latency", "fast"});
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.err, HasSubstr("--latency: delay 'fast'"));
    EXPECT_THAT(run({"target", "--port", "70000"}).err,
                HasSubstr("--port: '70000' is not a whole number from 0 to 65535"));
    EXPECT_EQ(run({"target", "--port"}).code, 2);
}

TEST(Program, RefusesAWrongLogLevelInTheEnvironment) {
    const Outcome outcome =
        run({"--version"},
            base::Environment(base::Environment::Map{{"galileo_logging_level", "LOUD"}}));
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.err, HasSubstr("galileo_logging_level: 'LOUD'"));
}

TEST(Program, ShowsThePageOfEveryCommand) {
    for (const auto& command : all_commands()) {
        const std::string name = command->manual().name;
        const Outcome outcome = run({name, "--help"});
        EXPECT_EQ(outcome.code, 0);
        EXPECT_THAT(outcome.err, IsEmpty());
        EXPECT_THAT(outcome.out, StartsWith("galileo " + name + " - "));
        EXPECT_EQ(run({"help", name}).out, outcome.out);
    }
}

}  // namespace
}  // namespace galileo::cli
