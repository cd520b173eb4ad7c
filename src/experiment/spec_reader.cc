#include "experiment/spec_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/units.h"
#include "experiment/spec_keys.h"
#include "experiment/spec_mapping.h"

namespace galileo::experiment {

namespace {

using List = std::vector<std::pair<std::string, const SpecNode*>>;

Route read_route(const SpecNode& node, const std::string& path, SpecProblems& problems) {
    Route route;
    if (auto host = to_text(node)) {
        route.host = *std::move(host);
        return route;
    }
    const SpecMapping mapping(node, path, "route", problems);
    if (!mapping.has("host") && node.kind == SpecNode::Kind::kMapping) {
        problems.broken(path + ".host",
                        fmt::format("required; allowed: {}", allowed_values("route", "host")));
        problems.silence(path + ".host");
    }
    mapping.read_text("host", route.host);
    mapping.read_number("weight", route.weight);
    return route;
}

ServiceSpec read_service(const SpecEntry& entry, const std::string& path, SpecProblems& problems) {
    const SpecMapping mapping(entry.value, path, "service", problems);
    ServiceSpec service;
    service.name = entry.key.text;
    for (const auto& [route_path, node] : mapping.read_list("routes")) {
        service.routes.push_back(read_route(*node, route_path, problems));
    }
    if (const auto router = mapping.read_choice("router", router_names())) {
        service.router = router_names()[*router];
    }
    if (const auto balancer = mapping.read_choice("balancer", balancer_names())) {
        service.balancer = balancer_names()[*balancer];
    }
    return service;
}

/// `503`, `200=95,503=5`, or the latter as a mapping of status to weight.
void read_status(const SpecMapping& mapping, TargetSpec& target) {
    const SpecNode* const node = mapping.find("status");
    if (node == nullptr || node->kind != SpecNode::Kind::kMapping) {
        mapping.read_text("status", target.status);
        return;
    }
    std::string mix;
    for (const auto& entry : node->entries) {
        const auto weight = to_text(entry.value);
        if (!weight) {
            mapping.refuse("status");
            return;
        }
        mix += fmt::format("{}{}={}", mix.empty() ? "" : ",", entry.key.text, *weight);
    }
    target.status = std::move(mix);
}

void read_freezes(const SpecMapping& mapping, TargetSpec& target) {
    const SpecNode* const node = mapping.find("freeze");
    if (node != nullptr && to_text(*node)) {
        target.freezes.push_back(node->text);
        return;
    }
    for (const auto& [path, item] : mapping.read_list("freeze")) {
        target.freezes.push_back(to_text(*item).value_or(""));
    }
}

TargetSpec read_target(const SpecEntry& entry, const std::string& path, SpecProblems& problems) {
    const SpecMapping mapping(entry.value, path, "target", problems);
    TargetSpec target;
    target.name = entry.key.text;
    mapping.read_text("latency", target.latency);
    mapping.read_size("size", target.size_bytes);
    read_status(mapping, target);
    read_freezes(mapping, target);
    return target;
}

WorkerSpec read_worker(const SpecNode& node, const std::string& path, SpecProblems& problems) {
    const SpecMapping mapping(node, path, "worker", problems);
    WorkerSpec worker;
    mapping.read_labels("labels", worker.labels);
    std::uint64_t threads = worker.threads;
    mapping.read_whole("threads", threads);
    constexpr std::uint64_t kMost = std::numeric_limits<unsigned>::max();
    worker.threads = static_cast<unsigned>(std::min(threads, kMost));
    return worker;
}

void read_workers(const SpecMapping& mapping, ExperimentSpec& spec, SpecProblems& problems) {
    const SpecNode* const node = mapping.find("workers");
    if (node == nullptr || node->kind == SpecNode::Kind::kList) {
        for (const auto& [path, worker] : mapping.read_list("workers")) {
            spec.workers.push_back(read_worker(*worker, path, problems));
        }
        return;
    }
    const auto count = to_whole(*node);
    if (!count || *count < 1 || *count > kMaxWorkers) {
        mapping.refuse("workers");
        return;
    }
    spec.workers.resize(static_cast<std::size_t>(*count));
}

/// Headers and cookies are text; a number there is meant as it is written.
model::Json read_texts(const SpecMapping& mapping, std::string_view key) {
    model::Json texts = model::Json::object();
    for (const auto& [path, entry] : mapping.read_entries(key)) {
        const auto text = to_text(entry->value);
        const bool is_null = entry->value.kind == SpecNode::Kind::kNull ||
                             (entry->value.kind == SpecNode::Kind::kScalar && !text);
        if (!text && !(is_null && key == "headers")) {
            mapping.problems().unreadable(
                entry->value, path,
                fmt::format("given {}; allowed: text{}", describe(entry->value),
                            key == "headers" ? ", or null for none" : ""));
            continue;
        }
        texts[entry->key.text] = text ? model::Json(*text) : model::Json(nullptr);
    }
    return texts.empty() ? model::Json() : texts;
}

RequestSpec read_request(const SpecMapping& mapping) {
    RequestSpec request;
    mapping.read_text("method", request.method);
    mapping.read_text("path", request.path);
    request.headers = read_texts(mapping, "headers");
    mapping.read_object("params", request.params);
    request.cookies = read_texts(mapping, "cookies");
    mapping.read_object("data", request.data);
    if (mapping.has("body")) {
        request.body.emplace();
        mapping.read_text("body", *request.body);
    }
    if (const SpecNode* const json = mapping.find("json")) {
        request.json = to_json(*json);
    }
    mapping.read_duration("timeout", request.timeout);
    mapping.read_flag("allow_redirects", request.follow_redirects);
    mapping.read_flag("verify", request.verify_tls);
    return request;
}

Stages read_stages(const SpecMapping& workload) {
    Stages stages;
    double before = 0;
    for (const auto& [path, node] : workload.read_list("stages")) {
        SpecProblems& problems = workload.problems();
        const SpecMapping mapping(*node, path, "stage", problems);
        pacing::Stage stage{};
        mapping.read_duration("duration", stage.duration);
        if (!mapping.has("duration")) {
            problems.broken(path + ".duration", "required; allowed: duration, above 0");
            problems.silence(path + ".duration");
        }
        stage.from = before;
        mapping.read_number("from", stage.from);
        mapping.read_number("to", stage.to);
        if (mapping.has("rate")) {
            mapping.read_number("rate", stage.from);
            stage.to = stage.from;
        }
        if (mapping.has("rate") == mapping.has("to") ||
            (mapping.has("rate") && mapping.has("from"))) {
            problems.broken(path, "allowed: either 'rate', to hold it, or 'to' (and 'from')");
            problems.silence(path);
        }
        before = stage.to;
        stages.stages.push_back(stage);
    }
    return stages;
}

/// Parameters by name, in the order of the table, defaults filled in up to the last one given.
std::vector<double> named_parameters(const SpecNode& node,
                                     const std::string& path,
                                     const DistributionKey& distribution,
                                     SpecProblems& problems) {
    std::vector<std::string_view> names{"name"};
    for (const auto& parameter : distribution.parameters) {
        names.push_back(parameter.name);
    }
    std::map<std::string_view, double> given;
    for (const auto& entry : node.entries) {
        const std::string& word = entry.key.text;
        const auto number = to_number(entry.value);
        const std::string entry_path = fmt::format("{}.{}", path, word);
        if (std::find(names.begin(), names.end(), word) == names.end()) {
            if (const auto nearest = nearest_word(word, names)) {
                problems.silence(fmt::format("{}.{}", path, *nearest));
            }
            problems.unreadable(entry.key, entry_path,
                                fmt::format("not a parameter of {}; {}", distribution.name,
                                            allowed_words(word, names)));
        } else if (word == "name") {
            continue;
        } else if (number) {
            given[word] = *number;
        } else {
            problems.unreadable(
                entry.value, entry_path,
                fmt::format("given {}; allowed: a finite number", describe(entry.value)));
        }
    }
    std::vector<double> values;
    for (std::size_t at = 0; at < distribution.parameters.size(); ++at) {
        const auto& parameter = distribution.parameters[at];
        const auto found = given.find(parameter.name);
        const bool is_last = at + 1 == distribution.parameters.size();
        if (found != given.end()) {
            values.push_back(found->second);
        } else if (parameter.fallback) {
            values.push_back(*parameter.fallback);
        } else if (!(is_last && distribution.last_is_optional)) {
            problems.broken(fmt::format("{}.{}", path, parameter.name),
                            fmt::format("required with {}; allowed: a number", distribution.name));
            problems.silence(path);
            break;
        }
    }
    return values;
}

/// The short form of the original's shell: `[lognormvariate, -3, 0.5]`.
std::vector<double> listed_parameters(const SpecNode& node,
                                      const std::string& path,
                                      SpecProblems& problems) {
    std::vector<double> values;
    for (std::size_t at = 1; at < node.items.size(); ++at) {
        const auto number = to_number(node.items[at]);
        if (!number) {
            problems.unreadable(
                node.items[at], fmt::format("{}[{}]", path, at),
                fmt::format("given {}; allowed: a finite number", describe(node.items[at])));
            continue;
        }
        values.push_back(*number);
    }
    return values;
}

Intervals read_distribution(const SpecMapping& workload) {
    SpecProblems& problems = workload.problems();
    const std::string path = workload.path("distribution");
    const SpecNode& node = *workload.find("distribution");
    std::vector<std::string_view> known;
    for (const auto& distribution : distribution_keys()) {
        known.push_back(distribution.name);
    }
    const SpecNode* name = nullptr;
    if (node.kind == SpecNode::Kind::kList && !node.items.empty()) {
        name = &node.items.front();
    }
    for (const auto& entry : node.entries) {
        name = entry.key.text == "name" ? &entry.value : name;
    }
    Intervals intervals;
    if (name == nullptr) {
        workload.refuse("distribution");
        return intervals;
    }
    const auto text = to_text(*name);
    const DistributionKey* const distribution = text ? find_distribution(*text) : nullptr;
    if (distribution == nullptr) {
        problems.unreadable(
            *name, path + ".name",
            fmt::format("given {}; {}", describe(*name), allowed_words(text.value_or(""), known)));
        return intervals;
    }
    intervals.distribution = distribution->name;
    intervals.parameters = node.kind == SpecNode::Kind::kList
                               ? listed_parameters(node, path, problems)
                               : named_parameters(node, path, *distribution, problems);
    return intervals;
}

Ticks read_ticks(const SpecMapping& workload) {
    Ticks ticks;
    for (const auto& [path, node] : workload.read_list("ticks")) {
        const auto rate = to_number(*node);
        if (!rate) {
            workload.problems().unreadable(
                *node, path, fmt::format("given {}; allowed: number, 0 to 1e9", describe(*node)));
        }
        ticks.rates.push_back(rate.value_or(0));
    }
    return ticks;
}

Profile read_profile(const SpecMapping& mapping, const std::string& path) {
    std::vector<std::string_view> given;
    for (const std::string_view key : {"rate", "ticks", "stages", "distribution", "max"}) {
        if (mapping.has(key)) {
            given.push_back(key);
        }
    }
    Profile profile = ConstantRate{};
    if (given.size() != 1) {
        mapping.problems().broken(
            path,
            fmt::format("given {}; allowed: exactly one of 'rate', 'ticks', 'stages', "
                        "'distribution' and 'max'",
                        given.empty() ? "none" : fmt::format("{}", fmt::join(given, " and "))));
        mapping.problems().silence(path + ".rate");
    }
    if (given.empty()) {
        return profile;
    }
    if (given.front() == "rate") {
        mapping.read_number("rate", std::get<ConstantRate>(profile).per_second);
    } else if (given.front() == "ticks") {
        profile = read_ticks(mapping);
    } else if (given.front() == "stages") {
        profile = read_stages(mapping);
    } else if (given.front() == "distribution") {
        profile = read_distribution(mapping);
    } else {
        bool max = true;
        mapping.read_flag("max", max);
        if (!max) {
            mapping.refuse("max");
        }
        ClosedLoop loop;
        mapping.read_whole("in_flight", loop.in_flight);
        profile = loop;
    }
    return profile;
}

/// Keys that have no effect beside the ones given are mistakes, not decoration.
void refuse_idle_keys(const SpecMapping& mapping, const WorkloadSpec& workload) {
    const auto refuse = [&](std::string_view key, std::string_view why) {
        if (mapping.has(key)) {
            mapping.problems().broken(mapping.path(key), fmt::format("has no effect {}", why));
        }
    };
    if (!std::holds_alternative<ClosedLoop>(workload.profile)) {
        refuse("in_flight", "without 'max'");
    }
    if (std::holds_alternative<ClosedLoop>(workload.profile) ||
        std::holds_alternative<Intervals>(workload.profile)) {
        refuse("spacing", "without 'rate', 'ticks' or 'stages'");
    }
    if (!workload.app) {
        refuse("parameters", "without 'app'");
        return;
    }
    for (const std::string_view key : {"method", "path", "headers", "params", "cookies", "body",
                                       "json", "data", "timeout", "allow_redirects", "verify"}) {
        refuse(key, "with 'app', which makes the requests");
    }
}

WorkloadSpec read_workload(const SpecNode& node, const std::string& path, SpecProblems& problems) {
    const SpecMapping mapping(node, path, "workload", problems);
    WorkloadSpec workload;
    mapping.read_text("name", workload.name);
    mapping.read_text("service", workload.service);
    mapping.read_whole("clients", workload.clients);
    mapping.read_labels("worker_labels", workload.worker_labels);
    if (mapping.has("app")) {
        workload.app.emplace();
        mapping.read_text("app", *workload.app);
    }
    mapping.read_object("parameters", workload.app_parameters);
    workload.request = read_request(mapping);
    if (node.kind == SpecNode::Kind::kMapping) {
        workload.profile = read_profile(mapping, path);
    }
    if (const auto spacing = mapping.read_choice("spacing", {"even", "poisson"})) {
        workload.spacing = *spacing == 0 ? pacing::Spacing::kEven : pacing::Spacing::kPoisson;
    }
    mapping.read_whole("max_requests", workload.max_requests);
    refuse_idle_keys(mapping, workload);
    return workload;
}

void read_trace(const SpecMapping& root, ExperimentSpec& spec, SpecProblems& problems) {
    const SpecNode* const node = root.find("trace");
    if (node == nullptr) {
        return;
    }
    const SpecMapping mapping(*node, "trace", "trace", problems);
    if (const auto sink = mapping.read_choice("sink", {"stream", "none"})) {
        spec.trace_sink = *sink == 0 ? TraceSink::kStream : TraceSink::kNone;
    }
    mapping.read_size("body_limit", spec.trace_body_limit);
}

}  // namespace

ExperimentSpec read_spec(const SpecNode& root, SpecProblems& problems) {
    refuse_repeated_keys(root, "", problems);
    const SpecMapping mapping(root, "", "experiment", problems);
    ExperimentSpec spec;
    mapping.read_text("name", spec.name);
    mapping.read_text("creator", spec.creator);
    mapping.read_object("metadata", spec.metadata);
    mapping.read_whole("seed", spec.seed);
    const SpecNode* const duration = mapping.find("duration");
    mapping.read_duration("duration", spec.duration);
    if (duration != nullptr && to_duration(*duration) == std::chrono::nanoseconds(0)) {
        mapping.refuse("duration");  // 0 in the structure means that none was given
    }
    mapping.read_duration("interval", spec.interval);
    for (const auto& [path, entry] : mapping.read_entries("services")) {
        spec.services.push_back(read_service(*entry, path, problems));
    }
    for (const auto& [path, node] : mapping.read_list("workloads")) {
        spec.workloads.push_back(read_workload(*node, path, problems));
    }
    read_workers(mapping, spec, problems);
    for (const auto& [path, entry] : mapping.read_entries("targets")) {
        spec.targets.push_back(read_target(*entry, path, problems));
    }
    mapping.read_whole("connections", spec.connections);
    if (const auto mode = mapping.read_choice("connection", {"keep-alive", "per-request"})) {
        spec.connection = *mode == 0 ? ConnectionMode::kKeepAlive : ConnectionMode::kPerRequest;
    }
    read_trace(mapping, spec, problems);
    mapping.read_text("database", spec.database);
    mapping.read_duration("drain_timeout", spec.drain_timeout);
    return spec;
}

}  // namespace galileo::experiment
