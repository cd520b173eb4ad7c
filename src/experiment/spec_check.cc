// The rules between the values of a specification, the same for files and flags.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <set>

#include "base/environment.h"
#include "base/units.h"
#include "experiment/spec_checker.h"
#include "experiment/spec_keys.h"
#include "experiment/spec_reader.h"
#include "routing/target.h"
#include "target/behaviour.h"

namespace galileo::experiment {

namespace {

using std::chrono::nanoseconds;

constexpr std::size_t kMaxNameBytes = 100;  // experiments.NAME, contract 5.2
constexpr std::size_t kMaxWordBytes = 50;   // traces.SERVICE, contract 5.2
constexpr std::size_t kMaxLabelBytes = 1024;
constexpr double kMaxWeight = 1e6;
constexpr std::uint64_t kMaxTargetBytes = 1ULL << 30U;
constexpr std::uint64_t kMaxBodyLimit = 1ULL << 30U;

/// Variables of this kind configure a worker, so a label of that name would do more than label.
bool configures_worker(std::string_view label) {
    constexpr std::array<std::string_view, 9> kPrefixes = {
        "galileo_redis_", "galileo_worker_", "galileo_trace_",  "galileo_router_", "galileo_apps_",
        "galileo_expdb_", "galileo_api_",    "galileo_logging", "galileo_dev_"};
    return std::any_of(kPrefixes.begin(), kPrefixes.end(),
                       [&](std::string_view prefix) { return label.starts_with(prefix); });
}

/// Adds durations that may be wild, as they come unchecked.
nanoseconds capped_sum(nanoseconds left, nanoseconds right) {
    const nanoseconds cap = 2 * nanoseconds(kMaxDuration);
    return std::min(std::min(left, cap) + std::min(right, cap), cap);
}

nanoseconds stages_duration(const Stages& stages) {
    return std::accumulate(stages.stages.begin(), stages.stages.end(), nanoseconds(0),
                           [](nanoseconds sum, const pacing::Stage& stage) {
                               return capped_sum(sum, stage.duration);
                           });
}

}  // namespace

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char character) {
        const auto byte = static_cast<unsigned char>(character);
        return byte < 0x20U || byte == 0x7FU;
    });
}

bool is_alphanumeric(char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9');
}

bool is_word(std::string_view name) {
    return !name.empty() && name.size() <= kMaxWordBytes &&
           std::all_of(name.begin(), name.end(), [](char character) {
               return is_alphanumeric(character) || character == '.' || character == '_' ||
                      character == '-';
           });
}

void SpecChecker::run() {
    check_names();
    check_services();
    check_targets();
    check_workers();
    check_workloads();
    fill_duration();
    for (std::size_t at = 0; at < spec_.workloads.size(); ++at) {
        check_times(spec_.workloads[at], workload_path(at));
    }
    check_limits();
}

void SpecChecker::check_word(const std::string& name,
                             const std::string& path,
                             std::string_view what) {
    if (!is_word(name)) {
        problems_.broken(path, fmt::format("'{}' cannot be the name of a {}; allowed: letters, "
                                           "digits, '.', '_' and '-', at most {}",
                                           name, what, kMaxWordBytes));
    }
}

/// JSON, and so the database and the wire, has no other numbers.
void SpecChecker::check_finite(const model::Json& value, const std::string& path) {
    if (value.is_number_float() && !std::isfinite(value.get<double>())) {
        problems_.broken(path, "allowed: finite numbers");
    }
    if (!value.is_structured()) {
        return;
    }
    for (const auto& [key, inner] : value.items()) {
        check_finite(inner, value.is_array() ? fmt::format("{}[{}]", path, key) : path + "." + key);
    }
}

void SpecChecker::check_names() {
    for (const auto& [key, text] : {std::pair("name", &spec_.name), {"creator", &spec_.creator}}) {
        if (text->size() > kMaxNameBytes || has_control(*text)) {
            refuse("", "experiment", key, fmt::format("{} bytes", text->size()));
        }
    }
    if (!spec_.metadata.is_null() && !spec_.metadata.is_object()) {
        refuse("", "experiment", "metadata", spec_.metadata.type_name());
    }
    check_finite(spec_.metadata, "metadata");
    if (has_control(spec_.database)) {
        refuse("", "experiment", "database", "control characters");
    }
}

