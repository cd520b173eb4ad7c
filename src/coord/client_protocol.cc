#include "coord/client_protocol.h"

#include <array>
#include <string_view>
#include <utility>

namespace galileo::coord {

namespace {

constexpr std::array<std::pair<ClientAction, std::string_view>, 3> kActions = {
    {{ClientAction::kSetWorkload, "set_workload"},
     {ClientAction::kStop, "stop"},
     {ClientAction::kClose, "close"}}};

Error wrong(std::string_view key, std::string_view wanted) {
    return Error(ErrorCode::kInvalidInput, std::string(key) + ": wanted " + std::string(wanted));
}

Result<std::uint64_t> count(const model::Json& json, const char* key) {
    if (!json.is_number_integer() || (!json.is_number_unsigned() && json.get<std::int64_t>() < 0)) {
        return wrong(key, "a whole number");
    }
    return json.get<std::uint64_t>();
}

Result<std::vector<std::string>> texts(const model::Json& json, const char* key) {
    std::vector<std::string> texts;
    const auto found = json.find(key);
    if (found == json.end() || !found->is_array()) {
        return wrong(key, "a list of texts");
    }
    for (const auto& element : *found) {
        if (!element.is_string()) {
            return wrong(key, "a list of texts");
        }
        texts.push_back(element.get<std::string>());
    }
    return texts;
}

Result<ClientAction> action_of(const model::Json& json) {
    const auto found = json.find("action");
    for (const auto& [action, name] : kActions) {
        if (found != json.end() && *found == name) {
            return action;
        }
    }
    return wrong("action", "set_workload, stop or close");
}

Result<model::Workload> workload_of(const model::Json& json) {
    model::Workload workload;
    if (const auto num = json.find("num"); num != json.end() && !num->is_null()) {
        workload.num = TRY(count(*num, "num"));
    }
    const auto distribution = json.find("distribution");
    if (distribution == json.end() || !distribution->is_string()) {
        return wrong("distribution", "a name");
    }
    workload.distribution = distribution->get<std::string>();
    if (const auto parameters = json.find("parameters"); parameters != json.end()) {
        workload.parameters = *parameters;
    }
    return workload;
}

}  // namespace

model::Json to_json(const CommandClients& command) {
    model::Json json;
    for (const auto& [action, name] : kActions) {
        if (action == command.action) {
            json["action"] = name;
        }
    }
    json["client_ids"] = command.client_ids;
    if (command.action == ClientAction::kSetWorkload) {
        json["num"] = command.workload.num ? model::Json(*command.workload.num) : model::Json();
        json["distribution"] = command.workload.distribution;
        json["parameters"] = command.workload.parameters;
    }
    return json;
}

model::Json to_json(const CommandedClients& outcome) {
    model::Json json;
    json["done"] = outcome.done;
    json["unknown"] = outcome.unknown;
    return json;
}

Result<CommandClients> command_clients_from_json(const model::Json& json) {
    if (!json.is_object()) {
        return Error(ErrorCode::kInvalidInput, "wanted an object with action and client_ids");
    }
    CommandClients command;
    command.action = TRY(action_of(json));
    command.client_ids = TRY(texts(json, "client_ids"));
    if (command.action == ClientAction::kSetWorkload) {
        command.workload = TRY(workload_of(json));
    }
    return command;
}

Result<CommandedClients> commanded_clients_from_json(const model::Json& json) {
    if (!json.is_object()) {
        return Error(ErrorCode::kInvalidInput, "wanted an object with done and unknown");
    }
    CommandedClients outcome;
    const auto done = json.find("done");
    outcome.done = TRY(count(done == json.end() ? model::Json() : *done, "done"));
    outcome.unknown = TRY(texts(json, "unknown"));
    return outcome;
}

}  // namespace galileo::coord
