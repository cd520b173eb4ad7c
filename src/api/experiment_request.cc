#include "api/experiment_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>

#include "base/ids.h"
#include "coord/keys.h"
#include "store/columns.h"

namespace galileo::api {

namespace {

using model::Json;

constexpr std::array<std::string_view, 4> kRequired = {"service", "ticks", "clients_per_host",
                                                       "arrival_pattern"};
constexpr std::array<std::string_view, 6> kKnown = {
    "service", "ticks", "clients_per_host", "arrival_pattern", "client", "client_parameters"};
constexpr std::array<std::string_view, 2> kBody = {"experiment", "configuration"};
constexpr std::array<std::string_view, 3> kConfigurationKeys = {"duration", "interval",
                                                                "workloads"};
constexpr std::size_t kMostDigits = 12;

Error invalid(std::string message) {
    return {ErrorCode::kInvalidInput, std::move(message)};
}

/// An object that has no key but these, and of these the first `required`.
Result<void> check_keys(const Json& object,
                        std::span<const std::string_view> known,
                        std::span<const std::string_view> required) {
    if (!object.is_object()) {
        return invalid("is not an object");
    }
    for (const auto& [key, value] : object.items()) {
        if (std::find(known.begin(), known.end(), key) == known.end()) {
            return invalid(fmt::format("unknown key '{}'; allowed are {}", key.substr(0, 100),
                                       fmt::join(known, ", ")));
        }
    }
    for (const auto key : required) {
        if (!object.contains(key)) {
            return invalid(fmt::format("'{}' is missing", key));
        }
    }
    return {};
}

Result<std::uint64_t> seconds_at(const Json& configuration, std::string_view key) {
    const Json& value = configuration.at(std::string(key));
    if (!value.is_string()) {
        return invalid(fmt::format("{}: want text such as \"90s\" or \"1m30s\"", key));
    }
    return parse_duration_text(value.get_ref<const std::string&>()).within(key);
}

Result<model::Experiment> read_experiment(const Json& body) {
    model::Experiment experiment;
    if (const auto given = body.find("experiment"); given != body.end()) {
        if (!given->is_object()) {
            return invalid("experiment: is not an object");
        }
        Json fields = *given;
        // What is overwritten may say anything.
        fields.erase("created");
        fields.erase("status");
        experiment = TRY_WITHIN("experiment", model::experiment_from_json(fields));
    }
    if (experiment.id.empty()) {
        return experiment;
    }
    if (!coord::keys::is_usable_name(experiment.id) ||
        experiment.id.size() > store::kExperimentIdLength) {
        return invalid(
            fmt::format("experiment: id: want 1 to {} characters without commas, spaces "
                        "and control characters",
                        store::kExperimentIdLength));
    }
    return experiment;
}

Result<model::ExperimentConfiguration> read_configuration(const Json& given) {
    TRY(check_keys(given, kConfigurationKeys, kConfigurationKeys));
    const auto duration = TRY(seconds_at(given, "duration"));
    const auto interval = TRY(seconds_at(given, "interval"));
    const Json& workloads = given.at("workloads");
    if (!workloads.is_array()) {
        return invalid("workloads: is not a list");
    }
    for (std::size_t i = 0; i < workloads.size(); ++i) {
        TRY_WITHIN(fmt::format("workloads[{}]", i), check_keys(workloads[i], kKnown, kRequired));
    }
    auto configuration = TRY(model::configuration_from_wire(
        {{"duration", duration}, {"interval", interval}, {"workloads", workloads}}));
    for (auto& workload : configuration.workloads) {
        if (workload.client_parameters.is_null()) {
            workload.client_parameters = Json::object();
        }
    }
    return configuration;
}

}  // namespace

Result<std::uint64_t> parse_duration_text(std::string_view text) {
    std::uint64_t seconds = 0;
    std::uint64_t minutes = 0;
    std::uint64_t hours = 0;
    while (!text.empty()) {
        const auto first = text.find_first_of("0123456789");
        if (first == std::string_view::npos) {
            break;
        }
        text.remove_prefix(first);
        const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
        if (end > kMostDigits) {
            return invalid("a number of too many digits");
        }
        std::uint64_t number = 0;
        for (const char digit : text.substr(0, end)) {
            number = number * 10 + static_cast<std::uint64_t>(digit - '0');
        }
        text.remove_prefix(end);
        const char unit = text.empty() ? 's' : text.front();
        (unit == 'h' ? hours : unit == 'm' ? minutes : seconds) = number;
    }
    return seconds + 60 * minutes + 3'600 * hours;
}

Result<ExperimentRequest> experiment_request_from_json(const Json& body, base::WallTime now) {
    TRY(check_keys(body, kBody, std::span(kBody).subspan(1)));
    ExperimentRequest request;
    request.experiment = TRY(read_experiment(body));
    if (request.experiment.id.empty()) {
        request.id = ExperimentRequest::Id::kMade;
        request.experiment.id = base::new_experiment_id(now);
    }
    request.experiment.created = base::to_epoch_seconds(now);
    request.experiment.status = "QUEUED";
    request.configuration =
        TRY_WITHIN("configuration", read_configuration(body.at("configuration")));
    return request;
}

}  // namespace galileo::api
