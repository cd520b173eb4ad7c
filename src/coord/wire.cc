#include "coord/wire.h"

#include <fmt/format.h>

#include <array>

#include "model/wire.h"

namespace galileo::coord {

namespace {

using model::Json;
using model::WireFields;

constexpr std::array<std::string_view, 0> kNoFields{};
constexpr std::array<std::string_view, 1> kNameField{"name"};
constexpr std::array<std::string_view, 1> kClientField{"client_id"};
constexpr std::array<std::string_view, 3> kCreateFields{"host", "config", "num"};
constexpr std::array<std::string_view, 4> kWorkloadFields{"client_id", "num", "distribution",
                                                          "parameters"};
constexpr std::array<std::string_view, 4> kRequestFields{"fn", "response_channel", "args",
                                                         "kwargs"};
constexpr std::array<std::string_view, 4> kResponseFields{"fn", "result", "result_type", "error"};

Json list(Json::array_t elements) {
    return Json(std::move(elements));
}

template <typename Message>
Result<Message> empty_from_wire(const Json& wire, std::string_view name) {
    TRY(WireFields::open(wire, name, kNoFields));
    return Message{};
}

Result<std::string> only_text(const Json& wire,
                              std::string_view name,
                              std::span<const std::string_view> field) {
    return TRY(WireFields::open(wire, name, field)).text(0);
}

/// Python's truth of a JSON value.
bool is_true(const Json* value) {
    if (value == nullptr || value->is_null()) {
        return false;
    }
    switch (value->type()) {
        case Json::value_t::boolean:
            return value->get<bool>();
        case Json::value_t::string:
            return !value->get_ref<const std::string&>().empty();
        case Json::value_t::array:
        case Json::value_t::object:
            return !value->empty();
        default:
            return value->get<double>() != 0;
    }
}

Result<Json> parse_typed(std::string_view payload, std::string_view type) {
    auto json = TRY(model::parse_json(payload));
    if (json.is_object()) {
        const auto found = json.find("__type");
        if (found != json.end() && found->is_string() &&
            found->get_ref<const std::string&>() == type) {
            return Result<Json>(std::move(json));
        }
    }
    return Error(ErrorCode::kInvalidInput, fmt::format("not a message of type {}", type));
}

}  // namespace

std::string encode_envelope(std::string_view type, Json fields) {
    Json envelope = Json::object();
    envelope["__obj"] = std::move(fields);
    envelope["__type"] = type;
    return model::to_python_json(envelope);
}

Result<RegisterWorkerCommand> RegisterWorkerCommand::from_wire(const Json& wire) {
    return empty_from_wire<RegisterWorkerCommand>(wire, "RegisterWorkerCommand");
}

Result<StartTracingCommand> StartTracingCommand::from_wire(const Json& wire) {
    return empty_from_wire<StartTracingCommand>(wire, "StartTracingCommand");
}

Result<PauseTracingCommand> PauseTracingCommand::from_wire(const Json& wire) {
    return empty_from_wire<PauseTracingCommand>(wire, "PauseTracingCommand");
}

Result<RegisterWorkerEvent> RegisterWorkerEvent::from_wire(const Json& wire) {
    return RegisterWorkerEvent{TRY(only_text(wire, "RegisterWorkerEvent", kNameField))};
}

Result<UnregisterWorkerEvent> UnregisterWorkerEvent::from_wire(const Json& wire) {
    return UnregisterWorkerEvent{TRY(only_text(wire, "UnregisterWorkerEvent", kNameField))};
}

Result<CloseClientCommand> CloseClientCommand::from_wire(const Json& wire) {
    return CloseClientCommand{TRY(only_text(wire, "CloseClientCommand", kClientField))};
}

Result<StopWorkloadCommand> StopWorkloadCommand::from_wire(const Json& wire) {
    return StopWorkloadCommand{TRY(only_text(wire, "StopWorkloadCommand", kClientField))};
}

Result<WorkloadDoneEvent> WorkloadDoneEvent::from_wire(const Json& wire) {
    return WorkloadDoneEvent{TRY(only_text(wire, "WorkloadDoneEvent", kClientField))};
}

Result<CreateClientCommand> CreateClientCommand::from_wire(const Json& wire) {
    const auto fields = TRY(WireFields::open(wire, "CreateClientCommand", kCreateFields));
    CreateClientCommand command;
    command.host = TRY(fields.text(0));
    const auto* config = fields.find(1);
    if (config == nullptr) {
        return fields.error(1, "missing");
    }
    command.config = TRY_WITHIN("CreateClientCommand", model::client_config_from_wire(*config));
    command.num = TRY(fields.optional_count(2));
    if (!command.num && !fields.given(2)) {
        command.num = 1;
    }
    return command;
}

Result<SetWorkloadCommand> SetWorkloadCommand::from_wire(const Json& wire) {
    const auto fields = TRY(WireFields::open(wire, "SetWorkloadCommand", kWorkloadFields));
    SetWorkloadCommand command;
    command.client_id = TRY(fields.text(0));
    command.workload.num = TRY(fields.optional_count(1));
    command.workload.distribution = TRY(fields.optional_text(2)).value_or("constant");
    command.workload.parameters = TRY(fields.optional_list(3));
    return command;
}

Result<RpcRequest> RpcRequest::from_wire(const Json& wire) {
    const auto fields = TRY(WireFields::open(wire, "RpcRequest", kRequestFields));
    RpcRequest request;
    request.function = TRY(fields.text(0));
    request.response_list = TRY(fields.text(1));
    const auto* arguments = fields.find(2);
    request.arguments = arguments == nullptr ? Json() : *arguments;
    return request;
}

Result<RpcResponse> RpcResponse::from_wire(const Json& wire) {
    const auto fields = TRY(WireFields::open(wire, "RpcResponse", kResponseFields));
    RpcResponse response;
    response.function = TRY(fields.optional_text(0)).value_or("");
    const auto* result = fields.find(1);
    response.result = result == nullptr ? Json() : *result;
    response.result_type = TRY(fields.optional_text(2)).value_or("");
    response.error = is_true(fields.find(3));
    return response;
}

Json to_wire(const RegisterWorkerCommand& /*message*/) {
    return Json::array();
}

Json to_wire(const StartTracingCommand& /*message*/) {
    return Json::array();
}

Json to_wire(const PauseTracingCommand& /*message*/) {
    return Json::array();
}

Json to_wire(const RegisterWorkerEvent& message) {
    return list({Json(message.name)});
}

Json to_wire(const UnregisterWorkerEvent& message) {
    return list({Json(message.name)});
}

Json to_wire(const CloseClientCommand& message) {
    return list({Json(message.client_id)});
}

Json to_wire(const StopWorkloadCommand& message) {
    return list({Json(message.client_id)});
}

Json to_wire(const WorkloadDoneEvent& message) {
    return list({Json(message.client_id)});
}

Json to_wire(const CreateClientCommand& message) {
    return list({Json(message.host), model::to_wire(message.config),
                 message.num ? Json(*message.num) : Json()});
}

Json to_wire(const SetWorkloadCommand& message) {
    const auto& workload = message.workload;
    return list({Json(message.client_id), workload.num ? Json(*workload.num) : Json(),
                 Json(workload.distribution), workload.parameters});
}

Json to_wire(const RpcRequest& message) {
    return list(
        {Json(message.function), Json(message.response_list), message.arguments, Json::object()});
}

Json to_wire(const RpcResponse& message) {
    return list(
        {Json(message.function), message.result, Json(message.result_type), Json(message.error)});
}

Result<RpcRequest> decode_rpc_request(std::string_view payload) {
    return RpcRequest::from_wire(TRY(parse_typed(payload, RpcRequest::kType)));
}

Result<RpcResponse> decode_rpc_response(std::string_view payload) {
    return RpcResponse::from_wire(TRY(parse_typed(payload, RpcResponse::kType)));
}

}  // namespace galileo::coord
