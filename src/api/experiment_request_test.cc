#include "api/experiment_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace galileo::api {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

const base::WallTime kNow = base::from_epoch_seconds(1795487519.25);

Result<ExperimentRequest> read_request(const std::string& text) {
    return experiment_request_from_json(model::parse_json(text).value(), kNow);
}

std::string with_workload(const std::string& workload) {
    return R"({"configuration": {"duration": "4s", "interval": "2s", "workloads": [)" + workload +
           "]}}";
}

TEST(ExperimentRequest, DurationsOfTheContract) {
    for (const auto& [text, seconds] :
         std::vector<std::pair<std::string, std::uint64_t>>{{"1m30s", 90},
                                                            {"30", 30},
                                                            {"2min", 120},
                                                            {"1.5s", 5},
                                                            {"abc", 0},
                                                            {"", 0},
                                                            {"1h1m1s", 3661},
                                                            {"10s", 10},
                                                            {"1s2s", 2},
                                                            {"5 s", 5},
                                                            {"0s", 0},
                                                            {"-5s", 5}}) {
        EXPECT_EQ(parse_duration_text(text).value(), seconds) << text;
    }
    EXPECT_EQ(parse_duration_text("9999999999999s").error().code(), ErrorCode::kInvalidInput);
}

TEST(ExperimentRequest, ReadsWhatTheDashboardSends) {
    const auto wanted = read_request(
        R"({"experiment": {"name": "my_experiment", "creator": "research star"},
            "configuration": {"duration": "10s", "interval": "2s", "workloads": [
              {"service": "alexnet", "ticks": [1,2,3,1,1], "clients_per_host": "2",
               "arrival_pattern": "Constant", "client": "app", "client_parameters": {"size": "small"}},
              {"service": "b", "ticks": [1, "2", 3.7, 0, 1], "clients_per_host": 1,
               "arrival_pattern": "Exponential"}]}})");
    ASSERT_TRUE(wanted.ok()) << wanted.error().message();
    const auto& experiment = wanted->experiment;
    EXPECT_EQ(wanted->id, ExperimentRequest::Id::kMade);
    EXPECT_THAT(experiment.id, MatchesRegex("[0-9]{12}-[0-9a-f]{4}"));
    EXPECT_DOUBLE_EQ(experiment.created.value_or(0), 1795487519.25);
    EXPECT_EQ(experiment.status, "QUEUED");
    const std::string item =
        model::to_python_json(model::to_wire(experiment, wanted->configuration)["__obj"][1]);
    EXPECT_EQ(item,
              R"([10, 2, [["alexnet", [1, 2, 3, 1, 1], 2, "Constant", "app", {"size": "small"}], )"
              R"(["b", [1, 2, 3, 0, 1], 1, "Exponential", "", {}]]])");
}

TEST(ExperimentRequest, FieldsOfTheExperiment) {
    const std::string workload =
        R"({"service": "s", "ticks": [1, 1], "clients_per_host": 1, "arrival_pattern": ""})";
    const auto read = [&](const std::string& experiment) {
        return read_request(R"({"experiment": )" + experiment + ", " +
                            with_workload(workload).substr(1));
    };
    const auto wanted = read(R"({"id": "fixed", "name": null, "start": 1.5, "created": "any",
                                 "status": ["any"]})");
    ASSERT_TRUE(wanted.ok()) << wanted.error().message();
    EXPECT_EQ(wanted->experiment.id, "fixed");
    EXPECT_EQ(wanted->id, ExperimentRequest::Id::kGiven);
    EXPECT_EQ(wanted->experiment.start, 1.5);
    EXPECT_EQ(wanted->experiment.status, "QUEUED");
    EXPECT_TRUE(read("{}").ok());
    EXPECT_TRUE(read(R"({"id": null})").ok());
    for (const auto* wrong : {"null", "[]", "5", R"({"colour": 1})", R"({"name": 5})",
                              R"({"id": "a,b"})", R"({"id": 7})", R"({"start": "now"})"}) {
        const auto refused = read(wrong);
        ASSERT_FALSE(refused.ok()) << wrong;
        EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidInput);
        EXPECT_THAT(refused.error().message(), HasSubstr("experiment: ")) << wrong;
    }
    EXPECT_FALSE(read(R"({"id": ")" + std::string(101, 'x') + "\"}").ok());
}

TEST(ExperimentRequest, SaysWhatIsWrongWithTheConfiguration) {
    for (const auto& [text, problem] : std::vector<std::pair<std::string, std::string>>{
             {"[]", "not an object"},
             {"{}", "'configuration' is missing"},
             {R"({"configuration": {}, "x": 1})", "unknown key 'x'"},
             {R"({"configuration": null})", "configuration: is not an object"},
             {R"({"configuration": {"duration": "1s", "interval": "1s"}})", "'workloads'"},
             {R"({"configuration": {"duration": 1, "interval": "1s", "workloads": []}})",
              "duration: want text"},
             {R"({"configuration": {"duration": "abc", "interval": "1s", "workloads": []}})",
              "duration"},
             {R"({"configuration": {"duration": "1s", "interval": "0s", "workloads": []}})",
              "interval"},
             {R"({"configuration": {"duration": "1s", "interval": "1s", "workloads": {}}})",
              "workloads: is not a list"},
             {with_workload("5"), "workloads[0]: is not an object"},
             {with_workload("{}"), "workloads[0]: 'service' is missing"},
             {with_workload(R"({"service": "s", "ticks": [1, 1], "arrival_pattern": "x"})"),
              "'clients_per_host' is missing"},
             {with_workload(R"({"service": "s", "ticks": [1, 1], "clients_per_host": 1,
                                "arrival_pattern": "x", "colour": 1})"),
              "unknown key 'colour'"},
             {with_workload(R"({"service": "s", "ticks": [1], "clients_per_host": 1,
                                "arrival_pattern": "x"})"),
              "duration needs 2"},
             {with_workload(R"({"service": "s", "ticks": [1, {}], "clients_per_host": 1,
                                "arrival_pattern": "x"})"),
              "tick"}}) {
        const auto refused = read_request(text);
        ASSERT_FALSE(refused.ok()) << text;
        EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidInput);
        EXPECT_THAT(refused.error().message(), HasSubstr(problem));
    }
}

}  // namespace
}  // namespace galileo::api
