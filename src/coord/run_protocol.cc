#include "coord/run_protocol.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>
#include <span>

#include "base/base64.h"

namespace galileo::coord {

namespace {

using model::Json;
using std::chrono::nanoseconds;

/// Takes the fields of one JSON object by name; every error names the key and what it should have
/// held.
class Fields {
  public:
    static Result<Fields> of(const Json& json, std::string_view what) {
        if (!json.is_object()) {
            return Error(ErrorCode::kInvalidInput, fmt::format("{}: want a JSON object", what));
        }
        return Fields(json);
    }

    Result<void> read(const char* name, std::string& into) const {
        return with(name, "text", [&](const Json& value) {
            return value.is_string() ? (into = value.get<std::string>(), true) : false;
        });
    }
    Result<void> read(const char* name, std::uint64_t& into) const {
        return with(name, "a whole number from 0", [&](const Json& value) {
            if (!is_count(value)) {
                return false;
            }
            into = value.get<std::uint64_t>();
            return true;
        });
    }
    Result<void> read(const char* name, double& into) const {
        return with(name, "a finite number", [&](const Json& value) {
            if (!value.is_number() || !std::isfinite(value.get<double>())) {
                return false;
            }
            into = value.get<double>();
            return true;
        });
    }
    Result<void> read(const char* name, bool& into) const {
        return with(name, "true or false", [&](const Json& value) {
            return value.is_boolean() ? (into = value.get<bool>(), true) : false;
        });
    }
    Result<void> read(const char* name, nanoseconds& into) const {
        std::uint64_t count = 0;
        TRY(read(name, count));
        if (count > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
            return Error(ErrorCode::kInvalidInput, fmt::format("{}: more than 292 years", name));
        }
        if (find(name) != nullptr) {
            into = nanoseconds(static_cast<std::int64_t>(count));
        }
        return {};
    }
    Result<void> read(const char* name, std::optional<std::uint64_t>& into) const {
        if (find(name) == nullptr) {
            return {};
        }
        return read(name, into.emplace());
    }
    Result<void> read(const char* name, std::vector<double>& into) const {
        return with(name, "a list of numbers", [&](const Json& value) {
            if (!value.is_array()) {
                return false;
            }
            for (const auto& element : value) {
                if (!element.is_number() || !std::isfinite(element.get<double>())) {
                    return false;
                }
                into.push_back(element.get<double>());
            }
            return true;
        });
    }
    Result<void> read(const char* name, std::map<std::string, std::uint64_t>& into) const {
        return with(name, "an object of numbers", [&](const Json& value) {
            if (!value.is_object()) {
                return false;
            }
            for (const auto& [key, count] : value.items()) {
                if (!is_count(count)) {
                    return false;
                }
                into[key] = count.get<std::uint64_t>();
            }
            return true;
        });
    }
    Result<void> read(const char* name, model::ClientConfig& into) const {
        if (const Json* value = find(name)) {
            into = TRY_WITHIN(name, model::client_config_from_wire(*value));
        }
        return {};
    }
    /// One of `names`, in the order of the enumerators.
    template <typename Enum>
    Result<void> read(const char* name, Enum& into, std::span<const std::string_view> names) const {
        std::string text;
        TRY(read(name, text));
        if (find(name) == nullptr) {
            return {};
        }
        int index = 0;
        for (const auto candidate : names) {
            if (candidate == text) {
                into = static_cast<Enum>(index);
                return {};
            }
            ++index;
        }
        return Error(ErrorCode::kInvalidInput, fmt::format("{}: '{}' is unknown; allowed are {}",
                                                           name, text, fmt::join(names, ", ")));
    }
    /// The list under `name`; empty when it is missing.
    [[nodiscard]] Result<const Json*> list(const char* name) const {
        static const Json kEmpty = Json::array();
        const Json* value = find(name);
        if (value == nullptr) {
            return &kEmpty;
        }
        if (!value->is_array()) {
            return Error(ErrorCode::kInvalidInput, fmt::format("{}: want a list", name));
        }
        return value;
    }
    /// Null counts as missing.
    [[nodiscard]] const Json* find(const char* name) const {
        const auto found = json_.find(name);
        return found == json_.end() || found->is_null() ? nullptr : &*found;
    }

  private:
    explicit Fields(const Json& json) : json_(json) {}

    /// Whole numbers may be kept as signed or unsigned, whatever their value.
    static bool is_count(const Json& value) {
        return value.is_number_integer() &&
               (value.is_number_unsigned() || value.get<std::int64_t>() >= 0);
    }

