#include "model/queued_experiment.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string_view>

#include "model/wire.h"

namespace galileo::model {

namespace {

constexpr std::array<std::string_view, 2> kItem = {"experiment", "configuration"};
constexpr std::array<std::string_view, 7> kExperiment = {"id",  "name",    "creator", "start",
                                                         "end", "created", "status"};
constexpr std::array<std::string_view, 3> kConfiguration = {"duration", "interval", "workloads"};
constexpr std::array<std::string_view, 6> kWorkload = {
    "service", "ticks", "clients_per_host", "arrival_pattern", "client", "client_parameters"};
constexpr std::array<std::string_view, 7> kOld = {"instructions", "id",     "exp_id", "name",
                                                  "creator",      "status", "created"};
constexpr unsigned kMostTicks = 100'000;
constexpr double kLongest = 1e7;  ///< seconds, about 116 days

Result<Experiment> experiment_from_wire(const Json& wire) {
    const auto fields = TRY(WireFields::open(wire, "Experiment", kExperiment));
    Experiment experiment;
    experiment.id = TRY(fields.optional_text(0)).value_or("");
    experiment.name = TRY(fields.optional_text(1));
    experiment.creator = TRY(fields.optional_text(2));
    experiment.start = TRY(fields.optional_number(3));
    experiment.end = TRY(fields.optional_number(4));
    experiment.created = TRY(fields.optional_number(5));
    experiment.status = TRY(fields.optional_text(6)).value_or("");
    return experiment;
}

Result<QueuedExperiment> from_old_format(const Json& json) {
    const auto fields = TRY(WireFields::open(json, "instructions item", kOld));
    QueuedExperiment item;
    item.instructions = TRY(fields.text(0));
    // The code of the original read `id`, its manual says `exp_id`.
    item.experiment.id = TRY(fields.optional_text(1)).value_or("");
    if (item.experiment.id.empty()) {
        item.experiment.id = TRY(fields.optional_text(2)).value_or("");
    }
    item.experiment.name = TRY(fields.optional_text(3));
    item.experiment.creator = TRY(fields.optional_text(4));
    item.experiment.status = TRY(fields.optional_text(5)).value_or("");
    item.experiment.created = TRY(fields.optional_number(6));
    return item;
}

/// A number as the list of one tick, so that it is read as all numbers on the wire are.
Result<std::uint64_t> tick_of(const Json& value) {
    static constexpr std::array<std::string_view, 1> kTick = {"tick"};
    const auto list = Json::array({value});
    const auto fields = TRY(WireFields::open(list, "WorkloadConfiguration", kTick));
    return TRY(fields.optional_count(0)).value_or(0);
}

Result<QueuedWorkload> workload_from_wire(const Json& wire, std::uint64_t ticks_used) {
    const auto fields = TRY(WireFields::open(wire, "WorkloadConfiguration", kWorkload));
    QueuedWorkload workload;
    workload.service = TRY(fields.text(0));
    const auto ticks = TRY(fields.optional_list(1));
    bool asks_for_load = false;
    for (const auto& tick : ticks) {
        workload.ticks.push_back(TRY(tick_of(tick)));
        asks_for_load = asks_for_load || workload.ticks.back() > 0;
    }
    workload.clients = TRY(fields.optional_count(2)).value_or(0);
    workload.arrival_pattern = TRY(fields.optional_text(3)).value_or("");
    workload.client = TRY(fields.optional_text(4)).value_or("");
    workload.client_parameters = TRY(fields.optional_object(5));
    if (workload.service.empty()) {
        return fields.error(0, "is empty");
    }
    if (workload.ticks.size() < ticks_used) {
        return fields.error(1, fmt::format("{} of them, but the duration needs {}",
                                           workload.ticks.size(), ticks_used));
    }
    if (workload.clients == 0 && asks_for_load) {
        return fields.error(2, "0 clients cannot make any load");
    }
    return workload;
}

Result<double> seconds_of(const WireFields& fields, std::size_t index) {
    const auto seconds = TRY(fields.optional_number(index));
    if (!seconds || !(*seconds > 0) || *seconds > kLongest) {
        return fields.error(index,
                            fmt::format("wanted a number of seconds above 0, to {}", kLongest));
    }
    return *seconds;
}

/// The original has whole seconds, and counts with them.
Json whole_or_not(double seconds) {
    return seconds == std::floor(seconds) ? Json(static_cast<std::uint64_t>(seconds))
                                          : Json(seconds);
}

}  // namespace

std::uint64_t ExperimentConfiguration::tick_count() const {
    return static_cast<std::uint64_t>(std::ceil(duration / interval));
}

Result<QueuedExperiment> queued_experiment_from_json(const Json& json) {
    if (json.is_object() && json.contains("instructions")) {
        return from_old_format(json);
    }
    const auto fields = TRY_WITHIN("neither instructions nor a QueuedExperiment",
                                   WireFields::open(json, "QueuedExperiment", kItem));
    const auto* experiment = fields.find(0);
    if (experiment == nullptr) {
        return fields.error(0, "missing");
    }
    const auto* configuration = fields.find(1);
    if (configuration == nullptr) {
        return fields.error(1, "missing");
    }
    QueuedExperiment item;
    item.experiment = TRY(experiment_from_wire(*experiment));
    item.configuration = *configuration;
    return item;
}

Result<ExperimentConfiguration> configuration_from_wire(const Json& json) {
    const auto fields = TRY(WireFields::open(json, "ExperimentConfiguration", kConfiguration));
    ExperimentConfiguration configuration;
    configuration.duration = TRY(seconds_of(fields, 0));
    configuration.interval = TRY(seconds_of(fields, 1));
    if (configuration.duration / configuration.interval > double{kMostTicks}) {
        return fields.error(1, fmt::format("more than {} ticks", kMostTicks));
    }
    const auto workloads = TRY(fields.optional_list(2));
    for (const auto& workload : workloads) {
        configuration.workloads.push_back(
            TRY(workload_from_wire(workload, configuration.tick_count())));
    }
    return configuration;
}

Json to_wire(const Experiment& experiment, const ExperimentConfiguration& configuration) {
    Json workloads = Json::array();
    for (const auto& workload : configuration.workloads) {
        workloads.push_back(
            Json::array({workload.service, workload.ticks, workload.clients,
                         workload.arrival_pattern, workload.client, workload.client_parameters}));
    }
    Json configured = Json::array();
    configured.push_back(whole_or_not(configuration.duration));
    configured.push_back(whole_or_not(configuration.interval));
    configured.push_back(std::move(workloads));
    Json json = Json::object();
    json["__obj"] = Json::array({to_json(experiment), std::move(configured)});
    json["__type"] = "galileodb.model.QueuedExperiment";
    return json;
}

}  // namespace galileo::model
