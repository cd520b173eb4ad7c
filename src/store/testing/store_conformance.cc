#include "store/testing/store_conformance.h"

#include <cmath>
#include <limits>

#include "store/columns.h"

namespace galileo::store::testing {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

model::Experiment experiment(std::string id, std::string status = "QUEUED") {
    return {.id = std::move(id),
            .name = "a name",
            .creator = "somebody \"quoted\" 'twice'; -- \xC3\xBC",
            .start = 1795487318.3821054,
            .end = std::nullopt,
            .created = 1795487519.7180462,
            .status = std::move(status)};
}

model::Trace trace(int number, std::optional<std::string> exp_id = std::nullopt) {
    return {.request_id = "2205fbcccc:" + std::to_string(number),
            .client = "w1:echo:1",
            .service = "echo",
            .created = 1000.0 + number,
            .sent = 1000.25 + number,
            .done = 1000.5 + number,
            .status = 200,
            .server = "127.0.0.1:8099",
            .exp_id = std::move(exp_id),
            .headers = R"({"Server": "x, y | z"})",
            .response = "line 1\nline 2, with comma"};
}

model::Trace failed_trace(int number) {
    model::Trace failed;
    failed.request_id = "f:" + std::to_string(number);
    failed.client = "c";
    failed.service = "s";
    failed.created = 1000.0 + number;
    failed.done = 1000.5 + number;
    return failed;
}

std::vector<model::Trace> traces(int count) {
    std::vector<model::Trace> all;
    for (int i = 0; i < count; ++i) {
        all.push_back(trace(i));
    }
    return all;
}

std::vector<model::Trace> traces_of(ExperimentStore& store, std::string_view exp_id) {
    std::vector<model::Trace> found;
    const auto visited = store.for_each_trace(exp_id, [&](const model::Trace& row) {
        found.push_back(row);
        return Visit::kContinue;
    });
    EXPECT_TRUE(visited.ok()) << visited.error().message();
    return found;
}

std::vector<model::Event> events_of(ExperimentStore& store, std::string_view exp_id) {
    std::vector<model::Event> found;
    const auto visited = store.for_each_event(exp_id, [&](const model::Event& row) {
        found.push_back(row);
        return Visit::kContinue;
    });
    EXPECT_TRUE(visited.ok()) << visited.error().message();
    return found;
}

std::vector<model::TelemetryPoint> telemetry_of(ExperimentStore& store, std::string_view exp_id) {
    std::vector<model::TelemetryPoint> found;
    const auto visited = store.for_each_telemetry(exp_id, [&](const model::TelemetryPoint& row) {
        found.push_back(row);
        return Visit::kContinue;
    });
    EXPECT_TRUE(visited.ok()) << visited.error().message();
    return found;
}

#define ASSERT_OK(expression)                                         \
    do {                                                              \
        const auto assert_ok_ = (expression);                         \
        ASSERT_TRUE(assert_ok_.ok()) << assert_ok_.error().message(); \
    } while (false)

std::vector<StatisticsSecond> seconds_of(ExperimentStore& store, std::string_view exp_id) {
    std::vector<StatisticsSecond> found;
    const auto visited = store.for_each_second(exp_id, [&](const StatisticsSecond& row) {
        found.push_back(row);
        return Visit::kContinue;
    });
    EXPECT_TRUE(visited.ok()) << visited.error().message();
    return found;
}

}  // namespace

MakeEnvironment conformance_on(MakeEnvironment make) {
    return make;
}

void StoreConformance::SetUp() {
    environment_ = GetParam()();
    ASSERT_NE(environment_, nullptr);
    store_ = environment_->open();
    ASSERT_NE(store_, nullptr);
}

// The kit is linked into the tests of every room above, which have no back end to instantiate it
// for.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StoreConformance);

TEST_P(StoreConformance, ReturnsExperimentsAsTheyWereSaved) {
    const model::Experiment full = experiment("202611240231-133d");
    const model::Experiment bare{.id = "bare",
                                 .name = std::nullopt,
                                 .creator = std::nullopt,
                                 .start = std::nullopt,
                                 .end = std::nullopt,
                                 .created = std::nullopt,
                                 .status = "FAILED"};
    ASSERT_OK(store_->save(full));
    ASSERT_OK(store_->save(bare));
    EXPECT_EQ(store_->find("202611240231-133d").value(), full);
    EXPECT_EQ(store_->find("bare").value(), bare);
    EXPECT_EQ(store_->find("nosuch").value(), std::nullopt);
    EXPECT_EQ(store_->find("").value(), std::nullopt);
    EXPECT_EQ(store_->list().value(), (std::vector{full, bare}));
}

