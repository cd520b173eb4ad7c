#include "report/experiment_view.h"

#include <gmock/gmock.h>

#include <cmath>

#include "base/clock.h"
#include "store/sqlite/sqlite_store.h"

namespace galileo::report {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr double kStart = 1'795'487'324;

model::Experiment sample_experiment() {
    return {.id = "202611240228-133d",
            .name = "night",
            .creator = "me",
            .start = kStart,
            .end = kStart + 308.4,
            .created = kStart - 1,
            .status = "FINISHED"};
}

TEST(ExperimentsText, HasALineForEach) {
    model::Experiment bare;
    bare.id = "x";
    bare.status = "QUEUED";
    const std::vector<model::Experiment> both = {sample_experiment(), bare};
    const std::string start = base::format_local_time(base::from_epoch_seconds(kStart));
    EXPECT_EQ(experiments_text(both, {}),
              " ID                 NAME   CREATOR  STATUS    START                DURATION\n"
              " 202611240228-133d  night  me       FINISHED  " +
                  start +
                  "      5:08\n"
                  " x                  –      –        QUEUED    –                           –\n");
}

TEST(ExperimentsText, CutsNamesButNotIdsAndSurvivesForeignRows) {
    model::Experiment odd = sample_experiment();
    odd.id = std::string(100, 'i');
    odd.name = "\x1b[2J" + std::string(100, 'n');
    odd.start = 1e300;
    odd.end = NAN;
    const std::string text = experiments_text(std::span(&odd, 1), {});
    EXPECT_THAT(text, AllOf(HasSubstr(odd.id), HasSubstr("?[2Jnnn"), HasSubstr("n…")));
}

TEST(ExperimentDetails, CountWhatWasRecorded) {
    store::sqlite::SqliteOptions options;
    options.path = ":memory:";
    const auto store = store::sqlite::SqliteStore::open(options).value();
    ASSERT_TRUE(store->save(sample_experiment()).ok());
    model::Trace good;
    good.status = 200;
    good.server = "node-a:80";
    model::Trace lost;
    const std::vector<model::Trace> traces = {good, good, lost};
    ASSERT_TRUE(store->add_traces(traces, sample_experiment().id).ok());
    const std::vector<model::TelemetryPoint> points = {{1, "n1", "cpu", std::nullopt, 5},
                                                       {2, "n1", "cpu", std::nullopt, 6},
                                                       {1, "n1", "rd", "sda", 7}};
    ASSERT_TRUE(store->add_telemetry(sample_experiment().id, points).ok());
    const std::vector<model::Event> events = {{1, "begin", std::nullopt}};
    ASSERT_TRUE(store->add_events(sample_experiment().id, events).ok());
    ASSERT_TRUE(store->save_metadata(sample_experiment().id, {{"variant", "a"}}).ok());

    const auto details = read_details(*store, sample_experiment()).value();
    const std::string text = details_text(details, {});
    EXPECT_THAT(text, HasSubstr(" experiment  202611240228-133d\n"));
    EXPECT_THAT(text, HasSubstr(" metadata\n   {\n     \"variant\": \"a\"\n   }\n"));
    EXPECT_THAT(text, HasSubstr(" traces      3, 1 failed (33.3 %)\n"
                                "   HOST       TRACES  FAILED\n"
                                "   (no host)       1       1\n"
                                "   node-a:80       2       0\n"));
    EXPECT_THAT(text, HasSubstr(" telemetry   3\n"
                                "   NODE  METRIC  ROWS\n"
                                "   n1    cpu        2\n"));
    EXPECT_THAT(text, HasSubstr(" nodeinfo    0\n"));
    const auto json = details_json(details);
    EXPECT_EQ(json["traces"], model::Json::parse(R"({"total": 3, "failed": 1, "hosts": [
        {"host": null, "traces": 1, "failed": 1}, {"host": "node-a:80", "traces": 2, "failed": 0}]})"));
    EXPECT_EQ(json["events"],
              model::Json::parse(R"({"rows": 1, "names": [{"name": "begin", "rows": 1}]})"));
    EXPECT_EQ(json["metadata"], model::Json::parse(R"({"variant": "a"})"));
}

TEST(ExperimentDetails, SayThatNothingWasRecorded) {
    ExperimentDetails details;
    details.experiment = sample_experiment();
    EXPECT_THAT(details_text(details, {}),
                AllOf(HasSubstr(" metadata    none\n"), HasSubstr(" traces      0\n")));
    EXPECT_TRUE(details_json(details)["metadata"].is_null());
}

}  // namespace
}  // namespace galileo::report
