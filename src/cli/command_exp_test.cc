#include "cli/command_exp.h"

#include <gmock/gmock.h>

#include <sstream>

#include <CLI/CLI.hpp>

#include "cli/experiment_ids.h"
#include "cli/program.h"

namespace galileo::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ExpFlags seen_exp;

/// What is printed on stderr; empty on success.
std::string typed_exp(std::vector<std::string> arguments) {
    std::vector<std::unique_ptr<Command>> commands;
    commands.push_back(
        std::make_unique<ExpCommand>([](const ExpFlags& flags, Context&) -> Result<ExitCode> {
            seen_exp = flags;
            return ExitCode::kSuccess;
        }));
    arguments.insert(arguments.begin(), "exp");
    const base::Environment environment;
    std::ostringstream out;
    std::ostringstream err;
    Context context{environment, out, err};
    run_program(commands, arguments, context);
    return err.str();
}

TEST(ExpFlags, HoldWhatIsExported) {
    ASSERT_THAT(typed_exp({"export", "x", "--table", "events", "--format", "jsonl", "--where",
                           "NAME=a b", "--where", "VALUE=", "--limit", "7", "-o", "f"}),
                IsEmpty());
    EXPECT_EQ(seen_exp.action, ExpFlags::Action::kExport);
    EXPECT_EQ(seen_exp.id, "x");
    EXPECT_EQ(seen_exp.table, report::RowTable::kEvents);
    EXPECT_EQ(seen_exp.format, report::RowFormat::kJsonLines);
    EXPECT_THAT(seen_exp.conditions, ElementsAre("NAME=a b", "VALUE="));
    EXPECT_EQ(seen_exp.rows_max, 7U);
    EXPECT_EQ(seen_exp.output, "f");
}

TEST(ExpFlags, HoldWhatIsRemovedAndWhetherToAsk) {
    ASSERT_THAT(typed_exp({"rm", "a", "b"}), IsEmpty());
    EXPECT_THAT(seen_exp.ids, ElementsAre("a", "b"));
    EXPECT_EQ(seen_exp.consent, ExpFlags::Consent::kAsk);
    ASSERT_THAT(typed_exp({"rm", "-y", "a"}), IsEmpty());
    EXPECT_EQ(seen_exp.consent, ExpFlags::Consent::kGiven);
}

TEST(ExpFlags, RefuseWhatIsMissingOrUnknown) {
    EXPECT_THAT(typed_exp({}), HasSubstr("an action is required: ls, show, rm, export"));
    EXPECT_THAT(typed_exp({"show"}), HasSubstr("ID"));
    EXPECT_THAT(typed_exp({"rm"}), HasSubstr("ID"));
    EXPECT_THAT(typed_exp({"export", "x", "--table", "trace"}), HasSubstr("did you mean 'traces'"));
    EXPECT_THAT(typed_exp({"export", "x", "--limit", "-1"}), HasSubstr("--limit"));
    EXPECT_THAT(typed_exp({"ls", "--yes"}), HasSubstr("unknown flag '--yes'"));
}

model::Experiment named(const char* id, const char* name) {
    model::Experiment experiment;
    experiment.id = id;
    experiment.name = name;
    return experiment;
}

TEST(NearIds, AreOfThatNameOrLikeIt) {
    const std::vector<model::Experiment> all = {named("202611240228-133d", "night"),
                                                named("202611240229-9f3a", "day"),
                                                named("202611240230-a01c", "night")};
    EXPECT_THAT(near_ids("night", all), ElementsAre("202611240230-a01c", "202611240228-133d"));
    EXPECT_THAT(near_ids("9f3a", all), ElementsAre("202611240229-9f3a"));
    EXPECT_THAT(near_ids("202611240228-132d", all), ElementsAre("202611240228-133d"));
    EXPECT_THAT(near_ids("2", all), IsEmpty());
    EXPECT_THAT(near_ids("2026", all).size(), 3U);
    EXPECT_EQ(no_experiment("day", all).message(),
              "there is no experiment 'day'; nearest is 202611240229-9f3a");
    EXPECT_THAT(no_experiment("zzz", all).message(), HasSubstr("last one added is 202611240230"));
    EXPECT_THAT(no_experiment("zzz", {}).message(), EndsWith("the database has none"));
}

}  // namespace
}  // namespace galileo::cli
