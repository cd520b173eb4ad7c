#include "cli/command_run.h"

#include <gmock/gmock.h>

#include <sstream>

#include <CLI/CLI.hpp>

#include "cli/command_dev.h"
#include "cli/command_worker.h"
#include "cli/program.h"

namespace galileo::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

RunFlags seen_run;
WorkerFlags seen_worker;
DevFlags seen_dev;

std::vector<std::unique_ptr<Command>> commands() {
    std::vector<std::unique_ptr<Command>> all;
    all.push_back(
        std::make_unique<RunCommand>([](const RunFlags& flags, Context&) -> Result<ExitCode> {
            seen_run = flags;
            return ExitCode::kSuccess;
        }));
    all.push_back(
        std::make_unique<WorkerCommand>([](const WorkerFlags& flags, Context&) -> Result<ExitCode> {
            seen_worker = flags;
            return ExitCode::kSuccess;
        }));
    all.push_back(
        std::make_unique<DevCommand>([](const DevFlags& flags, Context&) -> Result<ExitCode> {
            seen_dev = flags;
            return ExitCode::kSuccess;
        }));
    return all;
}

/// What is printed on stderr; empty on success.
std::string typed(const std::vector<std::string>& arguments) {
    const base::Environment environment;
    std::ostringstream out;
    std::ostringstream err;
    Context context{environment, out, err};
    const ExitCode code = run_program(commands(), arguments, context);
    EXPECT_EQ(code == ExitCode::kSuccess, err.str().empty()) << err.str();
    EXPECT_TRUE(code == ExitCode::kSuccess || code == ExitCode::kUsage);
    return err.str();
}

TEST(RunFlags, HoldTheShortForm) {
    ASSERT_THAT(typed({"run",
                       "--url",
                       "http://h:1/p",
                       "--rate",
                       "30/m",
                       "--duration",
                       "10s",
                       "--clients",
                       "4",
                       "--connections",
                       "100",
                       "--seed",
                       "7",
                       "--header",
                       "A: b",
                       "-H",
                       "C:d",
                       "--data",
                       "x",
                       "-X",
                       "PUT",
                       "--db",
                       "t.sqlite",
                       "--poisson",
                       "--no-keepalive",
                       "--timeout",
                       "2s",
                       "--processes",
                       "2",
                       "--threads",
                       "3",
                       "--summary",
                       "json",
                       "--progress",
                       "none",
                       "--color",
                       "never",
                       "-q",
                       "--name",
                       "n"}),
                IsEmpty());
    EXPECT_EQ(seen_run.url, "http://h:1/p");
    EXPECT_DOUBLE_EQ(seen_run.rate.value(), 0.5);
    EXPECT_EQ(seen_run.duration, std::chrono::seconds(10));
    EXPECT_EQ(seen_run.clients, 4U);
    EXPECT_EQ(seen_run.connections, 100U);
    EXPECT_EQ(seen_run.seed, 7U);
    EXPECT_THAT(seen_run.headers,
                testing::ElementsAre(testing::Pair("A", "b"), testing::Pair("C", "d")));
    EXPECT_EQ(seen_run.data, "x");
    EXPECT_EQ(seen_run.method, "PUT");
    EXPECT_EQ(seen_run.database, "t.sqlite");
    EXPECT_EQ(seen_run.arrival, Arrival::kPoisson);
    EXPECT_FALSE(seen_run.keep_alive);
    EXPECT_EQ(seen_run.timeout, std::chrono::seconds(2));
    EXPECT_EQ(seen_run.processes, 2U);
    EXPECT_EQ(seen_run.threads, 3U);
    EXPECT_EQ(seen_run.summary, SummaryForm::kJson);
    EXPECT_EQ(seen_run.progress, ProgressForm::kNone);
    EXPECT_EQ(seen_run.colour, Colour::kNever);
    EXPECT_TRUE(seen_run.quiet);
    EXPECT_EQ(seen_run.name, "n");
}

TEST(RunFlags, HoldAClosedLoop) {
    ASSERT_THAT(typed({"run", "-u", "http://h", "--max"}), IsEmpty());
    EXPECT_EQ(seen_run.model, LoadModel::kClosed);
    EXPECT_FALSE(seen_run.rate.has_value());
    EXPECT_TRUE(seen_run.keep_alive);
    EXPECT_FALSE(seen_run.duration.has_value());
}

