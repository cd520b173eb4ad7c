// What follows from a workload: its rate over time, its size, its wire form and its description.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/assert.h"
#include "base/units.h"
#include "experiment/spec.h"

namespace galileo::experiment {

namespace {

using std::chrono::nanoseconds;

constexpr std::size_t kStagesShown = 4;

/// `2,000/s`, `0.5/s`.
std::string rate_text(double rate) {
    return std::trunc(rate) == rate ? base::format_count(static_cast<std::uint64_t>(rate)) + "/s"
                                    : fmt::format("{:.4g}/s", rate);
}

std::string describe(const Stages& stages) {
    if (stages.stages.size() > kStagesShown) {
        double lowest = kMaxRate;
        double highest = 0;
        for (const auto& stage : stages.stages) {
            lowest = std::min({lowest, stage.from, stage.to});
            highest = std::max({highest, stage.from, stage.to});
        }
        return fmt::format("{} stages, {} to {}", stages.stages.size(), rate_text(lowest),
                           rate_text(highest));
    }
    std::string text;
    for (const auto& stage : stages.stages) {
        const std::string length = base::format_duration(stage.duration);
        text += text.empty() ? "" : ", ";
        if (stage.from == stage.to) {
            text += fmt::format("{} for {}", rate_text(stage.to), length);
        } else {
            const std::string from = rate_text(stage.from);
            text += fmt::format("{} → {} in {}", from.substr(0, from.size() - 2),
                                rate_text(stage.to), length);
        }
    }
    return text;
}

std::string describe(const Ticks& ticks, nanoseconds interval) {
    const auto [lowest, highest] = std::minmax_element(ticks.rates.begin(), ticks.rates.end());
    const std::string length = base::format_duration(interval);
    if (ticks.rates.size() == 1) {
        return fmt::format("{} for {}", rate_text(*highest), length);
    }
    return fmt::format("{} ticks of {}, {} to {}", ticks.rates.size(), length, rate_text(*lowest),
                       rate_text(*highest));
}

Result<pacing::RateProfile> make_profile(const ExperimentSpec& spec, const Profile& profile) {
    if (const auto* const ticks = std::get_if<Ticks>(&profile)) {
        return pacing::RateProfile::of_ticks(ticks->rates, spec.interval, spec.duration);
    }
    if (const auto* const stages = std::get_if<Stages>(&profile)) {
        return pacing::RateProfile::of_stages(stages->stages);
    }
    return pacing::RateProfile::constant(std::get<ConstantRate>(profile).per_second, spec.duration);
}

model::Json request_arguments(const RequestSpec& request) {
    model::Json arguments = model::Json::object();
    for (const auto& [key, value] : {std::pair("headers", &request.headers),
                                     {"params", &request.params},
                                     {"cookies", &request.cookies},
                                     {"data", &request.data}}) {
        if (!value->is_null()) {
            arguments[key] = *value;
        }
    }
    if (request.body) {
        arguments["data"] = *request.body;
    }
    if (request.json) {
        arguments["json"] = *request.json;
    }
    if (request.timeout.count() > 0) {
        arguments["timeout"] = std::chrono::duration<double>(request.timeout).count();
    }
    if (!request.follow_redirects) {
        arguments["allow_redirects"] = false;
    }
    if (!request.verify_tls) {
        arguments["verify"] = false;
    }
    return arguments;
}

}  // namespace

std::optional<pacing::RateProfile> rate_profile(const ExperimentSpec& spec,
                                                const WorkloadSpec& workload) {
    if (std::holds_alternative<Intervals>(workload.profile) ||
        std::holds_alternative<ClosedLoop>(workload.profile)) {
        return std::nullopt;
    }
    auto profile = make_profile(spec, workload.profile);
    GALILEO_ASSERT(profile.ok());  // check_spec() lets nothing else through
    return *std::move(profile);
}

nanoseconds workload_duration(const ExperimentSpec& spec, const WorkloadSpec& workload) {
    const auto* const stages = std::get_if<Stages>(&workload.profile);
    if (stages == nullptr) {
        return spec.duration;
    }
    nanoseconds sum{0};
    for (const auto& stage : stages->stages) {
        sum += stage.duration;
    }
    return std::min(sum, spec.duration);
}

std::optional<std::uint64_t> planned_requests(const ExperimentSpec& spec,
                                              const WorkloadSpec& workload) {
    std::optional<std::uint64_t> planned;
    if (const auto profile = rate_profile(spec, workload)) {
        planned = profile->planned();
    } else if (const auto* const pauses = std::get_if<Intervals>(&workload.profile)) {
        const bool is_fixed = pauses->distribution == "constant" && !pauses->parameters.empty() &&
                              pauses->parameters.front() > 0;
        if (is_fixed) {
            const double seconds = std::chrono::duration<double>(spec.duration).count();
            // The last one must start before the end, not at it.
            const double each = std::ceil(seconds / pauses->parameters.front()) - 1;
            planned = static_cast<std::uint64_t>(std::max(each, 0.0)) * workload.clients;
        }
    }
    if (workload.max_requests) {
        planned = std::min(planned.value_or(*workload.max_requests), *workload.max_requests);
    }
    return planned;
}

std::string describe_profile(const ExperimentSpec& spec, const WorkloadSpec& workload) {
    std::string text;
    if (const auto* const rate = std::get_if<ConstantRate>(&workload.profile)) {
        text = rate_text(rate->per_second);
    } else if (const auto* const ticks = std::get_if<Ticks>(&workload.profile)) {
        text = describe(*ticks, spec.interval);
    } else if (const auto* const stages = std::get_if<Stages>(&workload.profile)) {
        text = describe(*stages);
    } else if (const auto* const pauses = std::get_if<Intervals>(&workload.profile)) {
        text = fmt::format("{}({}) per client", pauses->distribution,
                           fmt::join(pauses->parameters, ", "));
    } else {
        const auto& loop = std::get<ClosedLoop>(workload.profile);
        text = fmt::format("closed loop, {} in flight per client", loop.in_flight);
    }
    return workload.spacing == pacing::Spacing::kPoisson ? text + ", Poisson" : text;
}

model::Json client_parameters(const WorkloadSpec& workload) {
    if (workload.app) {
        return workload.app_parameters;
    }
    model::Json parameters = model::Json::object();
    parameters["method"] = workload.request.method;
    parameters["path"] = workload.request.path;
    model::Json arguments = request_arguments(workload.request);
    if (!arguments.empty()) {
        parameters["kwargs"] = std::move(arguments);
    }
    return parameters;
}

}  // namespace galileo::experiment
