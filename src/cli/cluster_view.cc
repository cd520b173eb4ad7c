#include "cli/cluster_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/units.h"
#include "report/text.h"

namespace galileo::cli {

namespace {

constexpr const char* kNothing = "-";

report::Table left_aligned(const std::vector<std::string>& titles) {
    std::vector<report::Column> columns;
    for (const auto& title : titles) {
        columns.push_back({.title = title, .align = report::Align::kLeft});
    }
    return report::Table(std::move(columns));
}

/// As wide as it must be, so that a label can be read whole; without colour.
std::string render(const report::Table& table) {
    report::Page page({.columns = std::numeric_limits<int>::max()});
    table.draw(page, 1);
    return page.render(report::Overflow::kKeep);
}

std::string age_text(double since, base::WallTime now) {
    const double age = base::to_epoch_seconds(now) - since;
    if (since <= 0) {
        return kNothing;
    }
    return base::format_clock(base::from_seconds(std::clamp(age, 0.0, 1e9)));
}

std::string rate_text(const std::optional<double>& rate) {
    if (!rate) {
        return kNothing;
    }
    return *rate < 10 ? fmt::format("{:.1f}/s", *rate)
                      : base::format_count(static_cast<std::uint64_t>(*rate + 0.5)) + "/s";
}

std::string labels_text(const std::map<std::string, std::string>& labels) {
    std::string text;
    for (const auto& [name, value] : labels) {
        text += (text.empty() ? "" : " ") + name + "=" + value;
    }
    return text.empty() ? kNothing : text;
}

std::string workers_text(const ClusterView& view, base::WallTime now) {
    auto table =
        left_aligned({"WORKER", "STATE", "LEASE", "UP", "LOOPS", "CLIENTS", "RATE", "LABELS"});
    for (const auto& worker : view.workers) {
        const auto& lease = worker.lease;
        table.add_row({{worker.name},
                       {lease ? "alive" : "no lease"},
                       {lease ? base::format_latency(worker.lease_age) : kNothing},
                       {lease ? age_text(lease->started, now) : kNothing},
                       {lease ? std::to_string(lease->loops) : kNothing},
                       {worker.clients ? std::to_string(*worker.clients) : kNothing},
                       {rate_text(worker.rate)},
                       {labels_text(worker.labels)}});
    }
    return render(table);
}

std::string runs_text(const ClusterView& view, base::WallTime now) {
    auto table = left_aligned({"RUN", "NAME", "AGE", "RATE", "P99", "ERR", "WORKERS"});
    for (const auto& run : view.runs) {
        table.add_row({{run.lease.run_id},
                       {run.lease.name.empty() ? kNothing : run.lease.name},
                       {age_text(run.lease.started, now)},
                       {rate_text(run.rate)},
                       {run.p99 ? base::format_latency(*run.p99) : kNothing},
                       {run.failed ? fmt::format("{:.2f}%", 100 * *run.failed) : kNothing},
                       {std::to_string(run.workers)}});
    }
    return render(table);
}

template <typename T>
model::Json or_null(const std::optional<T>& value) {
    return value ? model::Json(*value) : model::Json();
}

model::Json worker_json(const WorkerView& worker, base::WallTime now) {
    model::Json json = {{"name", worker.name}, {"alive", worker.lease.has_value()}};
    json["labels"] = worker.labels;
    json["clients"] = or_null(worker.clients);
    json["rate"] = or_null(worker.rate);
    if (worker.lease) {
        json["lease_age_ms"] = worker.lease_age.count();
        json["up_s"] = std::max(0.0, base::to_epoch_seconds(now) - worker.lease->started);
        json["loops"] = worker.lease->loops;
        json["version"] = worker.lease->version;
        json["host"] = worker.lease->host;
        json["pid"] = worker.lease->pid;
    }
    return json;
}

model::Json run_json(const RunView& run, base::WallTime now) {
    model::Json json = {{"id", run.lease.run_id}, {"name", run.lease.name}};
    json["age_s"] =
        run.lease.started > 0
            ? model::Json(std::max(0.0, base::to_epoch_seconds(now) - run.lease.started))
            : model::Json();
    json["workers"] = run.workers;
    json["rate"] = or_null(run.rate);
    json["p99_us"] = run.p99 ? model::Json(run.p99->count() / 1000) : model::Json();
    json["failed"] = or_null(run.failed);
    return json;
}

}  // namespace

double RateBook::Part::rate() const {
    const double span = last - first;
    // One report covers about a second; of several, the first one began before our time.
    return reports < 2 || span <= 0
               ? static_cast<double>(tally.completed)
               : static_cast<double>(tally.completed - completed_before) / span;
}

void RateBook::add(const coord::StatsReport& report) {
    Part& part = parts_[{report.run_id, report.worker}];
    const stats::Tally total = report.snapshot.total();
    if (part.reports++ == 0) {
        part.first = report.time;
        part.completed_before = total.completed;
    }
    part.last = report.time;
    part.tally.merge(total);
}

std::optional<double> RateBook::worker_rate(const std::string& worker) const {
    std::optional<double> rate;
    for (const auto& [key, part] : parts_) {
        if (key.second == worker) {
            rate = rate.value_or(0) + part.rate();
        }
    }
    return rate;
}

void RateBook::fill(RunView& run) const {
    stats::Tally tally;
    std::uint64_t workers = 0;
    for (const auto& [key, part] : parts_) {
        if (key.first == run.lease.run_id) {
            ++workers;
            tally.merge(part.tally);
            run.rate = run.rate.value_or(0) + part.rate();
        }
    }
    run.workers = std::max(run.lease.workers, workers);
    if (tally.completed > 0) {
        run.p99 = tally.intended.percentile(99);
        run.failed = static_cast<double>(tally.failed) / static_cast<double>(tally.completed);
    }
}

std::string to_text(const ClusterView& view, base::WallTime now) {
    std::string text = view.workers.empty()
                           ? " no worker is registered; start one with: galileo worker\n"
                           : workers_text(view, now);
    text += view.runs.empty() ? "\n no run is going on\n" : '\n' + runs_text(view, now);
    return text;
}

model::Json to_json(const ClusterView& view, base::WallTime now) {
    model::Json json = {{"workers", model::Json::array()}, {"runs", model::Json::array()}};
    for (const auto& worker : view.workers) {
        json["workers"].push_back(worker_json(worker, now));
    }
    for (const auto& run : view.runs) {
        json["runs"].push_back(run_json(run, now));
    }
    return json;
}

}  // namespace galileo::cli
