#include "control/run_session.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"
#include "coord/keys.h"

namespace galileo::control {

namespace {

constexpr std::chrono::milliseconds kPreparePatience{20'000};
constexpr std::chrono::milliseconds kCommandPatience{5'000};
constexpr std::chrono::seconds kSilent{3};                     // a worker that reports is not lost
constexpr std::chrono::milliseconds kAccountPatience{20'000};  // without an answer

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
    const coord::RunLease about{.run_id = request.run_id,
                                .name = request.name,
                                .host = base::host_name(),
                                .pid = ::getpid(),
                                .started = base::to_epoch_seconds(clock.wall()),
                                .workers = parts.size()};
    session->lease_ = std::make_unique<coord::LeaseKeeper>(
        cluster.redis(), coord::keys::run_lease(request.run_id), coord::encode_lease(about));
    TRY(session->listen());
    TRY(session->prepare_all(parts));
    return session;
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

Result<void> RunSession::listen() {
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
            box.interval.merge(from.latest);
            from.sum.merge(from.latest);
        });
    });
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
