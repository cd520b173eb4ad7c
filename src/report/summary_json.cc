#include "report/summary_json.h"

#include <fmt/format.h>

#include <cerrno>
#include <cmath>
#include <fstream>

#include "report/figures.h"
#include "report/latency_json.h"

namespace galileo::report {

namespace {

using model::Json;

constexpr int kSchemaVersion = 1;

double seconds(std::chrono::nanoseconds duration) {
    return std::round(std::chrono::duration<double>(duration).count() * 1e6) / 1e6;
}

Json both_latencies(const stats::Tally& tally) {
    return {{"intended", latency_us(tally.intended)}, {"service", latency_us(tally.service)}};
}

Json hosts_json(const stats::Snapshot& snapshot) {
    Json hosts = Json::object();
    for (const auto& [host, tally] : merged_hosts(snapshot)) {
        hosts[host] = {{"requests", tally.completed},
                       {"failed", tally.failed},
                       {"p99_us", percentile_us(tally.intended, 99)}};
    }
    return hosts;
}

Json statuses_json(const stats::Tally& tally) {
    Json statuses = Json::object();
    for (const auto& [status, count] : tally.statuses) {
        statuses[std::to_string(status)] = count;
    }
    return statuses;
}

template <typename Counts>
Json counts_json(const Counts& counts) {
    Json object = Json::object();
    for (const auto& [name, count] : counts) {
        object[name] = count;
    }
    return object;
}

Json services_json(const stats::Snapshot& snapshot) {
    Json services = Json::object();
    for (const auto& [service, tally] : snapshot.services) {
        services[service] = {{"planned", tally.planned}, {"sent", tally.sent},
                             {"dropped", tally.dropped}, {"completed", tally.completed},
                             {"failed", tally.failed},   {"latency_us", both_latencies(tally)}};
    }
    return services;
}

Json workers_json(const experiment::RunPlan& plan) {
    Json workers = Json::array();
    for (const auto& worker : plan.workers) {
        workers.push_back({{"name", worker.name}, {"labels", counts_json(worker.labels)}});
    }
    return workers;
}

Json workloads_json(const experiment::RunPlan& plan) {
    Json workloads = Json::array();
    for (const auto& workload : plan.workloads) {
        workloads.push_back(
            {{"name", workload.name},
             {"service", workload.service},
             {"profile", workload.profile},
             {"clients", workload.clients},
             {"planned", workload.requests ? Json(*workload.requests) : Json(nullptr)},
             {"peak_rate", workload.peak_rate ? Json(*workload.peak_rate) : Json(nullptr)}});
    }
    return workloads;
}

Json rate_json(const experiment::RunSummary& summary) {
    const double length = std::chrono::duration<double>(summary.load_duration).count();
    return length > 0 ? Json(std::round(static_cast<double>(summary.sent) / length * 1e3) / 1e3)
                      : Json(nullptr);
}

}  // namespace

Json summary_json(const experiment::RunSummary& summary) {
    const stats::Tally total = summary.cumulative.total();
    return {
        {"experiment", summary.plan.id},
        {"status", experiment::to_string(summary.status)},
        {"exit_code", summary.exit_code},
        {"planned", summary.planned},
        {"sent", summary.sent},
        {"dropped", summary.dropped},
        {"completed", summary.completed},
        {"failed", summary.failed},
        {"stored", summary.stored},
        {"lost", summary.lost},
        {"duration_s", seconds(summary.duration)},
        {"rate", rate_json(summary)},
        {"latency_us", both_latencies(total)},
        {"send_lag_us", lag_us(total.send_lag)},
        {"hosts", hosts_json(summary.cumulative)},
        {"statuses", statuses_json(total)},
        // What follows is ours to extend.
        {"schema", kSchemaVersion},
        {"version", GALILEO_VERSION},
        {"name", summary.plan.name},
        {"creator", summary.plan.creator},
        {"spec", summary.plan.spec_file},
        {"seed", summary.plan.seed},
        {"started", format_time(summary.started)},
        {"started_us",
         std::chrono::duration_cast<std::chrono::microseconds>(summary.started.time_since_epoch())
             .count()},
        {"load_duration_s", seconds(summary.load_duration)},
        {"late", summary.late},
        {"schedule_lag_us", lag_us(total.schedule_lag)},
        {"suspect_seconds", summary.suspect_seconds},
        {"traces_kept", summary.traces_kept},
        {"lost_reasons", counts_json(summary.lost_reasons)},
        {"errors", counts_json(total.errors)},
        {"bytes_received", total.bytes_received},
        {"services", services_json(summary.cumulative)},
        {"workloads", workloads_json(summary.plan)},
        {"workers", workers_json(summary.plan)},
        {"database", summary.plan.database},
        {"reasons", summary.reasons},
        {"warnings", summary.warnings},
        {"metadata", summary.metadata},
    };
}

std::string summary_json_text(const experiment::RunSummary& summary) {
    return summary_json(summary).dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<void> write_spectrum(const experiment::RunSummary& summary, const std::string& path) {
    std::ofstream file(path, std::ios::trunc);
    file << stats::percentile_spectrum(summary.cumulative.total().intended);
    file.close();
    if (!file) {
        return base::errno_error(errno == 0 ? EIO : errno, path);
    }
    return {};
}

}  // namespace galileo::report
