// The rules of workloads: what is sent, by whom, and when.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "experiment/spec_checker.h"
#include "experiment/spec_keys.h"
#include "pacing/distribution.h"

namespace galileo::experiment {

namespace {

constexpr std::size_t kMaxPathBytes = 8192;  // what servers commonly take in a request line

/// A token of RFC 9110 section 5.6.2: a method or the name of a header.
bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char character) {
        return is_alphanumeric(character) ||
               std::string_view("!#$%&'*+-.^_`|~").find(character) != std::string_view::npos;
    });
}

bool is_rate(double rate) {
    return std::isfinite(rate) && rate >= 0 && rate <= kMaxRate;
}

}  // namespace

void SpecChecker::check_workloads() {
    if (spec_.workloads.empty()) {
        problems_.broken("workloads", "required; allowed: a list of at least one workload");
    }
    for (std::size_t at = 0; at < spec_.workloads.size(); ++at) {
        WorkloadSpec& workload = spec_.workloads[at];
        const std::string path = workload_path(at);
        check_identity(workload, path);
        check_labels(workload, path);
        check_finite(workload.app_parameters, path + ".parameters");
        if (!workload.app) {
            check_request(workload.request, path);
        } else if (!is_word(*workload.app)) {
            check_word(*workload.app, path + ".app", "client app");
        }
        check_profile(workload, path);
    }
}

void SpecChecker::check_identity(WorkloadSpec& workload, const std::string& path) {
    if (workload.service.empty() && spec_.services.size() == 1) {
        workload.service = spec_.services.front().name;
    }
    if (workload.service.empty() && !spec_.services.empty()) {
        problems_.broken(
            path + ".service",
            fmt::format("required, as there are {} services; {}", spec_.services.size(),
                        allowed_words("", names_of(spec_.services))));
    } else if (spec_.service(workload.service) == nullptr && !spec_.services.empty()) {
        problems_.broken(path + ".service",
                         fmt::format("no service '{}'; {}", workload.service,
                                     allowed_words(workload.service, names_of(spec_.services))));
    }
    if (workload.name.empty()) {
        workload.name = workload.service;
    } else {
        check_word(workload.name, path + ".name", "workload");
    }
    if (!workload.name.empty() && !workload_names_.insert(workload.name).second) {
        problems_.broken(
            path + ".name",
            fmt::format("another workload is called '{}' already; give each a 'name' of its own",
                        workload.name));
    }
    if (workload.clients < 1 || workload.clients > kMaxClients) {
        refuse(path, "workload", "clients", workload.clients);
    }
    if (workload.max_requests && *workload.max_requests < 1) {
        refuse(path, "workload", "max_requests", *workload.max_requests);
    }
}

void SpecChecker::check_labels(const WorkloadSpec& workload, const std::string& path) {
    for (const auto& [label, value] : workload.worker_labels) {
        if (!label.starts_with("galileo_")) {
            problems_.broken(fmt::format("{}.worker_labels.{}", path, label),
                             "no worker can have this label; allowed: names that begin with "
                             "'galileo_'");
            return;
        }
    }
    const bool some_match =
        std::any_of(spec_.workers.begin(), spec_.workers.end(), [&](const WorkerSpec& worker) {
            return matches_labels(worker.labels, workload.worker_labels);
        });
    if (spec_.workers.empty() || some_match) {
        return;
    }
    std::set<std::string> known;
    for (const auto& worker : spec_.workers) {
        for (const auto& [label, value] : worker.labels) {
            known.insert(fmt::format("{}: {}", label, value));
        }
    }
    problems_.broken(path + ".worker_labels",
                     known.empty() ? "none of 'workers' has any labels"
                                   : fmt::format("none of 'workers' has all of these; they have {}",
                                                 fmt::join(known, ", ")));
}

void SpecChecker::check_request(const RequestSpec& request, const std::string& path) {
    if (!is_token(request.method)) {
        refuse(path, "workload", "method", fmt::format("'{}'", request.method));
    }
    if (!request.path.starts_with('/') || has_control(request.path) ||
        request.path.size() > kMaxPathBytes) {
        refuse(path, "workload", "path", fmt::format("'{}'", request.path.substr(0, 60)));
    }
    check_headers(request, path);
    check_form(request.params, path, "params");
    check_form(request.data, path, "data");
    const int bodies =
        (request.body ? 1 : 0) + (request.json ? 1 : 0) + (request.data.is_null() ? 0 : 1);
    if (bodies > 1) {
        problems_.broken(path, "allowed: at most one of 'body', 'json' and 'data'");
    }
    check_finite(request.params, path + ".params");
    check_finite(request.data, path + ".data");
    check_finite(request.json.value_or(nullptr), path + ".json");
    if (request.json && request.json->is_null()) {
        problems_.broken(path + ".json", "given nothing; allowed: anything but null");
    }
    if (request.timeout.count() < 0 || request.timeout > kOneHour) {
        refuse(path, "workload", "timeout", base::format_duration(request.timeout));
    }
}