TEST_P(StoreConformance, RefusesAnIdTwice) {
    ASSERT_OK(store_->save(experiment("x")));
    const auto again = store_->save(experiment("x", "FINISHED"));
    ASSERT_FALSE(again.ok());
    EXPECT_EQ(again.error().code(), ErrorCode::kConflict);
    EXPECT_NE(again.error().message().find("experiment 'x'"), std::string::npos);
    EXPECT_EQ(store_->find("x").value()->status, "QUEUED");
}

TEST_P(StoreConformance, UpdatesEveryFieldAbsentOnesToo) {
    ASSERT_OK(store_->save(experiment("x")));
    model::Experiment changed = experiment("x", "FINISHED");
    changed.name = std::nullopt;
    changed.start = std::nullopt;
    changed.end = 1795487600.25;
    ASSERT_OK(store_->update(changed));
    EXPECT_EQ(store_->find("x").value(), changed);
    const auto missing = store_->update(experiment("nosuch"));
    ASSERT_FALSE(missing.ok());
    EXPECT_EQ(missing.error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(store_->list().value().size(), 1U);
}

TEST_P(StoreConformance, FindsTheFirstRunningExperiment) {
    EXPECT_EQ(store_->running().value(), std::nullopt);
    ASSERT_OK(store_->save(experiment("z", "FINISHED")));
    ASSERT_OK(store_->save(experiment("y", "RUNNING")));
    ASSERT_OK(store_->save(experiment("a", "RUNNING")));
    EXPECT_EQ(store_->running().value()->id, "y");
}

TEST_P(StoreConformance, RemovesEverythingOfAnExperimentAndNothingElse) {
    for (const char* id : {"gone", "kept"}) {
        ASSERT_OK(store_->save(experiment(id)));
        ASSERT_OK(store_->save_metadata(id, model::Json::object()));
        ASSERT_OK(store_->add_node_infos(id, std::vector<NodeInfo>{{"n", "arch", "amd64"}}));
        ASSERT_OK(store_->add_telemetry(
            id, std::vector<model::TelemetryPoint>{{1, "n", "cpu", std::nullopt, 5}}));
        ASSERT_OK(store_->add_events(id, std::vector<model::Event>{{1, "e", std::nullopt}}));
        ASSERT_OK(store_->add_traces(traces(3), id));
        ASSERT_OK(store_->add_statistics(id, std::vector<StatisticsSecond>{{1, "AA=="}}));
    }
    ASSERT_OK(store_->remove("gone"));
    EXPECT_EQ(store_->find("gone").value(), std::nullopt);
    EXPECT_EQ(store_->metadata("gone").value(), std::nullopt);
    EXPECT_TRUE(store_->node_infos("gone").value().empty());
    EXPECT_TRUE(telemetry_of(*store_, "gone").empty());
    EXPECT_TRUE(events_of(*store_, "gone").empty());
    EXPECT_EQ(store_->count_traces("gone").value(), 0U);
    EXPECT_TRUE(seconds_of(*store_, "gone").empty());

    EXPECT_TRUE(store_->find("kept").value().has_value());
    EXPECT_TRUE(store_->metadata("kept").value().has_value());
    EXPECT_EQ(store_->node_infos("kept").value().size(), 1U);
    EXPECT_EQ(telemetry_of(*store_, "kept").size(), 1U);
    EXPECT_EQ(events_of(*store_, "kept").size(), 1U);
    EXPECT_EQ(store_->count_traces("kept").value(), 3U);
    EXPECT_EQ(seconds_of(*store_, "kept").size(), 1U);

    const auto again = store_->remove("gone");
    ASSERT_FALSE(again.ok());
    EXPECT_EQ(again.error().code(), ErrorCode::kNotFound);
}

TEST_P(StoreConformance, RemovingAnUnknownExperimentLeavesStrayRows) {
    ASSERT_OK(store_->add_traces(traces(2), "stray"));
    ASSERT_FALSE(store_->remove("stray").ok());
    EXPECT_EQ(store_->count_traces("stray").value(), 2U);
}

TEST_P(StoreConformance, KeepsMetadataAsText) {
    const auto metadata =
        model::parse_json(R"({"k": [1, {"x": "y"}], "u": "\u00fc", "f": 1.0, "exp_id": "x"})")
            .value();
    ASSERT_OK(store_->save_metadata("x", metadata));
    EXPECT_EQ(store_->metadata("x").value(), metadata);
    ASSERT_OK(store_->save_metadata("x", model::Json::object()));
    EXPECT_EQ(store_->metadata("x").value(), model::Json::object());
    EXPECT_EQ(store_->metadata("nosuch").value(), std::nullopt);
}

TEST_P(StoreConformance, KeepsNodeInfosInOrder) {
    const std::vector<NodeInfo> infos = {{"node1", "arch", "amd64"},
                                         {"node1", "net", "eth0 ifb0"},
                                         {"node0", "labels", std::nullopt}};
    const auto report = store_->add_node_infos("x", infos);
    ASSERT_TRUE(report.ok());
    EXPECT_EQ(report->stored, 3U);
    EXPECT_EQ(store_->node_infos("x").value(), infos);
    EXPECT_TRUE(store_->node_infos("y").value().empty());
}

TEST_P(StoreConformance, LeavesOutTelemetryThatIsNoNumber) {
    const std::vector<model::TelemetryPoint> points = {
        {1795488056.168946190, "node1", "cpu", std::nullopt, 80},
        {1, "node1", "cpu", std::nullopt, kNan},
        {kNan, "node1", "cpu", std::nullopt, 1},
        {1, "node1", "cpu", std::nullopt, kInfinity},
        {2, "node1", "docker_cgrp_net", "abc/eth0/rx", -7.25},
        {3, "node1", "x", "", 0}};
    const auto report = store_->add_telemetry("x", points);
    ASSERT_TRUE(report.ok()) << report.error().message();
    EXPECT_EQ(*report, (BatchReport{.stored = 3, .refused = 3, .over_long = 0, .repaired = 0}));
    EXPECT_EQ(telemetry_of(*store_, "x"), (std::vector{points[0], points[4], points[5]}));
}

TEST_P(StoreConformance, KeepsEventsWithAndWithoutValue) {
    const std::vector<model::Event> events = {
        {1795487324.4571881, "foo", std::nullopt},
        {1795487324.4573472, "bar", "some value with spaces"},
        {-kInfinity, "bad", "x"},
        {1795487325, "baz", ""},
        {1795487326, "pod/create", R"({"podUid": ")" + std::string(5000, 'x') + "\"}"}};
    const auto report = store_->add_events("x", events);
    ASSERT_TRUE(report.ok()) << report.error().message();
    EXPECT_EQ(report->stored, 4U);
    EXPECT_EQ(report->refused, 1U);
    EXPECT_EQ(events_of(*store_, "x"), (std::vector{events[0], events[1], events[3], events[4]}));
}

