// Goal: events, telemetry and experiments are read as they come from foreign programs.
#include <gtest/gtest.h>

#include "base/random.h"
#include "model/event.h"
#include "model/experiment.h"
#include "model/telemetry.h"

namespace galileo::model {
namespace {

TEST(EventLine, RoundTripsCapturedLines) {
    const std::pair<const char*, Event> rows[] = {
        {"1795487324.4571881 foo", {1795487324.4571881, "foo", std::nullopt}},
        {"1795487324.4573472 bar some value with spaces",
         {1795487324.4573472, "bar", "some value with spaces"}},
        {"1795487324.5 baz ", {1795487324.5, "baz", ""}},
        {R"(1795487324.5 pod/create {"podUid": "1", "containers": {}})",
         {1795487324.5, "pod/create", R"({"podUid": "1", "containers": {}})"}},
    };
    for (const auto& [line, event] : rows) {
        const auto read = parse_event_line(line);
        ASSERT_TRUE(read.ok()) << line;
        EXPECT_EQ(*read, event) << line;
        EXPECT_EQ(to_event_line(event), line);
    }
}

TEST(EventLine, RefusesWhatNotebooksCannotRead) {
    for (const char* line : {"", "foo", "1.5", "notatime name", "nan name", "inf name", " name",
                             "1.5  value", "1.5 "}) {
        const auto read = parse_event_line(line);
        ASSERT_FALSE(read.ok()) << line;
        EXPECT_EQ(read.error().code(), ErrorCode::kInvalidInput);
    }
}

TEST(Telemetry, ReadsCapturedMessages) {
    const auto cpu = parse_telemetry("telem/node1/cpu", "1795488056.668946190 80.000000");
    ASSERT_TRUE(cpu.ok());
    EXPECT_EQ(*cpu, (TelemetryPoint{1795488056.668946190, "node1", "cpu", std::nullopt, 80}));
    const auto psi = parse_telemetry("telem/node1/psi_cpu/full", "1795488056.170095579 0.000000");
    ASSERT_TRUE(psi.ok());
    EXPECT_EQ(psi->subsystem, "full");
    const auto net =
        parse_telemetry("telem/n/docker_cgrp_net/abc/eth0/rx", "1795488056.168515712 7.000000");
    ASSERT_TRUE(net.ok());
    EXPECT_EQ(net->metric, "docker_cgrp_net");
    EXPECT_EQ(net->subsystem, "abc/eth0/rx");
}

TEST(Telemetry, RepairsFractionsThatTelemdLeftUnpadded) {
    const auto time = [](std::string_view metric, std::string_view payload) {
        return parse_telemetry("telem/n/" + std::string(metric), payload).value().timestamp;
    };
    EXPECT_EQ(time("procs", "1795488096.3057203 6.000000"), 1795488096.003057203);
    EXPECT_EQ(time("procs", "1795488092.13616955 6.000000"), 1795488092.013616955);
    EXPECT_EQ(time("procs", "1795488056.5000000 6.000000"), 1795488056.005);
    EXPECT_EQ(time("procs", "1795488056.0 6.000000"), 1795488056.0);
    EXPECT_EQ(time("procs", "1795488056 -6.000000"), 1795488056.0);
    // Python programs write their fractions correctly.
    EXPECT_EQ(time("watt", "1795488096.3057203 3.25"), 1795488096.3057203);
    EXPECT_EQ(time("watt", "1795488096.3057203 3.141592"), 1795488096.3057203);
    EXPECT_EQ(time("temperature", "1795488096.3057203 41.5"), 1795488096.3057203);
}

TEST(Telemetry, TurnsStatusWordsIntoNumbers) {
    EXPECT_EQ(parse_telemetry("telem/n/status", "1.5 true").value().value, 1);
    EXPECT_EQ(parse_telemetry("telem/n/status", "1.5 false").value().value, 0);
    EXPECT_EQ(parse_telemetry("telem/n/status", "1.5 1").value().value, 1);
    EXPECT_FALSE(parse_telemetry("telem/n/cpu", "1.5 true").ok());
}

TEST(Telemetry, RefusesWhatCannotBeStored) {
    const std::pair<const char*, const char*> rows[] = {
        {"telem/n/cpu", "1.5 NaN"},    {"telem/n/cpu", "1.5 inf"}, {"telem/n/cpu", "1.5 -inf"},
        {"telem/n/cpu", "1.5  2"},     {"telem/n/cpu", "1.5 2 "},  {"telem/n/cpu", "1.5"},
        {"telem/n/cpu", ""},           {"telem/n/cpu", "x 2"},     {"telem/n/cpu", "nan 2"},
        {"telem/n/status", "1.5 nan"}, {"telem/n/status", "1.5 "}, {"telem/n", "1.5 2"},
        {"telem//cpu", "1.5 2"},       {"telem/n/", "1.5 2"},      {"telem/n//x", "1.5 2"},
        {"other/n/cpu", "1.5 2"},      {"telem/", "1.5 2"},        {"", "1.5 2"},
    };
    for (const auto& [channel, payload] : rows) {
        const auto read = parse_telemetry(channel, payload);
        if (std::string_view(channel) == "telem/n/status" && read.ok()) {
            EXPECT_EQ(read->value, 0) << payload;  // any other word means 0
            continue;
        }
        ASSERT_FALSE(read.ok()) << channel << " " << payload;
        EXPECT_EQ(read.error().code(), ErrorCode::kInvalidInput);
    }
}

TEST(Telemetry, SurvivesGarbage) {
    base::Rng rng(3);
    for (int round = 0; round < 20'000; ++round) {
        std::string channel = "telem/node1/psi_cpu/full";
        std::string payload = "1795488056.170095579 0.000000";
        for (std::string* text : {&channel, &payload}) {
            for (auto edits = rng.below(4); edits > 0 && !text->empty(); --edits) {
                const auto at = rng.below(text->size());
                if (rng.below(2) == 0) {
                    text->erase(at, 1 + rng.below(5));
                } else {
                    (*text)[at] = static_cast<char>(rng.below(256));
                }
            }
        }
        const auto point = parse_telemetry(channel, payload);
        if (point) {
            ASSERT_FALSE(point->node.empty() || point->metric.empty());
        }
        (void)parse_event_line(payload);
    }
}

TEST(ExperimentJson, WritesTheCapturedObject) {
    const Experiment experiment{.id = "fixed",
                                .name = "again",
                                .creator = std::nullopt,
                                .start = std::nullopt,
                                .end = std::nullopt,
                                .created = 1795487519.7180462,
                                .status = "QUEUED"};
    const std::string text =
        R"({"id": "fixed", "name": "again", "creator": null, "start": null, "end": null, "created": 1795487519.7180462, "status": "QUEUED"})";
    EXPECT_EQ(to_python_json(to_json(experiment)), text);
    EXPECT_EQ(experiment_from_json(parse_json(text).value()).value(), experiment);
}

TEST(ExperimentJson, MissingKeysAreAbsent) {
    const auto read = experiment_from_json(
        parse_json(R"({"name": "my_experiment", "creator": "research star"})").value());
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->id, "");
    EXPECT_EQ(read->name, "my_experiment");
    EXPECT_EQ(read->start, std::nullopt);
    EXPECT_EQ(read->status, "");
    EXPECT_EQ(experiment_from_json(parse_json(R"({"start": 5})").value()).value().start, 5.0);
}

TEST(ExperimentJson, NamesTheKeyThatIsWrong) {
    const std::pair<const char*, const char*> rows[] = {
        {"[]", "experiment: expected an object, got array"},
        {R"({"nmae": "x"})", "unknown key 'nmae'; allowed are id, name"},
        {R"({"name": 5})", "experiment.name: expected text, got number"},
        {R"({"start": "5"})", "experiment.start: expected a finite number"},
        {R"({"end": NaN})", "experiment.end: expected a finite number"},
    };
    for (const auto& [text, expected] : rows) {
        const auto read = experiment_from_json(parse_json(text).value());
        ASSERT_FALSE(read.ok()) << text;
        EXPECT_NE(read.error().message().find(expected), std::string::npos)
            << read.error().message();
    }
}

}  // namespace
}  // namespace galileo::model
