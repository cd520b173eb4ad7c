#include "coord/client_protocol.h"

#include <gtest/gtest.h>

namespace galileo::coord {
namespace {

TEST(ClientProtocol, CommandsComeBackAsTheyWere) {
    const CommandClients set{ClientAction::kSetWorkload,
                             {7, "uniform", model::Json::array({0.5, 1.0})},
                             {"w1:echo:0", "w1:echo:1"}};
    EXPECT_EQ(command_clients_from_json(to_json(set)).value(), set);
    const CommandClients endless{ClientAction::kSetWorkload, {{}, "constant", {}}, {"a"}};
    EXPECT_EQ(command_clients_from_json(to_json(endless)).value(), endless);
    const CommandClients close{ClientAction::kClose, {}, {"a"}};
    EXPECT_EQ(command_clients_from_json(to_json(close)).value(), close);
    EXPECT_EQ(
        command_clients_from_json(model::parse_json(model::to_python_json(to_json(set))).value())
            .value(),
        set);
    const CommandedClients outcome{3, {"gone"}};
    EXPECT_EQ(commanded_clients_from_json(to_json(outcome)).value(), outcome);
}

TEST(ClientProtocol, RefusesWhatItCannotRead) {
    for (
        const auto* text :
        {"[]", "null", "{}", R"({"action": "fly", "client_ids": []})", R"({"action": "stop"})",
         R"({"action": "stop", "client_ids": [1]})", R"({"action": 5, "client_ids": []})",
         R"({"action": "set_workload", "client_ids": []})",
         R"({"action": "set_workload", "client_ids": [], "distribution": "constant", "num": -1})"}) {
        EXPECT_EQ(command_clients_from_json(model::parse_json(text).value()).error().code(),
                  ErrorCode::kInvalidInput)
            << text;
    }
    EXPECT_FALSE(commanded_clients_from_json(model::parse_json(R"({"done": "3"})").value()).ok());
}

}  // namespace
}  // namespace galileo::coord
