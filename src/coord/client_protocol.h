#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/json.h"
#include "model/workload.h"

/// What our controllers say to our workers about many clients at once, beside the original's
/// events, which name one client each and are never answered. Carried by the RPC of contract 1.5 as
/// JSON objects; unknown keys are ignored. Workers that lack a function (the original's) have no
/// receivers on its channel.
namespace galileo::coord {

/// The function name, followed by `:<worker>`.
inline constexpr const char* kCommandClients = "galileo.clients.command";

enum class ClientAction {
    kSetWorkload,  ///< replaces the workload at once
    kStop,         ///< drops the workload
    kClose,        ///< ends the client
};

struct CommandClients {
    ClientAction action = ClientAction::kStop;
    model::Workload workload;  ///< for kSetWorkload
    std::vector<std::string> client_ids;

    bool operator==(const CommandClients&) const = default;
};

/// What became of it. A workload that no client can have is an error of the call; then no client
/// got it.
struct CommandedClients {
    std::uint64_t done = 0;
    std::vector<std::string> unknown;  ///< ids that this worker does not host

    bool operator==(const CommandedClients&) const = default;
};

model::Json to_json(const CommandClients& command);
model::Json to_json(const CommandedClients& outcome);
/// kInvalidInput names the key that is missing or wrong.
Result<CommandClients> command_clients_from_json(const model::Json& json);
Result<CommandedClients> commanded_clients_from_json(const model::Json& json);

}  // namespace galileo::coord
