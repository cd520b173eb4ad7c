#include "experiment/run_request.h"

#include <algorithm>

namespace galileo::experiment {

namespace {

model::Json labels_json(const Labels& labels) {
    if (labels.empty()) {
        return nullptr;
    }
    model::Json json = model::Json::object();
    for (const auto& [name, value] : labels) {
        json[name] = value;
    }
    return json;
}

control::RunWorkload run_workload(const ExperimentSpec& spec, const WorkloadSpec& workload) {
    control::RunWorkload request;
    request.labels.insert(workload.worker_labels.begin(), workload.worker_labels.end());
    auto& whole = request.whole;
    whole.workload = workload.name;
    whole.config.service = workload.service;
    whole.config.client = workload.app;
    whole.config.parameters = client_parameters(workload);
    whole.config.worker_labels = labels_json(workload.worker_labels);
    if (const auto* service = spec.service(workload.service)) {
        whole.router = service->router;
        whole.balancer = service->balancer;
    }
    whole.clients_in_all = workload.clients;
    whole.spacing = workload.spacing == pacing::Spacing::kPoisson ? coord::ArrivalSpacing::kPoisson
                                                                  : coord::ArrivalSpacing::kEven;
    whole.duration = workload_duration(spec, workload);
    whole.max_requests = workload.max_requests;
    whole.timeout = workload.request.timeout;
    if (const auto* closed = std::get_if<ClosedLoop>(&workload.profile)) {
        whole.model = coord::LoadModel::kClosed;
        whole.in_flight = closed->in_flight;
    } else if (const auto* intervals = std::get_if<Intervals>(&workload.profile)) {
        whole.distribution = intervals->distribution;
        whole.parameters = intervals->parameters;
    } else if (const auto profile = rate_profile(spec, workload)) {
        for (const auto& stage : profile->stages()) {
            whole.stages.push_back({stage.duration, stage.from, stage.to});
        }
    }
    return request;
}

}  // namespace

control::RunRequest run_request(const ExperimentSpec& spec, const std::string& run_id) {
    control::RunRequest request;
    request.run_id = run_id;
    request.name = spec.name;
    request.seed = spec.seed.value_or(0);
    request.trace_sink = spec.trace_sink == TraceSink::kStream ? coord::RunTraceSink::kStream
                                                               : coord::RunTraceSink::kNone;
    request.body_limit = spec.trace_body_limit;
    request.connections = spec.connections.value_or(0);
    request.keep_alive = spec.connection == ConnectionMode::kKeepAlive;
    for (const auto& workload : spec.workloads) {
        request.workloads.push_back(run_workload(spec, workload));
    }
    return request;
}

RunPlan run_plan(const ExperimentSpec& spec, const std::string& run_id) {
    RunPlan plan;
    plan.id = run_id;
    plan.name = spec.name.empty() ? run_id : spec.name;
    plan.creator = spec.creator;
    plan.seed = spec.seed.value_or(0);
    plan.duration = spec.duration;
    for (const auto& workload : spec.workloads) {
        PlannedWorkload planned;
        planned.name = workload.name;
        planned.service = workload.service;
        planned.profile = describe_profile(spec, workload);
        planned.clients = workload.clients;
        planned.duration = workload_duration(spec, workload);
        planned.requests = planned_requests(spec, workload);
        if (const auto profile = rate_profile(spec, workload)) {
            double peak = 0;
            for (const auto& stage : profile->stages()) {
                peak = std::max({peak, stage.from, stage.to});
            }
            planned.peak_rate = peak;
        }
        plan.workloads.push_back(std::move(planned));
    }
    for (const auto& service : spec.services) {
        for (const auto& route : service.routes) {
            if (std::find(plan.targets.begin(), plan.targets.end(), route.host) ==
                plan.targets.end()) {
                plan.targets.push_back(route.host);
            }
        }
    }
    return plan;
}

}  // namespace galileo::experiment
