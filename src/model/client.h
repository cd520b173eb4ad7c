#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/json.h"

namespace galileo::model {

/// What a client sends and where it may run (contract 1.6, `galileo.worker.api.ClientConfig`).
struct ClientConfig {
    std::string service;
    std::optional<std::string>
        client;          ///< name of a client app; absent or empty: plain HTTP requests
    Json parameters;     ///< object, or null
    Json worker_labels;  ///< object of label name to value, or null

    bool operator==(const ClientConfig&) const = default;
};

/// One emulated client (contract 1.7). Its id is `<worker>:<service>:<n>`.
struct ClientDescription {
    std::string client_id;
    std::string worker;
    ClientConfig config;

    bool operator==(const ClientDescription&) const = default;
};

/// What `Client.get_info` answers.
struct ClientInfo {
    ClientDescription description;
    std::uint64_t requests = 0;  ///< started
    std::uint64_t failed = 0;    ///< subset of requests: status < 0 or >= 300 (contract 2.3)

    bool operator==(const ClientInfo&) const = default;
};

/// Positional lists as they travel: `["echo", null, {...}, {...}]`. Reading accepts the list form
/// (short lists are padded with the defaults, longer ones cut) and the object form with field names
/// (contract 1.4).
Json to_wire(const ClientConfig& config);
Json to_wire(const ClientDescription& description);
Json to_wire(const ClientInfo& info);
Result<ClientConfig> client_config_from_wire(const Json& wire);
Result<ClientDescription> client_description_from_wire(const Json& wire);
Result<ClientInfo> client_info_from_wire(const Json& wire);

}  // namespace galileo::model
