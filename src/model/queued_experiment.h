#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/experiment.h"
#include "model/json.h"

namespace galileo::model {

/// The load of one service in a queued experiment (contract 4.1).
struct QueuedWorkload {
    std::string service;
    std::vector<std::uint64_t> ticks;  ///< requests per second of all clients, for each interval
    std::uint64_t clients = 0;         ///< in all; `clients_per_host` on the wire
    std::string arrival_pattern;       ///< as given; the original ignores it
    std::string client;                ///< name of a client app; empty: plain HTTP requests
    Json client_parameters;            ///< object, or null

    bool operator==(const QueuedWorkload&) const = default;
};

/// What a queued experiment does.
struct ExperimentConfiguration {
    double duration = 0;  ///< seconds
    double interval = 0;  ///< seconds that a tick lasts
    std::vector<QueuedWorkload> workloads;

    /// How many ticks are used: `duration / interval`, rounded up.
    [[nodiscard]] std::uint64_t tick_count() const;
    bool operator==(const ExperimentConfiguration&) const = default;
};

/// An item of a queue of experiments, in either of its formats: `galileodb.model.QueuedExperiment`
/// with a configuration (contract 4.1) or an object with instructions (contract 4.2).
struct QueuedExperiment {
    Experiment experiment;  ///< as far as given; an id or a status that is missing is empty
    std::optional<std::string> instructions;  ///< the old format
    Json configuration;                       ///< the new format, not read yet; null in the old one

    bool operator==(const QueuedExperiment&) const = default;
};

/// Reads an item. kInvalidInput names what is wrong: neither format, no experiment, a wrong type.
Result<QueuedExperiment> queued_experiment_from_json(const Json& json);

/// Reads and checks a configuration. kInvalidInput names the field: a duration or interval that is
/// not above zero, fewer ticks than intervals, ticks but no clients, more than 100,000 ticks.
Result<ExperimentConfiguration> configuration_from_wire(const Json& json);

/// The item of the new format, as the original's API queues it (contract 4.1).
Json to_wire(const Experiment& experiment, const ExperimentConfiguration& configuration);

}  // namespace galileo::model
