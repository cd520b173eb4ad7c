#include "cli/command_ps.h"

#include <algorithm>
#include <memory>
#include <span>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/environment.h"
#include "base/guarded.h"
#include "base/units.h"
#include "cli/cluster_view.h"
#include "cli/common_flags.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "coord/redis_address.h"
#include "coord/registry.h"
#include "redis/client.h"
#include "redis/subscriber.h"

namespace galileo::cli {

namespace {

Result<ClusterView> read_cluster(redis::Client& client) {
    coord::Registry registry(client);
    coord::LeaseBook leases(client);
    ClusterView view;
    for (auto& worker : TRY(registry.workers_with_labels())) {
        WorkerView one;
        one.name = std::move(worker.name);
        for (auto& [name, value] : worker.labels) {
            if (!base::holds_secret(name, value)) {  // the original publishes them (contract 10.4)
                one.labels.emplace(name, std::move(value));
            }
        }
        // Somebody else's keys may be in the way: a lease that cannot be read is as good as none.
        if (auto lease = leases.worker(one.name); lease && *lease) {
            one.lease = std::move(**lease);
            if (const auto age = leases.worker_lease_age(one.name); age && *age) {
                one.lease_age = **age;
            }
        }
        if (const auto counts = registry.client_counts(std::span(&one.name, 1));
            counts && counts->size() == 1) {
            one.clients = counts->front();
        }
        view.workers.push_back(std::move(one));
    }
    for (auto& lease : TRY(leases.runs())) {
        RunView run;
        run.workers = lease.workers;
        run.lease = std::move(lease);
        view.runs.push_back(std::move(run));
    }
    return view;
}

/// Listens to the statistics for `duration`.
Result<RateBook> sample_rates(const redis::RedisOptions& options,
                              std::chrono::nanoseconds duration) {
    base::Guarded<RateBook> book;
    const auto subscriber = TRY(redis::Subscriber::start(options, base::system_clock()));
    TRY(coord::subscribe_stats(*subscriber, [&book](const coord::StatsReport& report) {
        book.with([&report](RateBook& inside) { inside.add(report); });
    }));
    // The sample is what comes in meanwhile; nothing could end it earlier but a signal, which ends
    // all.
    std::this_thread::sleep_for(duration);
    subscriber->stop();
    return book.with([](RateBook& inside) { return std::move(inside); });
}

}  // namespace

Manual PsCommand::manual() const {
    return {
        .name = "ps",
        .group = "Steer",
        .summary = "show the workers that are registered and the runs that go on",
        .usage = "[OPTIONS]",
        .description =
            {"For each worker: whether its lease stands (it refreshes it every three seconds; "
             "without one it is dead, or of the original kind), since when it runs, "
             "its clients, its rate and its labels. For each run: age, rate, 99th percentile of "
             "latency from the intended start, failures.",
             "Rates are what the workers report while ps listens, a little over two seconds; with "
             "--sample 0 it does not wait and shows none."},
        .examples = {{"galileo ps --redis 10.0.0.5:6379", "what goes on in a cluster"},
                     {"galileo ps --json --sample 0", "at once, as JSON, without rates"}},
        .environment = redis_environment(),
        .exit_codes = {{"1", "Redis cannot be reached"}},
        .see_also = {"worker", "run", "rtbl"},
    };
}

void PsCommand::declare(CLI::App& app) {
    add_value(
        app, "--sample", sample_, base::parse_duration,
        {"DURATION", "how long to listen for rates, a minute at the most; 0: not at all", "2.2s"});
    add_switch(app, "--json", form_, Form::kJson, "print one JSON object").group("Output");
    declare_redis(app, redis_);
    declare_log_level(app);
}

Result<ExitCode> PsCommand::run(Context& context) {
    const auto options = TRY(coord::running_redis(redis_, context.environment));
    const auto client = TRY(redis::Client::open(options, base::system_clock()));
    auto view = TRY(read_cluster(*client));
    const bool alive =
        std::any_of(view.workers.begin(), view.workers.end(),
                    [](const WorkerView& worker) { return worker.lease.has_value(); });
    if (alive && sample_.count() > 0) {
        const auto patience = std::min<std::chrono::nanoseconds>(sample_, std::chrono::minutes(1));
        const RateBook book = TRY(sample_rates(options, patience));
        for (auto& worker : view.workers) {
            worker.rate = book.worker_rate(worker.name);
        }
        for (auto& run : view.runs) {
            book.fill(run);
        }
    }
    const auto now = base::system_clock().wall();
    if (form_ == Form::kJson) {
        context.out << pretty_json(to_json(view, now));
    } else {
        context.out << to_text(view, now);
    }
    return ExitCode::kSuccess;
}

}  // namespace galileo::cli