void SpecChecker::check_services() {
    if (spec_.services.empty()) {
        problems_.broken("services", "required; allowed: at least one service and its routes");
    }
    std::set<std::string_view> names;
    for (const auto& service : spec_.services) {
        const std::string path = "services." + service.name;
        check_word(service.name, path, "service");
        if (!names.insert(service.name).second) {
            problems_.broken(path, "two services have this name");
        }
        const auto& routers = router_names();
        if (std::find(routers.begin(), routers.end(), service.router) == routers.end()) {
            problems_.broken(path + ".router", fmt::format("given '{}'; {}", service.router,
                                                           allowed_words(service.router, routers)));
        }
        check_routes(service, path + ".routes");
    }
}

void SpecChecker::check_routes(const ServiceSpec& service, const std::string& path) {
    std::set<std::string_view> hosts;
    double total = 0;
    for (std::size_t at = 0; at < service.routes.size(); ++at) {
        const Route& route = service.routes[at];
        const std::string route_path = fmt::format("{}[{}]", path, at);
        check_route(route, route_path);
        total += route.weight;
        if (!hosts.insert(route.host).second) {
            problems_.broken(
                route_path,
                fmt::format("'{}' is listed twice; give it one route with a weight", route.host));
        }
    }
    if (!service.routes.empty() && total == 0) {
        problems_.broken(path, "all weights are 0; allowed: at least one above 0");
    }
}

void SpecChecker::check_route(const Route& route, const std::string& path) {
    const double weight = route.weight;
    if (!std::isfinite(weight) || weight < 0 || weight > kMaxWeight ||
        std::trunc(weight) != weight) {
        refuse(path, "route", "weight", weight);
    }
    if (const auto target = target_name(route.host)) {
        if (spec_.target(*target) == nullptr) {
            problems_.broken(path + ".host",
                             spec_.targets.empty()
                                 ? fmt::format("no target '{}': there is no 'targets'", *target)
                                 : fmt::format("no target '{}'; {}", *target,
                                               allowed_words(*target, names_of(spec_.targets))));
        }
    } else if (const auto host = routing::parse_target(route.host); !host) {
        problems_.broken(path + ".host", fmt::format("{}; allowed: {}", host.error().message(),
                                                     allowed_values("route", "host")));
    }
}

void SpecChecker::check_targets() {
    if (spec_.targets.size() > kMaxTargets) {
        problems_.broken("targets", fmt::format("given {}; allowed: at most {}",
                                                spec_.targets.size(), kMaxTargets));
    }
    std::set<std::string_view> names;
    for (const auto& target : spec_.targets) {
        const std::string path = "targets." + target.name;
        check_word(target.name, path, "target");
        if (!names.insert(target.name).second) {
            problems_.broken(path, "two targets have this name");
        }
        check_target(target, path);
    }
}

void SpecChecker::check_target(const TargetSpec& target, const std::string& path) {
    if (target.size_bytes > kMaxTargetBytes) {
        refuse(path, "target", "size", target.size_bytes);
    }
    const auto report = [&](const auto& parsed, const std::string& key) {
        if (!parsed) {
            problems_.broken(path + key, parsed.error().message());
        }
    };
    report(target::Delay::parse(target.latency), ".latency");
    report(target::StatusMix::parse(target.status), ".status");
    for (const auto& freeze : target.freezes) {
        report(target::Freeze::parse(freeze), ".freeze");
    }
}