TEST_P(StoreConformance, KeepsSecondsOfAnyLength) {
    const std::vector<StatisticsSecond> seconds = {
        {1795487324, "AAEC"}, {kNan, "no"}, {1795487325, std::string(200'000, 'x')}};
    const auto report = store_->add_statistics("x", seconds);
    ASSERT_TRUE(report.ok()) << report.error().message();
    EXPECT_EQ(*report, (BatchReport{.stored = 2, .refused = 1}));
    EXPECT_EQ(seconds_of(*store_, "x"), (std::vector{seconds[0], seconds[2]}));
    EXPECT_TRUE(seconds_of(*store_, "y").empty());
}

TEST_P(StoreConformance, KeepsTracesOfBatchesOfAnySize) {
    // Around the number of rows that go into one statement.
    std::vector<model::Trace> expected;
    for (const int count : {0, 1, 2, 31, 32, 33, 63, 64, 65, 100}) {
        std::vector<model::Trace> batch = traces(count);
        if (count > 1) {
            batch[1] = failed_trace(count);
        }
        const auto report = store_->add_traces(batch, "x");
        ASSERT_TRUE(report.ok()) << report.error().message();
        EXPECT_EQ(report->stored, static_cast<std::uint64_t>(count));
        for (auto& row : batch) {
            row.exp_id = "x";
            expected.push_back(row);
        }
    }
    EXPECT_EQ(store_->count_traces("x").value(), expected.size());
    EXPECT_EQ(traces_of(*store_, "x"), expected);
}

TEST_P(StoreConformance, LeavesTheTracesOwnExperimentWhenNoneIsGiven) {
    ASSERT_OK(store_->add_traces(
        std::vector<model::Trace>{trace(1, "a"), trace(2, "b"), trace(3, "a"), trace(4)},
        std::nullopt));
    EXPECT_EQ(store_->count_traces("a").value(), 2U);
    EXPECT_EQ(store_->count_traces("b").value(), 1U);
    EXPECT_EQ(traces_of(*store_, "b").front(), trace(2, "b"));
}

TEST_P(StoreConformance, LeavesOutTracesWithoutTimes) {
    std::vector<model::Trace> batch = traces(3);
    batch[1].done = kNan;
    const auto report = store_->add_traces(batch, "x");
    ASSERT_TRUE(report.ok());
    EXPECT_EQ(*report, (BatchReport{.stored = 2, .refused = 1, .over_long = 0, .repaired = 0}));
    EXPECT_EQ(store_->count_traces("x").value(), 2U);
}

TEST_P(StoreConformance, TouchesOnlyTracesOfNobodyInTheWindow) {
    ASSERT_OK(store_->add_traces(traces(10), std::nullopt));  // created 1000 to 1009
    ASSERT_OK(store_->add_traces(std::vector<model::Trace>{trace(5, "other")}, std::nullopt));
    EXPECT_EQ(store_->touch_traces("x", 1002, 1005).value(), 4U);
    EXPECT_EQ(store_->count_traces("x").value(), 4U);
    EXPECT_EQ(store_->count_traces("other").value(), 1U);
    EXPECT_EQ(store_->touch_traces("y", 1000, 1009).value(), 6U);
    EXPECT_EQ(store_->touch_traces("z", 0, 1e12).value(), 0U);
}

TEST_P(StoreConformance, CountsTracesAndFailuresPerHost) {
    std::vector<model::Trace> batch = traces(5);
    batch[0].server = "b:1";
    batch[1].server = "b:1";
    batch[1].status = 500;
    batch[2].status = 301;
    batch.push_back(failed_trace(9));
    ASSERT_OK(store_->add_traces(batch, "x"));
    ASSERT_OK(store_->add_traces(traces(5), "other"));
    EXPECT_EQ(
        store_->traces_per_host("x").value(),
        (std::vector<HostTraces>{{std::nullopt, 1, 1}, {"127.0.0.1:8099", 3, 1}, {"b:1", 2, 1}}));
    EXPECT_TRUE(store_->traces_per_host("nosuch").value().empty());
}

TEST_P(StoreConformance, StopsVisitingWhenAsked) {
    ASSERT_OK(store_->add_traces(traces(10), "x"));
    int seen = 0;
    ASSERT_OK(store_->for_each_trace(
        "x", [&](const model::Trace&) { return ++seen == 3 ? Visit::kStop : Visit::kContinue; }));
    EXPECT_EQ(seen, 3);
    ASSERT_OK(store_->add_traces(traces(1), "x"));  // the store is free again
}

TEST_P(StoreConformance, ShowsWhatAnotherHandleWrote) {
    const auto other = environment_->open();
    ASSERT_NE(other, nullptr);
    ASSERT_OK(store_->save(experiment("x")));
    ASSERT_OK(store_->add_traces(traces(3), "x"));
    EXPECT_TRUE(other->find("x").value().has_value());
    EXPECT_EQ(other->count_traces("x").value(), 3U);
    ASSERT_OK(other->add_traces(traces(2), "x"));
    EXPECT_EQ(store_->count_traces("x").value(), 5U);
}

TEST_P(StoreConformance, CountsOverLongValuesAndStoresTheirRows) {
    std::vector<model::Trace> batch = traces(3);
    batch[0].client = std::string(kClientLength + 1, 'c');
    batch[0].server = std::string(kServerLength + 1, 's');
    batch[1].response = std::string(kTextBytes + 1, 'r');
    std::string umlauts;  // as many characters as allowed, twice as many bytes
    for (std::size_t i = 0; i < kClientLength; ++i) {
        umlauts += "\xC3\xBC";
    }
    batch[2].client = umlauts;
    const auto report = store_->add_traces(batch, "x");
    ASSERT_TRUE(report.ok()) << report.error().message();
    EXPECT_EQ(*report, (BatchReport{.stored = 3, .refused = 0, .over_long = 3, .repaired = 0}));
    const auto stored = traces_of(*store_, "x");
    ASSERT_EQ(stored.size(), 3U);
    EXPECT_TRUE(stored[0].client.starts_with(std::string(kClientLength, 'c')));
    EXPECT_EQ(stored[2].client, umlauts);
}

TEST_P(StoreConformance, RepairsTextThatIsNotUtf8) {
    std::vector<model::Trace> batch = traces(2);
    batch[0].response = "caf\xE9";
    batch[1].headers = std::string("\xFF\xFE", 2);
    const auto report = store_->add_traces(batch, "x");
    ASSERT_TRUE(report.ok()) << report.error().message();
    EXPECT_EQ(*report, (BatchReport{.stored = 2, .refused = 0, .over_long = 0, .repaired = 2}));
    const auto stored = traces_of(*store_, "x");
    EXPECT_EQ(stored[0].response, "caf\xEF\xBF\xBD");
    EXPECT_EQ(stored[1].headers, "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_P(StoreConformance, KeepsTextOfEveryShape) {
    std::vector<model::Trace> batch = traces(3);
    batch[0].response = "";
    batch[0].headers = "{}";
    batch[1].response = "'; DROP TABLE traces; --";
    batch[2].response = "None";
    batch[2].server = std::nullopt;
    ASSERT_OK(store_->add_traces(batch, std::nullopt));
    ASSERT_EQ(store_->touch_traces("x", 0, 1e10).value(), 3U);
    const auto stored = traces_of(*store_, "x");
    ASSERT_EQ(stored.size(), 3U);
    for (std::size_t i = 0; i < batch.size(); ++i) {
        batch[i].exp_id = "x";
        EXPECT_EQ(stored[i], batch[i]);
    }
}

}  // namespace galileo::store::testing
