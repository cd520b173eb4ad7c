// Goal: both formats of queued experiments are read as the original wrote them.
#include "model/queued_experiment.h"

#include <gmock/gmock.h>

namespace galileo::model {
namespace {

using testing::HasSubstr;

/// As captured from the original's API (contract 4.1).
constexpr std::string_view kCaptured =
    R"({"__obj": [{"id": "202611240231-7828", "name": null, "creator": null, "start": null, )"
    R"("end": null, "created": 1795487519.2395468, "status": "QUEUED"}, )"
    R"([4, 2, [["echo", [1, 2], 2, "Constant", "", {}]]]], )"
    R"("__type": "galileodb.model.QueuedExperiment"})";

Result<ExperimentConfiguration> configuration(std::string_view text) {
    return configuration_from_wire(parse_json(text).value());
}

TEST(QueuedExperiment, ReadsTheCapturedItem) {
    const auto item = queued_experiment_from_json(parse_json(kCaptured).value()).value();
    EXPECT_EQ(item.experiment.id, "202611240231-7828");
    EXPECT_EQ(item.experiment.status, "QUEUED");
    EXPECT_EQ(item.experiment.created, 1795487519.2395468);
    EXPECT_FALSE(item.instructions);
    const auto read = configuration_from_wire(item.configuration).value();
    EXPECT_EQ(read.tick_count(), 2U);
    ASSERT_EQ(read.workloads.size(), 1U);
    EXPECT_EQ(read.workloads[0],
              (QueuedWorkload{"echo", {1, 2}, 2, "Constant", "", Json::object()}));
}

TEST(QueuedExperiment, ReadsObjectsInPlaceOfLists) {
    const auto item = queued_experiment_from_json(parse_json(R"({"experiment": {"id": "x"},
        "configuration": {"duration": 3, "interval": 2, "__type": "X", "workloads": [
            {"service": "echo", "ticks": [1, 2.7, "3"], "clients_per_host": 1,
             "arrival_pattern": "Constant", "client": null}]}})")
                                                      .value())
                          .value();
    EXPECT_EQ(item.experiment.id, "x");
    const auto read = configuration_from_wire(item.configuration).value();
    EXPECT_EQ(read.workloads[0].ticks, (std::vector<std::uint64_t>{1, 2, 3}));
    EXPECT_EQ(read.workloads[0].client, "");
    EXPECT_TRUE(read.workloads[0].client_parameters.is_null());
}

TEST(QueuedExperiment, ReadsInstructionsWithEitherNameOfTheId) {
    const auto by_code = queued_experiment_from_json(
        parse_json(R"({"instructions": "sleep 1\nexit", "id": "a", "name": "n"})").value());
    EXPECT_EQ(by_code->experiment.id, "a");
    EXPECT_EQ(by_code->experiment.name, "n");
    EXPECT_EQ(by_code->instructions, "sleep 1\nexit");
    const auto by_manual =
        queued_experiment_from_json(parse_json(R"({"instructions": "", "exp_id": "b"})").value());
    EXPECT_EQ(by_manual->experiment.id, "b");
}

TEST(QueuedExperiment, WritesWhatItReads) {
    const auto item = queued_experiment_from_json(parse_json(kCaptured).value()).value();
    const auto written =
        to_wire(item.experiment, configuration_from_wire(item.configuration).value());
    EXPECT_EQ(to_python_json(written), kCaptured);
    const auto again = queued_experiment_from_json(written).value();
    EXPECT_EQ(again.experiment, item.experiment);
    EXPECT_EQ(configuration_from_wire(again.configuration).value(),
              configuration_from_wire(item.configuration).value());
}

TEST(QueuedExperiment, SaysWhatIsWrong) {
    for (const auto* text : {"5", "null", R"("x")", "[]", "[null, [1, 1, []]]", R"([{"id": 1}])",
                             R"({"instructions": null})", R"([{"created": "x"}, []])", "{}"}) {
        EXPECT_EQ(queued_experiment_from_json(parse_json(text).value()).error().code(),
                  ErrorCode::kInvalidInput)
            << text;
    }
    EXPECT_THAT(configuration("[0, 1, []]").error().message(), HasSubstr("duration"));
    EXPECT_THAT(configuration("[1]").error().message(), HasSubstr("interval"));
    EXPECT_THAT(configuration("[1e6, 1, []]").error().message(), HasSubstr("100000 ticks"));
    EXPECT_THAT(configuration(R"([4, 2, [["echo", [1], 1]]])").error().message(),
                HasSubstr("ticks: 1 of them, but the duration needs 2"));
    EXPECT_THAT(configuration(R"([2, 2, [["echo", [1], 0]]])").error().message(),
                HasSubstr("clients_per_host"));
    EXPECT_THAT(configuration(R"([2, 2, [["echo", ["x"], 1]]])").error().message(),
                HasSubstr("tick"));
    EXPECT_THAT(configuration(R"([2, 2, [[null, [1], 1]]])").error().message(),
                HasSubstr("service: missing"));
    EXPECT_TRUE(configuration(R"([2, 2, []])").ok());
}

}  // namespace
}  // namespace galileo::model
