#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/client.h"
#include "model/json.h"
#include "model/workload.h"

/// The original's messages as values and their JSON, byte for byte as its pymq writes it
/// (contract 1.4 to 1.6).
///
/// A message type M has `M::kType`, the Python class that names it (and its channel, when it is an
/// event), `to_wire(const M&)`, the positional list, and `M::from_wire(json)`, which accepts all
/// that the original accepts and pads short lists. Decoding errors are kInvalidInput and name class
/// and field. All are values; thread-compatible.
namespace galileo::coord {

/// Controller to all workers: register again.
struct RegisterWorkerCommand {
    static constexpr std::string_view kType = "galileo.worker.api.RegisterWorkerCommand";
    static Result<RegisterWorkerCommand> from_wire(const model::Json& wire);
    bool operator==(const RegisterWorkerCommand&) const = default;
};

/// A worker has registered.
struct RegisterWorkerEvent {
    static constexpr std::string_view kType = "galileo.worker.api.RegisterWorkerEvent";
    std::string name;
    static Result<RegisterWorkerEvent> from_wire(const model::Json& wire);
    bool operator==(const RegisterWorkerEvent&) const = default;
};

/// A worker has gone.
struct UnregisterWorkerEvent {
    static constexpr std::string_view kType = "galileo.worker.api.UnregisterWorkerEvent";
    std::string name;
    static Result<UnregisterWorkerEvent> from_wire(const model::Json& wire);
    bool operator==(const UnregisterWorkerEvent&) const = default;
};

/// Controller to all workers: record traces from now on.
struct StartTracingCommand {
    static constexpr std::string_view kType = "galileo.worker.api.StartTracingCommand";
    static Result<StartTracingCommand> from_wire(const model::Json& wire);
    bool operator==(const StartTracingCommand&) const = default;
};

/// Controller to all workers: flush, then drop traces.
struct PauseTracingCommand {
    static constexpr std::string_view kType = "galileo.worker.api.PauseTracingCommand";
    static Result<PauseTracingCommand> from_wire(const model::Json& wire);
    bool operator==(const PauseTracingCommand&) const = default;
};

/// Argument of the function `WorkerDaemon.create_client:<worker>`.
struct CreateClientCommand {
    static constexpr std::string_view kType = "galileo.worker.api.CreateClientCommand";
    std::string host;  ///< name of the worker
    model::ClientConfig config;
    std::optional<std::uint64_t> num = 1;  ///< absent (null on the wire) or 0: none
    static Result<CreateClientCommand> from_wire(const model::Json& wire);
    bool operator==(const CreateClientCommand&) const = default;
};

/// Controller to all workers: whoever hosts this client closes it.
struct CloseClientCommand {
    static constexpr std::string_view kType = "galileo.worker.api.CloseClientCommand";
    std::string client_id;
    static Result<CloseClientCommand> from_wire(const model::Json& wire);
    bool operator==(const CloseClientCommand&) const = default;
};

/// Controller to all clients: replaces this client's workload at once.
struct SetWorkloadCommand {
    static constexpr std::string_view kType = "galileo.worker.api.SetWorkloadCommand";
    std::string client_id;
    model::Workload workload;
    static Result<SetWorkloadCommand> from_wire(const model::Json& wire);
    bool operator==(const SetWorkloadCommand&) const = default;
};

/// Controller to all clients: ends this client's workload.
struct StopWorkloadCommand {
    static constexpr std::string_view kType = "galileo.worker.api.StopWorkloadCommand";
    std::string client_id;
    static Result<StopWorkloadCommand> from_wire(const model::Json& wire);
    bool operator==(const StopWorkloadCommand&) const = default;
};

/// Client to controllers: the workload has ended by itself.
struct WorkloadDoneEvent {
    static constexpr std::string_view kType = "galileo.worker.api.WorkloadDoneEvent";
    std::string client_id;
    static Result<WorkloadDoneEvent> from_wire(const model::Json& wire);
    bool operator==(const WorkloadDoneEvent&) const = default;
};

/// The call of a function.
struct RpcRequest {
    static constexpr std::string_view kType = "pymq.core.RpcRequest";
    std::string function;
    std::string response_list;                     ///< without the bus prefix
    model::Json arguments = model::Json::array();  ///< any JSON as received; a list when correct
    static Result<RpcRequest> from_wire(const model::Json& wire);
    bool operator==(const RpcRequest&) const = default;
};

/// One answer to it.
struct RpcResponse {
    static constexpr std::string_view kType = "pymq.core.RpcResponse";
    std::string function;
    model::Json result;       ///< of an error: the list of the exception's arguments
    std::string result_type;  ///< Python class of the result, or of the exception
    bool error = false;
    static Result<RpcResponse> from_wire(const model::Json& wire);
    bool operator==(const RpcResponse&) const = default;
};

model::Json to_wire(const RegisterWorkerCommand& message);
model::Json to_wire(const RegisterWorkerEvent& message);
model::Json to_wire(const UnregisterWorkerEvent& message);
model::Json to_wire(const StartTracingCommand& message);
model::Json to_wire(const PauseTracingCommand& message);
model::Json to_wire(const CreateClientCommand& message);
model::Json to_wire(const CloseClientCommand& message);
model::Json to_wire(const SetWorkloadCommand& message);
model::Json to_wire(const StopWorkloadCommand& message);
model::Json to_wire(const WorkloadDoneEvent& message);
model::Json to_wire(const RpcRequest& message);
model::Json to_wire(const RpcResponse& message);

template <typename M>
concept WireMessage = requires(const M& message, const model::Json& json) {
    { M::kType } -> std::convertible_to<std::string_view>;
    { to_wire(message) } -> std::same_as<model::Json>;
    { M::from_wire(json) } -> std::same_as<Result<M>>;
};

/// `{"__obj": <fields>, "__type": "<type>"}`.
std::string encode_envelope(std::string_view type, model::Json fields);

template <WireMessage M>
std::string encode(const M& message) {
    return encode_envelope(M::kType, to_wire(message));
}

/// An event as its channel carries it: `__type` may be absent or anything, and `__obj` may be
/// absent.
template <WireMessage M>
Result<M> decode_event(std::string_view payload) {
    return M::from_wire(TRY(model::parse_json(payload)));
}

/// RPC messages, where `__type` is required (contract 1.4); kInvalidInput without it.
Result<RpcRequest> decode_rpc_request(std::string_view payload);
Result<RpcResponse> decode_rpc_response(std::string_view payload);

}  // namespace galileo::coord