void SpecChecker::check_workers() {
    if (spec_.workers.size() > kMaxWorkers) {
        problems_.broken("workers", fmt::format("given {}; allowed: at most {}",
                                                spec_.workers.size(), kMaxWorkers));
    }
    for (std::size_t at = 0; at < spec_.workers.size(); ++at) {
        const WorkerSpec& worker = spec_.workers[at];
        const std::string path = fmt::format("workers[{}]", at);
        if (worker.threads < 1 || worker.threads > kMaxThreads) {
            refuse(path, "worker", "threads", worker.threads);
        }
        for (const auto& [label, value] : worker.labels) {
            const std::string label_path = fmt::format("{}.labels.{}", path, label);
            if (configures_worker(label)) {
                problems_.broken(label_path,
                                 "configures Galileo itself; allowed: labels of your own, such as "
                                 "galileo_zone");
            } else if (base::names_secret(label)) {
                problems_.broken(label_path,
                                 "may hold a secret, which never becomes a label; allowed: names "
                                 "without password, token, secret and key");
            }
            if (value.size() > kMaxLabelBytes || has_control(value)) {
                problems_.broken(
                    label_path,
                    fmt::format("allowed: text of at most {} bytes in one line", kMaxLabelBytes));
            }
            if (!label.starts_with("galileo_") || !is_word(label)) {
                problems_.broken(label_path,
                                 "allowed: names that begin with 'galileo_', of letters, digits "
                                 "and '_'");
            }
        }
    }
}

void SpecChecker::fill_duration() {
    if (spec_.duration.count() != 0) {
        return;
    }
    nanoseconds longest{0};
    for (std::size_t at = 0; at < spec_.workloads.size(); ++at) {
        const Profile& profile = spec_.workloads[at].profile;
        if (const auto* const stages = std::get_if<Stages>(&profile)) {
            longest = std::max(longest, stages_duration(*stages));
        } else if (const auto* const ticks = std::get_if<Ticks>(&profile)) {
            nanoseconds length{0};
            for (std::size_t tick = 0; tick < ticks->rates.size() && length <= kMaxDuration;
                 ++tick) {
                length = capped_sum(length, spec_.interval);
            }
            longest = std::max(longest, length);
        } else {
            problems_.broken(
                "duration",
                fmt::format("required, as {} has no end of its own; allowed: {}", workload_path(at),
                            allowed_values("experiment", "duration")));
            return;
        }
    }
    spec_.duration = longest;
}

void SpecChecker::check_times(const WorkloadSpec& workload, const std::string& path) {
    if (spec_.duration.count() <= 0) {
        return;  // missing or refused
    }
    if (const auto* const stages = std::get_if<Stages>(&workload.profile)) {
        const nanoseconds length = stages_duration(*stages);
        if (length > spec_.duration) {
            problems_.broken(
                path + ".stages",
                fmt::format("the stages last {}, longer than 'duration', {}",
                            base::format_duration(length), base::format_duration(spec_.duration)));
        }
    }
    const auto* const ticks = std::get_if<Ticks>(&workload.profile);
    if (ticks == nullptr || spec_.interval.count() <= 0 || ticks->rates.empty()) {
        return;
    }
    const auto needed =
        static_cast<std::uint64_t>((spec_.duration.count() - 1) / spec_.interval.count() + 1);
    if (ticks->rates.size() != needed) {
        problems_.broken(path + ".ticks",
                         fmt::format("given {}; a duration of {} holds {} intervals of {}",
                                     ticks->rates.size(), base::format_duration(spec_.duration),
                                     needed, base::format_duration(spec_.interval)));
    }
}

void SpecChecker::check_limits() {
    if (spec_.duration.count() < 0 || spec_.duration > kMaxDuration) {
        refuse("", "experiment", "duration", base::format_duration(spec_.duration));
    }
    if (spec_.interval.count() < 0) {
        refuse("", "experiment", "interval", base::format_duration(spec_.interval));
    }
    if (spec_.connections && (*spec_.connections < 1 || *spec_.connections > kMaxConnections)) {
        refuse("", "experiment", "connections", *spec_.connections);
    }
    if (spec_.drain_timeout.count() < 0 || spec_.drain_timeout > kOneHour) {
        refuse("", "experiment", "drain_timeout", base::format_duration(spec_.drain_timeout));
    }
    if (spec_.trace_body_limit > kMaxBodyLimit) {
        refuse("trace", "trace", "body_limit", spec_.trace_body_limit);
    }
}

void check(ExperimentSpec& spec, SpecProblems& problems) {
    SpecChecker(spec, problems).run();
}

}  // namespace galileo::experiment