TEST(RunFlags, HoldAFileAndWhatReplacesPartsOfIt) {
    ASSERT_THAT(typed({"run", "x.yml", "--seed", "1", "--duration", "5s", "--redis", "h:1"}),
                IsEmpty());
    EXPECT_EQ(seen_run.spec_path, "x.yml");
    EXPECT_EQ(seen_run.redis, "h:1");
}

TEST(RunFlags, RefuseWhatDoesNotGoTogether) {
    EXPECT_THAT(typed({"run"}), HasSubstr("give an experiment file, or --url"));
    EXPECT_THAT(typed({"run", "--url", "http://h"}), HasSubstr("either --rate"));
    EXPECT_THAT(typed({"run", "--url", "http://h", "--rate", "5", "--max"}),
                HasSubstr("either --rate"));
    EXPECT_THAT(typed({"run", "x.yml", "--rate", "5"}),
                HasSubstr("--rate cannot be combined with SPEC (x.yml)"));
    EXPECT_THAT(typed({"run", "--url", "http://h", "--max", "-d", "x", "--json-body", "{}"}),
                HasSubstr("not both"));
    EXPECT_THAT(typed({"run", "x.yml", "--redis", "h", "--processes", "2"}),
                HasSubstr("not with --redis"));
    EXPECT_THAT(typed({"run", "x.yml", "--duration", "0"}),
                HasSubstr("--duration must be above 0"));
    EXPECT_THAT(typed({"run", "x.yml", "y.yml"}), HasSubstr("unexpected argument 'y.yml'"));
}

TEST(RunFlags, RefuseValuesThatAreNone) {
    EXPECT_THAT(typed({"run", "--rate", "0"}), HasSubstr("--rate: '0' is not a rate above 0"));
    EXPECT_THAT(typed({"run", "--rate", "5/d"}), HasSubstr("--rate: '5/d'"));
    EXPECT_THAT(typed({"run", "--clients", "0"}), HasSubstr("--clients: '0'"));
    EXPECT_THAT(typed({"run", "--header", "novalue"}), HasSubstr("write 'Name: value'"));
    EXPECT_THAT(typed({"run", "--json-body", "{"}), HasSubstr("--json-body: "));
    EXPECT_THAT(typed({"run", "--data", "@/nowhere/at/all"}),
                HasSubstr("cannot read '/nowhere/at/all'"));
    EXPECT_THAT(typed({"run", "--summary", "xlm"}),
                HasSubstr("'xlm' is not one of text, json, none"));
}

TEST(WorkerFlags, HoldWhatIsTyped) {
    ASSERT_THAT(typed({"worker", "--name", "w1", "--threads", "2", "--trace-logging", "redis",
                       "--redis", "h"}),
                IsEmpty());
    EXPECT_EQ(seen_worker.name, "w1");
    EXPECT_EQ(seen_worker.threads, 2U);
    EXPECT_EQ(seen_worker.trace_logging, "redis");
    EXPECT_EQ(seen_worker.redis, "h");
    EXPECT_THAT(typed({"worker", "--name", "a,b"}), HasSubstr("no comma"));
    EXPECT_THAT(typed({"worker", "--trace-logging", "rdis"}), HasSubstr("did you mean 'redis'?"));
}

TEST(DevFlags, HoldWhatIsTyped) {
    ASSERT_THAT(typed({"dev", "-w", "3", "--port", "7000"}), IsEmpty());
    EXPECT_EQ(seen_dev.workers, 3U);
    EXPECT_EQ(seen_dev.port, 7000);
}

TEST(ParseRate, KnowsItsUnits) {
    EXPECT_DOUBLE_EQ(parse_rate("500").value(), 500);
    EXPECT_DOUBLE_EQ(parse_rate("0.5/s").value(), 0.5);
    EXPECT_DOUBLE_EQ(parse_rate("3600/h").value(), 1);
    for (const auto* text : {"", "/s", "-1", "1e10", "nan", "inf", "5 /s"}) {
        EXPECT_FALSE(parse_rate(text).ok()) << text;
    }
}

}  // namespace
}  // namespace galileo::cli
