#include "report/testing/samples.h"

#include <cmath>

#include "base/random.h"

namespace galileo::report::testing {

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

base::WallTime at(std::int64_t epoch_seconds) {
    return base::WallTime(std::chrono::seconds(epoch_seconds));
}

stats::Tally sample_tally(std::uint64_t count, std::uint64_t failed, nanoseconds middle) {
    stats::Tally tally;
    tally.planned = count;
    tally.sent = count;
    tally.completed = count;
    tally.failed = failed;
    tally.late = failed / 2;
    tally.bytes_received = count * 64;
    tally.statuses[200] = count - failed;
    if (failed > 0) {
        tally.statuses[503] = failed - failed / 3;
        tally.statuses[-1] = failed / 3;
        tally.errors["timeout"] = failed / 3;
    }
    tally.intended = sample_latencies(count, middle);
    tally.service = sample_latencies(count, middle * 9 / 10);
    tally.send_lag = sample_latencies(count, 180us);
    tally.schedule_lag = sample_latencies(count, 60us);
    return tally;
}

stats::Snapshot sample_snapshot(std::uint64_t count) {
    stats::Snapshot snapshot;
    snapshot.services["checkout"] = sample_tally(count, count / 500, 3300us);
    snapshot.services["search"] = sample_tally(count / 4, 0, 1900us);
    snapshot.hosts["checkout"]["10.0.0.1:8080"] = sample_tally(count / 3, 0, 3100us);
    snapshot.hosts["checkout"]["10.0.0.2:8080"] =
        sample_tally(count - count / 3, count / 500, 3500us);
    snapshot.hosts["search"]["search.internal:9000"] = sample_tally(count / 4, 0, 1900us);
    snapshot.in_flight = 8;
    snapshot.connections = 24;
    return snapshot;
}

}  // namespace

stats::Histogram sample_latencies(std::uint64_t count, nanoseconds middle) {
    stats::Histogram histogram;
    base::Rng rng(count);
    for (std::uint64_t each = 0; each < count; ++each) {
        // Multiplication and division only: the same bits on every machine.
        const double draw = rng.uniform();
        const double factor = 0.5 + draw + 0.02 / (1.003 - draw);
        histogram.record(
            nanoseconds(static_cast<std::int64_t>(static_cast<double>(middle.count()) * factor)));
    }
    return histogram;
}

experiment::RunPlan sample_plan() {
    experiment::RunPlan plan;
    plan.id = "202611240230-9f3a";
    plan.time = at(1'795'487'400);
    plan.name = "checkout-peak-17";
    plan.creator = "alice";
    plan.spec_file = "examples/checkout.yml";
    plan.seed = 42;
    plan.duration = 20s;
    plan.workloads = {
        {"checkout", "checkout", "0 → 2,000/s in 10s, 2,000/s for 10s", 8, 20s, 30'000, 2000.0},
        {"search", "search", "375/s, Poisson", 4, 20s, 7'500, 375.0}};
    plan.workers = {{"w1", {{"galileo_worker_name", "w1"}, {"galileo_zone", "A"}}},
                    {"w2", {{"galileo_zone", "A"}}},
                    {"w3", {{"galileo_zone", "B"}}}};
    plan.targets = {"10.0.0.1:8080", "10.0.0.2:8080", "search.internal:9000"};
    plan.database = "galileodb.sqlite";
    plan.redis = "private";
    return plan;
}

experiment::Progress sample_progress() {
    experiment::Progress progress;
    progress.state = experiment::RunState::kRunning;
    progress.time = at(1'795'487'407);
    progress.elapsed = 7s;
    progress.duration = 20s;
    progress.interval_length = 1s;
    progress.interval = sample_snapshot(1'400);
    progress.cumulative = sample_snapshot(4'900);
    progress.workloads = {{"checkout", "checkout", 1400.0, 20s}, {"search", "search", 375.0, 20s}};
    progress.workers = {{"w1", 400ms, false}, {"w2", 410ms, false}, {"w3", 350ms, false}};
    progress.generator.cpu_percent = 31.4;
    progress.generator.sockets = 24;
    progress.generator.socket_limit = 65'536;
    progress.generator.in_flight = 8;
    progress.stored = 6'000;
    return progress;
}

experiment::RunSummary sample_summary() {
    experiment::RunSummary summary;
    summary.plan = sample_plan();
    summary.started = at(1'795'487'400);
    summary.duration = 20'050ms;
    summary.load_duration = 20s;
    summary.cumulative = sample_snapshot(30'000);
    const stats::Tally total = summary.cumulative.total();
    summary.planned = total.planned;
    summary.sent = total.sent;
    summary.late = total.late;
    summary.completed = total.completed;
    summary.failed = total.failed;
    summary.stored = total.completed;
    return summary;
}

}  // namespace galileo::report::testing
