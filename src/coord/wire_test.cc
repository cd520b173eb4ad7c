#include "coord/wire.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace galileo::coord {
namespace {

using model::Json;

TEST(EventDecoding, TakesEveryFormThatTheOriginalTakes) {
    for (
        const std::string payload :
        {R"({"__obj": ["w1:e:0", 3, "uniform", [1, 2]], "__type": "galileo.worker.api.SetWorkloadCommand"})",
         R"({"__obj": ["w1:e:0", 3, "uniform", [1, 2]], "__type": "something.Else"})",
         R"({"__obj": ["w1:e:0", 3, "uniform", [1, 2]]})", R"(["w1:e:0", 3, "uniform", [1, 2]])",
         R"(["w1:e:0", "3", "uniform", [1, 2], "extra", {}])",
         R"({"client_id": "w1:e:0", "num": 3.9, "distribution": "uniform", "parameters": [1, 2]})",
         R"({"__obj": {"parameters": [1, 2], "distribution": "uniform", "num": 3, "client_id": "w1:e:0", "new": 1}})"}) {
        const auto command = decode_event<SetWorkloadCommand>(payload);
        ASSERT_TRUE(command.ok()) << payload << command.error().message();
        EXPECT_EQ(command->client_id, "w1:e:0");
        EXPECT_EQ(command->workload.num, 3U);
        EXPECT_EQ(command->workload.distribution, "uniform");
        EXPECT_EQ(command->workload.parameters, Json::parse("[1, 2]"));
    }
}

TEST(EventDecoding, PadsShortListsWithTheDefaults) {
    const auto command = decode_event<SetWorkloadCommand>(R"(["c"])");
    ASSERT_TRUE(command.ok());
    EXPECT_EQ(command->workload, model::Workload{});
    EXPECT_EQ(decode_event<CloseClientCommand>("[5]")->client_id, "5");
}

TEST(EventDecoding, RejectsWhatTheOriginalRejects) {
    for (const std::string payload :
         {"", "null", "5", "\"text\"", "{}", "[]", "[null]", "[[1]]", "[\"c\", \"x\"]",
          "[\"c\", null, \"constant\", 5]", "{\"__obj\": 5}", "{\"client_id\": {}}", "[\"c\"",
          "[\"c\", -1]"}) {
        EXPECT_EQ(decode_event<SetWorkloadCommand>(payload).error().code(),
                  ErrorCode::kInvalidInput)
            << payload;
    }
}

TEST(CreateClientCommand, DistinguishesNullFromAbsentNumbers) {
    EXPECT_EQ(CreateClientCommand::from_wire(Json::parse(R"(["w", ["s"]])"))->num, 1U);
    EXPECT_EQ(CreateClientCommand::from_wire(Json::parse(R"(["w", ["s"], null])"))->num,
              std::nullopt);
    const auto old =
        CreateClientCommand::from_wire(Json::parse(R"(["w", ["s", null, null], "2"])"));
    ASSERT_TRUE(old.ok()) << "0.9.0 and older send no worker labels";
    EXPECT_EQ(old->num, 2U);
    const auto object = CreateClientCommand::from_wire(
        Json::parse(R"({"host": "w", "config": {"service": "s", "parameters": {"a": 1}}})"));
    ASSERT_TRUE(object.ok());
    EXPECT_EQ(object->config.parameters, Json::parse(R"({"a": 1})"));
    EXPECT_FALSE(CreateClientCommand::from_wire(Json::parse(R"(["w"])")).ok());
    EXPECT_FALSE(CreateClientCommand::from_wire(Json::parse(R"(["w", "s"])")).ok());
}

TEST(RpcDecoding, RequiresTheType) {
    const std::string fields = R"(["f", "list", [1], {}])";
    EXPECT_FALSE(decode_rpc_request(fields).ok());
    EXPECT_FALSE(decode_rpc_request(R"({"__obj": )" + fields + "}").ok());
    EXPECT_FALSE(decode_rpc_request(R"({"__obj": )" + fields + R"(, "__type": 5})").ok());
    EXPECT_FALSE(
        decode_rpc_request(R"({"__obj": )" + fields + R"(, "__type": "pymq.core.RpcResponse"})")
            .ok());
    const auto request =
        decode_rpc_request(R"({"__obj": )" + fields + R"(, "__type": "pymq.core.RpcRequest"})");
    ASSERT_TRUE(request.ok());
    EXPECT_EQ(request->arguments, Json::parse("[1]"));
    EXPECT_TRUE(
        decode_rpc_request(
            R"({"fn": "f", "response_channel": "r", "args": [], "kwargs": null, "__type": "pymq.core.RpcRequest"})")
            .ok());
    EXPECT_FALSE(decode_rpc_response(R"(["f", 1, "int", false])").ok());
}

TEST(RpcDecoding, KeepsNullArgumentsSoThatTheServerCanComplain) {
    const auto request = decode_rpc_request(
        R"({"__obj": ["f", "r", null, null], "__type": "pymq.core.RpcRequest"})");
    ASSERT_TRUE(request.ok());
    EXPECT_TRUE(request->arguments.is_null());
}

/// Changes, cuts and doubles bytes of good payloads: decoders answer with a value or an error.
TEST(Decoding, SurvivesRandomChanges) {
    const std::vector<std::string> good{
        R"({"__obj": ["w1:echo:1", 2, "uniform", [0.01, 0.02]], "__type": "galileo.worker.api.SetWorkloadCommand"})",
        R"({"__obj": ["WorkerDaemon.create_client:w1", "__rpc_7e2a", [["w1", ["echo", null, {"a": [1, 2.5, null, "\u00fc"]}, {"z": "A"}], 2]], {}], "__type": "pymq.core.RpcRequest"})",
        R"({"__obj": ["Client.get_info", [["w1:svcx:4", "w1", ["svcx", null, null, null]], 1, 1], "galileo.worker.api.ClientInfo", false], "__type": "pymq.core.RpcResponse"})"};
    constexpr std::string_view kPieces = "{}[]\",:0123456789-+.eEnulltrueNaN\\u\x80\xff";
    for (std::uint64_t seed = 1; seed <= 5000; ++seed) {
        base::Rng rng(seed);
        auto payload = good[rng.below(good.size())];
        for (auto changes = 1 + rng.below(5); changes > 0; --changes) {
            const auto at = rng.below(payload.size());
            switch (rng.below(3)) {
                case 0:
                    payload[at] = kPieces[rng.below(kPieces.size())];
                    break;
                case 1:
                    payload.erase(at, 1 + rng.below(10));
                    break;
                default:
                    payload.insert(at, payload.substr(rng.below(payload.size()), rng.below(20)));
                    break;
            }
            if (payload.empty()) {
                payload = "{";
            }
        }
        (void)decode_event<SetWorkloadCommand>(payload).ok();
        (void)decode_event<CreateClientCommand>(payload).ok();
        (void)decode_event<RegisterWorkerCommand>(payload).ok();
        (void)decode_rpc_request(payload).ok();
        (void)decode_rpc_response(payload).ok();
    }
}

}  // namespace
}  // namespace galileo::coord