    template <typename Take>
    Result<void> with(const char* name, std::string_view wanted, Take&& take) const {
        const Json* value = find(name);
        if (value == nullptr || take(*value)) {
            return {};
        }
        return Error(ErrorCode::kInvalidInput, fmt::format("{}: want {}", name, wanted));
    }

    const Json& json_;
};

constexpr auto kSinks = std::to_array<std::string_view>({"none", "stream"});
constexpr auto kModels = std::to_array<std::string_view>({"open", "closed"});
constexpr auto kSpacings = std::to_array<std::string_view>({"even", "poisson"});
constexpr auto kStates =
    std::to_array<std::string_view>({"prepared", "running", "draining", "finished"});

template <typename Enum>
std::string name_of(Enum value, std::span<const std::string_view> names) {
    return std::string(names[static_cast<std::size_t>(value)]);
}

Json to_json(const WorkloadAssignment& assignment) {
    Json json;
    json["workload"] = assignment.workload;
    json["config"] = model::to_wire(assignment.config);
    json["router"] = assignment.router;
    json["balancer"] = assignment.balancer;
    json["clients"] = assignment.clients;
    json["first_client"] = assignment.first_client;
    json["client_stride"] = assignment.client_stride;
    json["clients_in_all"] = assignment.clients_in_all;
    json["model"] = name_of(assignment.model, kModels);
    json["spacing"] = name_of(assignment.spacing, kSpacings);
    json["stages"] = Json::array();
    for (const auto& stage : assignment.stages) {
        json["stages"].push_back(
            {{"duration_ns", stage.duration.count()}, {"from", stage.from}, {"to", stage.to}});
    }
    json["distribution"] = assignment.distribution;
    json["parameters"] = assignment.parameters;
    json["in_flight"] = assignment.in_flight;
    json["duration_ns"] = assignment.duration.count();
    json["max_requests"] = assignment.max_requests ? Json(*assignment.max_requests) : Json(nullptr);
    json["timeout_ns"] = assignment.timeout.count();
    return json;
}

Result<std::vector<RateStage>> stages_from_json(const Json& list) {
    std::vector<RateStage> stages;
    for (const auto& element : list) {
        const auto fields = TRY(Fields::of(element, "stages"));
        auto& stage = stages.emplace_back();
        TRY(fields.read("duration_ns", stage.duration));
        TRY(fields.read("from", stage.from));
        TRY(fields.read("to", stage.to));
    }
    return stages;
}

Result<WorkloadAssignment> assignment_from_json(const Json& json) {
    const auto fields = TRY(Fields::of(json, "workloads"));
    WorkloadAssignment assignment;
    TRY(fields.read("workload", assignment.workload));
    TRY(fields.read("config", assignment.config));
    TRY(fields.read("router", assignment.router));
    TRY(fields.read("balancer", assignment.balancer));
    TRY(fields.read("clients", assignment.clients));
    TRY(fields.read("first_client", assignment.first_client));
    TRY(fields.read("client_stride", assignment.client_stride));
    TRY(fields.read("clients_in_all", assignment.clients_in_all));
    TRY(fields.read("model", assignment.model, kModels));
    TRY(fields.read("spacing", assignment.spacing, kSpacings));
    const Json* stages = TRY(fields.list("stages"));
    assignment.stages = TRY(stages_from_json(*stages));
    TRY(fields.read("distribution", assignment.distribution));
    TRY(fields.read("parameters", assignment.parameters));
    TRY(fields.read("in_flight", assignment.in_flight));
    TRY(fields.read("duration_ns", assignment.duration));
    TRY(fields.read("max_requests", assignment.max_requests));
    TRY(fields.read("timeout_ns", assignment.timeout));
    return assignment;
}

}  // namespace

std::string_view to_string(WorkerRunState state) noexcept {
    return kStates[static_cast<std::size_t>(state)];
}

Json to_json(const PrepareRun& message) {
    Json json;
    json["run_id"] = message.run_id;
    json["seed"] = message.seed;
    json["trace_sink"] = name_of(message.trace_sink, kSinks);
    json["body_limit"] = message.body_limit;
    json["connections"] = message.connections;
    json["keep_alive"] = message.keep_alive;
    json["workloads"] = Json::array();
    for (const auto& assignment : message.workloads) {
        json["workloads"].push_back(to_json(assignment));
    }
    return json;
}

Json to_json(const PreparedRun& message) {
    Json json;
    json["clients"] = message.clients;
    json["loops"] = message.loops;
    json["version"] = message.version;
    json["socket_limit"] = message.socket_limit;
    return json;
}

Json to_json(const StartRun& message) {
    return {{"run_id", message.run_id}, {"start_at", message.start_at}};
}

Json to_json(const StopRun& message) {
    return {{"run_id", message.run_id}, {"reason", message.reason}};
}

Json to_json(const SpawnIntoRun& message) {
    return {{"run_id", message.run_id},
            {"config", model::to_wire(message.config)},
            {"clients", message.clients}};
}

Json to_json(const SpawnedIntoRun& message) {
    Json clients = Json::array();
    for (const auto& client : message.clients) {
        clients.push_back(model::to_wire(client));
    }
    return {{"clients", std::move(clients)}};
}

Json to_json(const FinishRun& message) {
    return {{"run_id", message.run_id},
            {"drain_timeout_ns", message.drain_timeout.count()},
            {"give_up_traces", message.give_up_traces}};
}

Json to_json(const RunAccount& message) {
    Json json;
    json["worker"] = message.worker;
    json["state"] = std::string(to_string(message.state));
    json["traces_shipped"] = message.traces_shipped;
    json["traces_lost"] = message.traces_lost;
    json["lost_reasons"] = message.lost_reasons;
    json["snapshot"] = base::to_base64(stats::encode(message.snapshot));
    return json;
}

Result<PrepareRun> prepare_run_from_json(const Json& json) {
    const auto fields = TRY(Fields::of(json, "prepare"));
    PrepareRun message;
    TRY(fields.read("run_id", message.run_id));
    TRY(fields.read("seed", message.seed));
    TRY(fields.read("trace_sink", message.trace_sink, kSinks));
    TRY(fields.read("body_limit", message.body_limit));
    TRY(fields.read("connections", message.connections));
    TRY(fields.read("keep_alive", message.keep_alive));
    const Json* workloads = TRY(fields.list("workloads"));
    for (const auto& element : *workloads) {
        message.workloads.push_back(TRY_WITHIN("workloads", assignment_from_json(element)));
    }
    return message;
}

Result<PreparedRun> prepared_run_from_json(const Json& json) {
    const auto fields = TRY(Fields::of(json, "prepared"));
    PreparedRun message;
    TRY(fields.read("clients", message.clients));
    TRY(fields.read("loops", message.loops));
    TRY(fields.read("version", message.version));
    TRY(fields.read("socket_limit", message.socket_limit));
    return message;
}

Result<StartRun> start_run_from_json(const Json& json) {
    const auto fields = TRY(Fields::of(json, "start"));
    StartRun message;
    TRY(fields.read("run_id", message.run_id));
    TRY(fields.read("start_at", message.start_at));
    return message;
}

Result<StopRun> stop_run_from_json(const Json& json) {
    const auto fields = TRY(Fields::of(json, "stop"));
    StopRun message;
    TRY(fields.read("run_id", message.run_id));
    TRY(fields.read("reason", message.reason));
    return message;
}

Result<SpawnIntoRun> spawn_into_run_from_json(const Json& json) {
    const auto fields = TRY(Fields::of(json, "spawn"));
    SpawnIntoRun message;
    TRY(fields.read("run_id", message.run_id));
    TRY(fields.read("config", message.config));
    TRY(fields.read("clients", message.clients));
    return message;
}

Result<SpawnedIntoRun> spawned_into_run_from_json(const Json& json) {
    const auto fields = TRY(Fields::of(json, "spawned"));
    SpawnedIntoRun message;
    const Json* clients = TRY(fields.list("clients"));
    for (const auto& client : *clients) {
        message.clients.push_back(
            TRY_WITHIN("clients", model::client_description_from_wire(client)));
    }
    return message;
}

Result<FinishRun> finish_run_from_json(const Json& json) {
    const auto fields = TRY(Fields::of(json, "finish"));
    FinishRun message;
    TRY(fields.read("run_id", message.run_id));
    TRY(fields.read("drain_timeout_ns", message.drain_timeout));
    TRY(fields.read("give_up_traces", message.give_up_traces));
    return message;
}

Result<RunAccount> run_account_from_json(const Json& json) {
    const auto fields = TRY(Fields::of(json, "account"));
    RunAccount message;
    TRY(fields.read("worker", message.worker));
    TRY(fields.read("state", message.state, kStates));
    TRY(fields.read("traces_shipped", message.traces_shipped));
    TRY(fields.read("traces_lost", message.traces_lost));
    TRY(fields.read("lost_reasons", message.lost_reasons));
    std::string snapshot;
    TRY(fields.read("snapshot", snapshot));
    if (!snapshot.empty()) {
        const auto bytes = TRY_WITHIN("snapshot", base::from_base64(snapshot));
        message.snapshot = TRY_WITHIN("snapshot", stats::decode_snapshot(bytes));
    }
    return message;
}

}  // namespace galileo::coord
