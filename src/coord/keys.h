#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Every name in Redis that is ours or the original's: keys, channels, queues (contract 1.1
/// to 1.3). No other room spells one.
namespace galileo::coord::keys {

// Keys of the original.
inline constexpr std::string_view kWorkers = "galileo:workers";  ///< set of worker names
inline constexpr std::string_view kAllWorkerClients =
    "galileo:worker:*:clients";                                           ///< pattern for SCAN
inline constexpr std::string_view kRoutingServices = "routing:services";  ///< set of service names
std::string worker_clients(std::string_view worker);                      ///< set of client ids
std::string client(std::string_view client_id);            ///< string: description as JSON
std::string worker_labels(std::string_view worker);        ///< hash; the bare name
std::string recorded_profile(std::string_view client_id);  ///< list; the bare id (contract 2.6)
std::string routing_hosts(std::string_view service);       ///< list
std::string routing_weights(std::string_view service);     ///< list
std::string routing_drained(
    std::string_view service);  ///< ours: hash of drained hosts to their former weights

// Plain channels of the original.
inline constexpr std::string_view kRoutingUpdates = "routing:updates";  ///< payload: service name
inline constexpr std::string_view kTraceLines =
    "galileo/results/traces";                                  ///< payload: one trace line
inline constexpr std::string_view kEvents = "galileo/events";  ///< payload: event line

// Of telemd and its relatives (contract 4.6).
inline constexpr std::string_view kAllTelemetry = "telem/*";  ///< pattern of channels
inline constexpr std::string_view kAllTelemetryCommands =
    "telemcmd/*";  ///< pattern of channels; a subscription is the registration of a node
inline constexpr std::string_view kTelemetryCommandPrefix = "telemcmd/";
std::string telemetry_commands(std::string_view node);  ///< channel; payload: one of these:
inline constexpr std::string_view kTelemetryPause = "pause";
inline constexpr std::string_view kTelemetryUnpause = "unpause";
inline constexpr std::string_view kTelemetryInfo = "info";  ///< write telemetry_info() anew
/// Channel of a node's samples; an empty subsystem is none.
std::string telemetry_samples(std::string_view node,
                              std::string_view metric,
                              std::string_view subsystem);
std::string telemetry_info(std::string_view node);  ///< hash: what the node says about itself

// pymq: every channel and queue of it carries this prefix.
inline constexpr std::string_view kBusPrefix = "__eventbus:global:";
std::string bus(std::string_view name);  ///< prefix and name
inline constexpr std::string_view kRpcListPrefix =
    "__rpc_";  ///< response lists: prefix, this, a UUID
inline constexpr std::string_view kPing = "WorkerDaemon.ping";
inline constexpr std::string_view kGetInfo = "Client.get_info";
std::string create_client(
    std::string_view worker);  ///< function `WorkerDaemon.create_client:<worker>`

// Queues of experiments (contract 4.1, 4.2): lists, pushed at the left, taken at the right.
inline constexpr std::string_view kExperiments =
    "__eventbus:global:galileo:experiments:queue";  ///< the original's since September 2019
inline constexpr std::string_view kOldExperiments =
    "galileo:experiments:queue";  ///< of code until then
inline constexpr std::string_view kInstructions =
    "galileo:experiments:instructions";  ///< of the original's manual

// Ours; the original never looks at them.
inline constexpr std::string_view kExperimentsInWork =
    "galileo:experiments:processing:*";  ///< pattern for SCAN
inline constexpr std::string_view kExperimentsInWorkPrefix = "galileo:experiments:processing:";
std::string experiments_in_work(std::string_view daemon);  ///< list: items that it has taken
inline constexpr std::string_view kDeadExperiments =
    "galileo:experiments:dead";  ///< list: items that nobody can read, newest first
std::string daemon_lease(std::string_view daemon);  ///< string with a time to live
inline constexpr std::string_view kAllWorkerLeases =
    "galileo:lease:worker:*";  ///< pattern for SCAN
inline constexpr std::string_view kWorkerLeasePrefix = "galileo:lease:worker:";
std::string worker_lease(std::string_view worker);  ///< string with a time to live
inline constexpr std::string_view kLeaseHolders =
    "galileo:lease:workers";  ///< set: registered workers that hold a lease while they live
inline constexpr std::string_view kAllRunLeases = "galileo:lease:run:*";  ///< pattern for SCAN
inline constexpr std::string_view kRunLeasePrefix = "galileo:lease:run:";
std::string run_lease(std::string_view run_id);                   ///< string with a time to live
std::string trace_stream(std::string_view experiment_id);         ///< stream, see trace_stream.h
inline constexpr std::string_view kStatistics = "galileo/stats";  ///< channel, see stats_channel.h

/// `text` with Redis's glob characters escaped, so that it matches only itself.
std::string glob_escaped(std::string_view text);

/// A glob pattern that matches `name` and nothing else, a different one for each `index`: further
/// subscriptions of one connection to one channel, because PUBLISH counts each (contract 1.5).
/// There are 2^n - 1 of them for n letters and digits in `name`; `index` must be below that.
std::string lone_pattern(std::string_view name, std::uint64_t index);

/// True when a name may become part of a key, an id and a trace line: not empty, at most 200 bytes,
/// no commas, control characters or spaces, and none of the keys above (contract 10.5, 10.28).
bool is_usable_name(std::string_view name);

}  // namespace galileo::coord::keys
