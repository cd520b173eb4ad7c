#include "report/json_view.h"

#include "report/figures.h"
#include "report/latency_json.h"

namespace galileo::report {

namespace {

using model::Json;

std::int64_t epoch_us(base::WallTime time) {
    return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

/// Sum of what the profiles ask for; null when no workload has a rate.
Json target_rate(const experiment::Progress& progress) {
    Json sum = nullptr;
    for (const auto& workload : progress.workloads) {
        if (workload.target_rate) {
            sum = (sum.is_null() ? 0.0 : sum.get<double>()) + *workload.target_rate;
        }
    }
    return sum;
}

}  // namespace

void JsonView::write(const Json& object) {
    terminal_.write(object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

void JsonView::on_plan(const experiment::RunPlan& plan) {
    run_ = plan.id;
    Json workloads = Json::array();
    for (const auto& workload : plan.workloads) {
        workloads.push_back(
            {{"name", workload.name},
             {"service", workload.service},
             {"profile", workload.profile},
             {"clients", workload.clients},
             {"planned", workload.requests ? Json(*workload.requests) : Json(nullptr)}});
    }
    Json workers = Json::array();
    for (const auto& worker : plan.workers) {
        workers.push_back(worker.name);
    }
    write({{"event", "plan"},
           {"run", run_},
           {"t_us", epoch_us(plan.time)},
           {"name", plan.name},
           {"duration_s", std::chrono::duration<double>(plan.duration).count()},
           {"seed", plan.seed},
           {"workloads", std::move(workloads)},
           {"workers", std::move(workers)},
           {"database", plan.database}});
}

void JsonView::on_progress(const experiment::Progress& progress) {
    const stats::Tally total = progress.interval.total();
    Json status = Json::object();
    for (const auto& [code, count] : total.statuses) {
        if (code >= 0) {
            status[std::to_string(code)] = count;
        }
    }
    Json errors = Json::object();
    for (const auto& [reason, count] : total.errors) {
        errors[reason] = count;
    }
    Json hosts = Json::object();
    for (const auto& [host, tally] : merged_hosts(progress.interval)) {
        hosts[host] =
            Json::array({tally.completed, percentile_us(tally.intended, 99), tally.failed});
    }
    std::size_t workers = 0;
    for (const auto& worker : progress.workers) {
        workers += worker.lost ? 0U : 1U;
    }
    write({{"event", "tick"},
           {"run", run_},
           {"seq", ++sequence_},
           {"t_us", epoch_us(progress.time)},
           {"elapsed_s", std::chrono::duration<double>(progress.elapsed).count()},
           {"interval_s", std::chrono::duration<double>(progress.interval_length).count()},
           {"state", experiment::to_string(progress.state)},
           {"target", target_rate(progress)},
           {"planned", total.planned},
           {"sent", total.sent},
           {"dropped", total.dropped},
           {"done", total.completed},
           {"failed", total.failed},
           {"inflight", progress.generator.in_flight},
           {"waiting", progress.generator.waiting},
           {"status", std::move(status)},
           {"err", std::move(errors)},
           {"lat_us", latency_us(total.intended)},
           {"service_us", latency_us(total.service)},
           {"lag_us", lag_us(total.schedule_lag)},
           {"hosts", std::move(hosts)},
           {"workers", workers},
           {"stored", progress.stored},
           {"lost", progress.lost},
           {"suspect", progress.generator.saturated}});
}

void JsonView::on_event(const experiment::RunEvent& event) {
    write({{"event", "mark"},
           {"run", run_},
           {"t_us", epoch_us(event.time)},
           {"kind", event.kind},
           {"text", event.text}});
}

void JsonView::on_summary(const experiment::RunSummary& summary) {
    write({{"event", "end"},
           {"run", run_},
           {"status", experiment::to_string(summary.status)},
           {"exit_code", summary.exit_code}});
}

}  // namespace galileo::report