void SpecChecker::check_headers(const RequestSpec& request, const std::string& path) {
    for (const std::string_view key : {"headers", "cookies"}) {
        const model::Json& texts = key == "headers" ? request.headers : request.cookies;
        if (texts.is_null()) {
            continue;
        }
        if (!texts.is_object()) {
            refuse(path, "workload", key, texts.type_name());
            continue;
        }
        for (const auto& [name, value] : texts.items()) {
            const std::string item_path = fmt::format("{}.{}.{}", path, key, name);
            if (!is_token(name)) {
                problems_.broken(item_path,
                                 "not a name; allowed: letters, digits and !#$%&'*+-.^_`|~");
            }
            const bool removes = value.is_null() && key == "headers";
            if (!removes &&
                (!value.is_string() || has_control(value.get_ref<const std::string&>()))) {
                problems_.broken(item_path,
                                 "allowed: text in one line, without control characters");
            }
        }
    }
}

void SpecChecker::check_form(const model::Json& form,
                             const std::string& path,
                             std::string_view key) {
    if (form.is_null()) {
        return;
    }
    if (!form.is_object()) {
        refuse(path, "workload", key, form.type_name());
        return;
    }
    for (const auto& [name, value] : form.items()) {
        const bool flat = value.is_primitive() ||
                          (value.is_array() &&
                           std::all_of(value.begin(), value.end(), [](const model::Json& each) {
                               return each.is_primitive();
                           }));
        if (!flat) {
            problems_.broken(fmt::format("{}.{}.{}", path, key, name),
                             "allowed: a scalar or a list of scalars");
        }
    }
}

void SpecChecker::check_profile(const WorkloadSpec& workload, const std::string& path) {
    if (const auto* const rate = std::get_if<ConstantRate>(&workload.profile)) {
        if (!is_rate(rate->per_second) || rate->per_second == 0) {
            refuse(path, "workload", "rate", rate->per_second);
        }
    } else if (const auto* const ticks = std::get_if<Ticks>(&workload.profile)) {
        check_ticks(*ticks, path);
    } else if (const auto* const stages = std::get_if<Stages>(&workload.profile)) {
        check_stages(*stages, path);
    } else if (const auto* const pauses = std::get_if<Intervals>(&workload.profile)) {
        const auto made = pacing::Distribution::create(pauses->distribution, pauses->parameters);
        if (!made) {
            problems_.broken(path + ".distribution", made.error().message());
        }
        if (workload.spacing != pacing::Spacing::kEven) {
            problems_.broken(path + ".spacing", "has no effect with 'distribution'");
        }
    } else if (const auto* const loop = std::get_if<ClosedLoop>(&workload.profile)) {
        if (loop->in_flight < 1 || loop->in_flight > kMaxInFlight) {
            refuse(path, "workload", "in_flight", loop->in_flight);
        }
    }
}

void SpecChecker::check_stages(const Stages& stages, const std::string& path) {
    if (stages.stages.empty()) {
        problems_.broken(path + ".stages", "given an empty list; allowed: at least one stage");
        return;
    }
    bool sends = false;
    for (std::size_t at = 0; at < stages.stages.size(); ++at) {
        const pacing::Stage& stage = stages.stages[at];
        const std::string stage_path = fmt::format("{}.stages[{}]", path, at);
        if (stage.duration.count() <= 0 || stage.duration > kMaxDuration) {
            problems_.broken(stage_path + ".duration",
                             fmt::format("given {}; allowed: above 0, at most 366d",
                                         base::format_duration(stage.duration)));
        }
        for (const auto& [key, rate] : {std::pair("from", stage.from), {"to", stage.to}}) {
            if (!is_rate(rate)) {
                refuse(stage_path, "stage", key, rate);
            }
        }
        sends = sends || stage.from != 0 || stage.to != 0;
    }
    if (!sends) {
        problems_.broken(path + ".stages", "all rates are 0; allowed: at least one above 0");
    }
}

void SpecChecker::check_ticks(const Ticks& ticks, const std::string& path) {
    if (ticks.rates.empty()) {
        problems_.broken(path + ".ticks", "given an empty list; allowed: at least one rate");
        return;
    }
    for (std::size_t at = 0; at < ticks.rates.size(); ++at) {
        if (!is_rate(ticks.rates[at])) {
            problems_.broken(fmt::format("{}.ticks[{}]", path, at),
                             fmt::format("given {}; allowed: number, 0 to 1e9", ticks.rates[at]));
        }
    }
    if (std::all_of(ticks.rates.begin(), ticks.rates.end(),
                    [](double rate) { return rate == 0; })) {
        problems_.broken(path + ".ticks", "all rates are 0; allowed: at least one above 0");
    }
    if (spec_.interval.count() <= 0) {
        problems_.broken(
            "interval",
            fmt::format("required with 'ticks' (of {}); allowed: duration, above 0", path));
    }
}

}  // namespace galileo::experiment
