#include "model/experiment.h"

#include <fmt/format.h>

#include <cmath>

namespace galileo::model {

namespace {

template <typename T>
Json or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

Error refuse(std::string_view key, std::string_view expected, const Json& given) {
    return Error(ErrorCode::kInvalidInput, fmt::format("experiment.{}: expected {}, got {}", key,
                                                       expected, given.type_name()));
}

Result<std::optional<std::string>> read_text(std::string_view key, const Json& value) {
    if (value.is_null()) {
        return std::optional<std::string>();
    }
    if (!value.is_string()) {
        return refuse(key, "text", value);
    }
    return std::optional(value.get<std::string>());
}

Result<std::optional<double>> read_time(std::string_view key, const Json& value) {
    if (value.is_null()) {
        return std::optional<double>();
    }
    if (!value.is_number() || !std::isfinite(value.get<double>())) {
        return refuse(key, "a finite number of epoch seconds", value);
    }
    return std::optional(value.get<double>());
}

}  // namespace

Json to_json(const Experiment& experiment) {
    Json json = Json::object();
    json["id"] = experiment.id;
    json["name"] = or_null(experiment.name);
    json["creator"] = or_null(experiment.creator);
    json["start"] = or_null(experiment.start);
    json["end"] = or_null(experiment.end);
    json["created"] = or_null(experiment.created);
    json["status"] = experiment.status;
    return json;
}

Result<Experiment> experiment_from_json(const Json& json) {
    if (!json.is_object()) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("experiment: expected an object, got {}", json.type_name()));
    }
    Experiment experiment;
    for (const auto& [key, value] : json.get_ref<const Json::object_t&>()) {
        if (key == "id") {
            experiment.id = TRY(read_text(key, value)).value_or("");
        } else if (key == "name") {
            experiment.name = TRY(read_text(key, value));
        } else if (key == "creator") {
            experiment.creator = TRY(read_text(key, value));
        } else if (key == "start") {
            experiment.start = TRY(read_time(key, value));
        } else if (key == "end") {
            experiment.end = TRY(read_time(key, value));
        } else if (key == "created") {
            experiment.created = TRY(read_time(key, value));
        } else if (key == "status") {
            experiment.status = TRY(read_text(key, value)).value_or("");
        } else if (key != "__type") {  // pymq adds it to objects on top level
            return Error(ErrorCode::kInvalidInput,
                         fmt::format("experiment: unknown key '{}'; allowed are id, name, creator, "
                                     "start, end, created, status",
                                     key.substr(0, 80)));
        }
    }
    return experiment;
}

}  // namespace galileo::model
