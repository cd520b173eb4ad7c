// Every payload of the original that the contract records (1.5 to 1.7), read and written again: the
// bytes must not change.

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <map>
#include <string>

#include "coord/wire.h"

namespace galileo::coord {
namespace {

using model::Json;

template <WireMessage M>
Result<std::string> event_again(std::string_view payload) {
    return encode(TRY(decode_event<M>(payload)));
}

template <typename T>
Result<std::string> value_again(std::string_view payload, Result<T> (*from_wire)(const Json&)) {
    const auto wire = TRY(model::parse_json(payload));
    const auto value = TRY(from_wire(wire));
    return model::to_python_json(to_wire(value));
}

using Again = std::function<Result<std::string>(std::string_view)>;

const std::map<std::string, Again, std::less<>>& all_classes() {
    static const std::map<std::string, Again, std::less<>> classes{
        {"RegisterWorkerCommand", event_again<RegisterWorkerCommand>},
        {"RegisterWorkerEvent", event_again<RegisterWorkerEvent>},
        {"UnregisterWorkerEvent", event_again<UnregisterWorkerEvent>},
        {"StartTracingCommand", event_again<StartTracingCommand>},
        {"PauseTracingCommand", event_again<PauseTracingCommand>},
        {"CloseClientCommand", event_again<CloseClientCommand>},
        {"SetWorkloadCommand", event_again<SetWorkloadCommand>},
        {"StopWorkloadCommand", event_again<StopWorkloadCommand>},
        {"WorkloadDoneEvent", event_again<WorkloadDoneEvent>},
        {"RpcRequest",
         [](std::string_view payload) -> Result<std::string> {
             return encode(TRY(decode_rpc_request(payload)));
         }},
        {"RpcResponse",
         [](std::string_view payload) -> Result<std::string> {
             return encode(TRY(decode_rpc_response(payload)));
         }},
        {"CreateClientCommand.argument",
         [](std::string_view payload) {
             return value_again(payload, CreateClientCommand::from_wire);
         }},
        {"ClientInfo.result",
         [](std::string_view payload) {
             return value_again(payload, model::client_info_from_wire);
         }},
        {"ClientDescription.value",
         [](std::string_view payload) {
             return value_again(payload, model::client_description_from_wire);
         }},
    };
    return classes;
}

TEST(WireGolden, EverySampleSurvivesByteForByte) {
    std::ifstream file(GALILEO_GOLDEN "/wire_samples.tsv");
    ASSERT_TRUE(file);
    int samples = 0;
    for (std::string line; std::getline(file, line); ++samples) {
        const auto tab = line.find('\t');
        ASSERT_NE(tab, std::string::npos) << line;
        const auto found = all_classes().find(line.substr(0, tab));
        ASSERT_NE(found, all_classes().end()) << line;
        const auto payload = line.substr(tab + 1);
        const auto again = found->second(payload);
        ASSERT_TRUE(again.ok()) << line << "\n" << again.error().message();
        EXPECT_EQ(*again, payload);
    }
    EXPECT_EQ(samples, 24);
}

}  // namespace
}  // namespace galileo::coord
