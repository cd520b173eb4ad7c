#include "control/run_session.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"
#include "coord/keys.h"

namespace galileo::control {

namespace {

constexpr std::chrono::milliseconds kPreparePatience{20'000};
constexpr std::chrono::milliseconds kCommandPatience{5'000};
constexpr std::chrono::seconds kSilent{3};       // a worker that reports is not lost
constexpr std::chrono::seconds kReportDelay{2};  // reports of a second come within that
constexpr std::chrono::milliseconds kAccountPatience{20'000};  // without an answer

/// The second of a run that a report is about, which came at its end: the one nearest, as workers
/// are some milliseconds late.
std::int64_t second_of(double time, base::WallTime start) {
    const double since = time - base::to_epoch_seconds(start);
    return std::llround(std::clamp(since, -1e9, 1e9)) - 1;
}

}  // namespace

RunSession::RunSession(Cluster& cluster,
                       redis::Subscriber& subscriber,
                       RunRequest request,
                       base::Clock& clock)
    : cluster_(cluster),
      subscriber_(subscriber),
      request_(std::move(request)),
      clock_(clock),
      inbox_(std::make_shared<base::Guarded<Inbox>>()) {}

Result<std::unique_ptr<RunSession>> RunSession::prepare(Cluster& cluster,
                                                        redis::Subscriber& subscriber,
                                                        const RunRequest& request,
                                                        base::Clock& clock) {
    auto session = std::unique_ptr<RunSession>(new RunSession(cluster, subscriber, request, clock));
    auto parts = TRY(session->choose_workers());
    TRY(session->begin(parts.size()));
    TRY(session->prepare_all(parts));
    return session;
}

Result<std::unique_ptr<RunSession>> RunSession::open(Cluster& cluster,
                                                     redis::Subscriber& subscriber,
                                                     const RunRequest& request,
                                                     base::Clock& clock) {
    GALILEO_ASSERT(request.workloads.empty());
    auto session = std::unique_ptr<RunSession>(new RunSession(cluster, subscriber, request, clock));
    TRY(session->begin(0));
    return session;
}

Result<std::unique_ptr<RunSession>> RunSession::take_over(Cluster& cluster,
                                                          redis::Subscriber& subscriber,
                                                          const std::string& run_id,
                                                          base::Clock& clock) {
    RunRequest request;
    request.run_id = run_id;
    auto session = std::unique_ptr<RunSession>(new RunSession(cluster, subscriber, request, clock));
    const auto live = TRY(cluster.live_workers());
    TRY(session->begin(live.size()));
    const auto message = coord::to_json(coord::FinishRun{run_id, std::chrono::nanoseconds(0)});
    for (const auto& worker : live) {
        RunWorker part;
        part.name = worker.lease.name;
        const auto answer = session->call(part, coord::kFinishRun, message, kCommandPatience);
        if (answer) {
            session->workers_.push_back(std::move(part));
        } else if (answer.error().code() != ErrorCode::kNotFound) {
            base::log_warn("run {}: worker {}: {}", run_id, part.name, answer.error().message());
        }
    }
    return session;
}

/// Takes the lease and listens.
Result<void> RunSession::begin(std::size_t workers) {
    inbox_->with([this](Inbox& box) { box.start = clock_.wall(); });
    const coord::RunLease about{.run_id = request_.run_id,
                                .name = request_.name,
                                .host = base::host_name(),
                                .pid = ::getpid(),
                                .started = base::to_epoch_seconds(clock_.wall()),
                                .workers = workers};
    lease_ = std::make_unique<coord::LeaseKeeper>(
        cluster_.redis(), coord::keys::run_lease(request_.run_id), coord::encode_lease(about));
    return coord::subscribe_stats(subscriber_, [inbox = inbox_, run_id = request_.run_id,
                                                &clock = clock_](coord::StatsReport report) {
        if (report.run_id != run_id) {
            return;
        }
        inbox->with([&](Inbox& box) {
            auto& from = box.by_worker[report.worker];
            from.last_report = clock.monotonic();
            if (report.load_done && !from.load_done) {
                from.load_done_at = from.last_report;
            }
            from.load_done = report.load_done;
            from.latest = std::move(report.snapshot);
            box.timeline.add(second_of(report.time, box.start), report.worker, from.latest);
            box.interval.merge(from.latest);
            from.sum.merge(from.latest);
        });
    });
}

RunSession::~RunSession() {
    coord::unsubscribe_stats(subscriber_);
    for (const auto& worker : workers_) {
        if (!worker.lost && !worker.account) {
            (void)call(worker, coord::kFinishRun,
                       coord::to_json(
                           coord::FinishRun{request_.run_id, std::chrono::nanoseconds(0), true}),
                       kCommandPatience);
        }
    }
}

Result<std::map<std::string, coord::PrepareRun>> RunSession::choose_workers() {
    const auto live = TRY(cluster_.live_workers());
    std::vector<Candidate> candidates;
    for (const auto& worker : live) {
        candidates.push_back({worker.lease.name, worker.labels});
    }
    if (candidates.empty()) {
        const auto registered = TRY(cluster_.workers());
        return Error(
            ErrorCode::kNotFound,
            registered.empty()
                ? std::string(
                      "no worker is registered; start one with: galileo worker --redis HOST:PORT")
                : fmt::format("none of the {} registered workers can take part in a run: they are "
                              "dead, or the original's",
                              registered.size()));
    }
    auto parts = TRY(deal_out(request_, candidates));
    for (const auto& candidate : candidates) {
        if (parts.contains(candidate.name)) {
            RunWorker worker;
            worker.name = candidate.name;
            worker.labels = candidate.labels;
            workers_.push_back(std::move(worker));
        }
    }
    return parts;
}

/// The worker as a member of an open run: prepared and started.
Result<RunWorker*> RunSession::join(const std::string& name) {
    const auto found = std::find_if(workers_.begin(), workers_.end(),
                                    [&](const auto& worker) { return worker.name == name; });
    if (found != workers_.end()) {
        if (found->lost) {
            return Error(ErrorCode::kNotFound, "it is lost: " + found->lost_reason);
        }
        return &*found;
    }
    RunWorker worker;
    worker.name = name;
    coord::PrepareRun prepare;
    prepare.run_id = request_.run_id;
    prepare.seed = request_.seed;
    prepare.trace_sink = request_.trace_sink;
    prepare.body_limit = request_.body_limit;
    prepare.connections = request_.connections;
    prepare.keep_alive = request_.keep_alive;
    const auto prepared =
        TRY(call(worker, coord::kPrepareRun, coord::to_json(prepare), kPreparePatience));
    worker.prepared = TRY(coord::prepared_run_from_json(prepared));
    worker.last_report = clock_.monotonic();
    workers_.push_back(std::move(worker));
    // As if it had been there from the beginning, so that all report at the same moments.
    const auto began = inbox_->with([](const Inbox& box) { return box.start; });
    const coord::StartRun start{request_.run_id, base::to_epoch_seconds(began)};
    TRY(call(workers_.back(), coord::kStartRun, coord::to_json(start), kCommandPatience));
    return &workers_.back();
}

Result<std::vector<model::ClientDescription>> RunSession::spawn_on(
    const std::string& name, const model::ClientConfig& config, std::uint64_t count) {
    const auto* const worker = TRY_WITHIN("worker " + name, join(name));
    const coord::SpawnIntoRun spawn{request_.run_id, config, count};
    const auto answer = TRY_WITHIN("worker " + name, call(*worker, coord::kSpawnIntoRun,
                                                          coord::to_json(spawn), kPreparePatience));
    return TRY(coord::spawned_into_run_from_json(answer)).clients;
}

Result<void> RunSession::prepare_all(const std::map<std::string, coord::PrepareRun>& parts) {
    for (auto& worker : workers_) {
        auto answer = call(worker, coord::kPrepareRun, coord::to_json(parts.at(worker.name)),
                           kPreparePatience);
        auto prepared = answer ? coord::prepared_run_from_json(*answer)
                               : Result<coord::PreparedRun>(answer.error());
        if (!prepared) {
            worker.lost = true;  // there is nothing to finish on this one
            for (auto& later : workers_) {
                later.lost = later.lost || &later > &worker;
            }
            return std::move(prepared).error().within("worker " + worker.name);
        }
        worker.prepared = std::move(*prepared);
        worker.last_report = clock_.monotonic();
    }
    return {};
}

Result<model::Json> RunSession::call(const RunWorker& worker,
                                     const char* function,
                                     const model::Json& argument,
                                     std::chrono::milliseconds patience) {
    return cluster_.rpc().call(fmt::format("{}:{}", function, worker.name),
                               model::Json::array({argument}), patience);
}

void RunSession::lose(RunWorker& worker, std::string reason) {
    worker.lost = true;
    worker.lost_reason = std::move(reason);
    base::log_warn("run {}: worker {} is lost: {}", request_.run_id, worker.name,
                   worker.lost_reason);
}

void RunSession::start(base::WallTime at) {
    inbox_->with([at](Inbox& box) { box.start = at; });
    const auto message =
        coord::to_json(coord::StartRun{request_.run_id, base::to_epoch_seconds(at)});
    for (auto& worker : workers_) {
        if (const auto started = call(worker, coord::kStartRun, message, kCommandPatience);
            !started) {
            lose(worker, started.error().message());
        }
    }
}

stats::Snapshot RunSession::take_interval() {
    return inbox_->with([](Inbox& box) {
        auto interval = std::exchange(box.interval, {});
        // Gauges are of a moment: the latest of each worker, however many reports came.
        interval.in_flight = interval.waiting = interval.connections = 0;
        for (const auto& [name, from] : box.by_worker) {
            interval.in_flight += from.latest.in_flight;
            interval.waiting += from.latest.waiting;
            interval.connections += from.latest.connections;
        }
        return interval;
    });
}

std::vector<RunSession::Second> RunSession::take_seconds(stats::Timeline::Until until) {
    return inbox_->with([&](Inbox& box) {
        const auto now = clock_.wall() - box.start - kReportDelay;
        const auto before = until == stats::Timeline::Until::kEnd
                                ? std::numeric_limits<std::int64_t>::max()
                                : std::chrono::floor<std::chrono::seconds>(now).count();
        std::vector<Second> seconds;
        for (auto& content : box.timeline.close_before(before)) {
            const auto begin = box.start + std::chrono::seconds(content.number);
            seconds.push_back({begin, std::move(content)});
        }
        return seconds;
    });
}

std::vector<std::string> RunSession::check_workers() {
    std::vector<std::string> newly_lost;
    inbox_->with([this](const Inbox& box) {
        for (auto& worker : workers_) {
            if (const auto found = box.by_worker.find(worker.name); found != box.by_worker.end()) {
                worker.last_report = found->second.last_report;
            }
        }
    });
    for (auto& worker : workers_) {
        if (worker.lost || worker.account) {
            continue;
        }
        const auto lease = cluster_.leases().worker(worker.name);
        if (lease && !*lease && clock_.monotonic() - worker.last_report > kSilent) {
            lose(worker, "its lease has lapsed");
            newly_lost.push_back(worker.name);
        }
    }
    return newly_lost;
}

bool RunSession::load_done() const {
    return inbox_->with([this](const Inbox& box) {
        return std::all_of(workers_.begin(), workers_.end(), [&](const auto& worker) {
            const auto found = box.by_worker.find(worker.name);
            return worker.lost || (found != box.by_worker.end() && found->second.load_done);
        });
    });
}

std::optional<base::MonotonicTime> RunSession::load_done_at() const {
    return inbox_->with([](const Inbox& box) {
        std::optional<base::MonotonicTime> latest;
        for (const auto& [name, from] : box.by_worker) {
            if (from.load_done) {
                latest = std::max(latest.value_or(from.load_done_at), from.load_done_at);
            }
        }
        return latest;
    });
}

void RunSession::stop(const std::string& reason) {
    const auto message = coord::to_json(coord::StopRun{request_.run_id, reason});
    for (auto& worker : workers_) {
        if (worker.lost || worker.account) {
            continue;
        }
        if (const auto stopped = call(worker, coord::kStopRun, message, kCommandPatience);
            !stopped) {
            lose(worker, stopped.error().message());
        }
    }
}

bool RunSession::poll_finish(std::chrono::nanoseconds drain_timeout, LastTraces traces) {
    bool all = true;
    const auto message = coord::to_json(
        coord::FinishRun{request_.run_id, drain_timeout, traces == LastTraces::kGiveUp});
    for (auto& worker : workers_) {
        if (worker.lost || worker.account) {
            continue;
        }
        const auto answer = call(worker, coord::kFinishRun, message, kCommandPatience);
        auto account = answer ? coord::run_account_from_json(*answer)
                              : Result<coord::RunAccount>(answer.error());
        if (!account) {
            // Redis may be away for a moment, or have forgotten the worker until that notices.
            const auto now = clock_.monotonic();
            worker.unheard_since = worker.unheard_since.value_or(now);
            if (now - *worker.unheard_since > kAccountPatience) {
                lose(worker, account.error().message());
            } else {
                all = false;
            }
            continue;
        }
        worker.unheard_since.reset();
        if (account->state == coord::WorkerRunState::kFinished) {
            worker.account = std::move(*account);
        } else {
            all = false;
        }
    }
    return all;
}

stats::Snapshot RunSession::total() const {
    stats::Snapshot total;
    for (const auto& worker : workers_) {
        if (worker.account) {
            total.merge(worker.account->snapshot);
        } else {
            total.merge(reported(worker.name));
        }
    }
    total.in_flight = total.waiting = total.connections = 0;
    return total;
}

stats::Snapshot RunSession::reported(const std::string& worker) const {
    return inbox_->with([&](const Inbox& box) {
        const auto found = box.by_worker.find(worker);
        return found == box.by_worker.end() ? stats::Snapshot{} : found->second.sum;
    });
}

}  // namespace galileo::control
