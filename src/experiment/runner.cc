#include "experiment/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/ids.h"
#include "base/random.h"
#include "control/run_session.h"
#include "coord/routing_store.h"
#include "experiment/load_watch.h"
#include "experiment/local_cluster.h"
#include "experiment/run_account.h"
#include "experiment/run_request.h"
#include "recorder/trace_recorder.h"
#include "redis/client.h"
#include "redis/subscriber.h"
#include "store/sqlite/sqlite_store.h"

namespace galileo::experiment {

namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr milliseconds kTick{100};
constexpr milliseconds kLastReports{100};  // the workers' last statistics follow their accounts
constexpr milliseconds kRegistrationPause{20};
constexpr milliseconds kRecorderPatience{15'000};  // without any new trace
constexpr milliseconds kPoll{50};
constexpr std::chrono::seconds kAbortGrace{2};  // for the last traces, which mostly take less
constexpr std::string_view kStatusRunning = "IN_PROGRESS";
constexpr std::string_view kStatusFinished = "FINISHED";
constexpr std::string_view kStatusFailed = "FAILED";

bool needs_routes(const ServiceSpec& service) {
    return service.routes.empty() && service.router.find("Static") == std::string::npos;
}

/// One run: the steps of run_experiment() and what they share.
class Runner {
  public:
    Runner(const ExperimentSpec& spec,
           const RunnerOptions& options,
           ProgressListener& listener,
           base::Clock& clock)
        : spec_(spec), options_(options), listener_(listener), clock_(clock) {}

    Result<RunSummary> run() {
        if (!spec_.seed) {
            spec_.seed =
                base::entropy_seed() >> 11U;  // 53 bits: readable by everything that reads JSON
        }
        TRY(check_routes(spec_, options_));
        run_id_ = base::new_experiment_id(clock_.wall());
        TRY(open_database());
        TRY(bring_up());
        TRY(set_routes());
        TRY(prepare());
        TRY(record_start());
        LoadWatch watch(spec_, plan_, *session_, recorder_.get(), listener_, clock_);
        go(watch);
        return conclude(watch);
    }

  private:
    /// First of all, because a run that cannot be recorded should not start anything.
    Result<void> open_database() {
        if (spec_.trace_sink == TraceSink::kNone) {
            return {};
        }
        if (spec_.database.empty()) {
            store_ = TRY(options_.open_store());
            plan_database_ = options_.store_name;
        } else {
            store_ = TRY(store::sqlite::SqliteStore::open({.path = spec_.database}));
            plan_database_ = spec_.database;
        }
        return {};
    }

    Result<void> bring_up() {
        redis::RedisOptions address;
        if (options_.redis) {
            address = *options_.redis;
        } else {
            cluster_ = TRY(LocalCluster::start());
            address = cluster_->redis_options();
            TRY(start_members());
        }
        redis_ = TRY(redis::Client::open(address, clock_));
        subscriber_ = TRY(redis::Subscriber::start(address, clock_));
        control_ = std::make_unique<control::Cluster>(*redis_, *subscriber_, clock_);
        return cluster_ ? wait_for_workers() : Result<void>();
    }

    Result<void> start_members() {
        for (const auto& target : spec_.targets) {
            target_addresses_[target.name] = TRY(cluster_->add_target(target));
        }
        if (spec_.workers.empty()) {
            TRY(cluster_->add_worker({}));
        }
        for (const auto& worker : spec_.workers) {
            TRY(cluster_->add_worker(worker));
        }
        return {};
    }

    Result<void> wait_for_workers() {
        const std::size_t wanted = std::max<std::size_t>(spec_.workers.size(), 1);
        const auto deadline = clock_.monotonic() + options_.worker_patience;
        while (TRY(control_->live_workers()).size() < wanted) {
            TRY(cluster_->check());
            if (clock_.monotonic() > deadline) {
                return Error(
                    ErrorCode::kTimeout,
                    fmt::format("only {} of {} workers registered within {} s",
                                control_->live_workers()->size(), wanted,
                                std::chrono::floor<std::chrono::seconds>(options_.worker_patience)
                                    .count()));
            }
            if (options_.wait(kRegistrationPause) != StopWish::kNone) {
                return Error(ErrorCode::kCancelled, "stopped before the load began");
            }
        }
        return {};
    }

    /// `target:NAME` becomes the address that the sample service got.
    Result<void> set_routes() {
        coord::RoutingStore routes(*redis_);
        for (const auto& service : spec_.services) {
            model::RoutingRecord record{service.name, {}, {}};
            for (const auto& route : service.routes) {
                const auto target = target_name(route.host);
                record.hosts.push_back(target ? target_addresses_[std::string(*target)]
                                              : route.host);
                record.weights.push_back(route.weight);
            }
            if (!record.hosts.empty()) {
                TRY_WITHIN("routing table", routes.set(record));
            } else if (needs_routes(service) && !TRY(routes.record(service.name))) {
                return Error(
                    ErrorCode::kNotFound,
                    fmt::format("service {} has no routes here and no record in the routing table; "
                                "set one with: galileo rtbl set {} HOST:PORT",
                                service.name, service.name));
            }
        }
        return {};
    }

    Result<void> prepare() {
        session_ = TRY(control::RunSession::prepare(*control_, *subscriber_,
                                                    run_request(spec_, run_id_), clock_));
        plan_ = run_plan(spec_, run_id_);
        plan_.time = clock_.wall();
        plan_.spec_file = options_.spec_file;
        plan_.creator = spec_.creator.empty() ? options_.user : spec_.creator;
        plan_.database = plan_database_;
        plan_.redis = cluster_ ? "private" : options_.redis->to_string();
        for (auto& target : plan_.targets) {
            if (const auto name = target_name(target)) {
                target = target_addresses_[std::string(*name)];
            }
        }
        for (const auto& worker : session_->workers()) {
            plan_.workers.push_back({worker.name, {worker.labels.begin(), worker.labels.end()}});
        }
        return {};
    }

    Result<void> record_start() {
        if (!store_) {
            return {};
        }
        const double now = base::to_epoch_seconds(clock_.wall());
        experiment_ = {run_id_,
                       plan_.name,
                       plan_.creator,
                       now,
                       std::nullopt,
                       now,
                       std::string(kStatusRunning)};
        TRY_WITHIN("database", store_->save(experiment_));
        TRY_WITHIN("database", store_->save_metadata(run_id_, metadata()));
        recorder_ = std::make_unique<recorder::TraceRecorder>(
            recorder::TraceRecorder::Options{.run_id = run_id_,
                                             .statistics = statistics_of(*session_)},
            *redis_, *store_, clock_);
        return {};
    }

    void complete_metadata(const recorder::RecordedTraces& traces, RunSummary& summary) {
        auto data = metadata();
        data["recorded"] = recorder::to_json(account_of(*session_, traces));
        data["recorded"]["experiment"] = run_id_;
        if (const auto saved = store_->save_metadata(run_id_, data); !saved) {
            summary.warnings.push_back("the metadata could not be completed: " +
                                       saved.error().message());
        }
    }

    model::Json metadata() const {
        model::Json metadata = spec_.metadata.is_object() ? spec_.metadata : model::Json::object();
        metadata["exp_id"] = run_id_;
        metadata["seed"] = *spec_.seed;
        return metadata;
    }

    void go(LoadWatch& watch) {
        watch.begin();
        const nanoseconds longest = spec_.duration;
        bool stopped = false;
        while (!stopped && watch.elapsed() < longest && !watch.everybody_lost() &&
               !watch.over_early()) {
            const auto left = std::chrono::ceil<milliseconds>(longest - watch.elapsed());
            switch (options_.wait(std::clamp(left, milliseconds(1), kTick))) {
                case StopWish::kNone:
                    break;
                case StopWish::kGraceful:
                    watch.stop("stopped by the user", spec_.drain_timeout);
                    stopped = true;
                    break;
                case StopWish::kAbort:
                    watch.stop("aborted by the user", nanoseconds(0));
                    aborted_ = clock_.monotonic();
                    stopped = true;
                    break;
            }
            watch.tick();
            if (cluster_) {
                watch.note_if_failed(cluster_->check());
            }
        }
        nanoseconds patience = stopped ? watch.stop_patience() : spec_.drain_timeout;
        while (!watch.poll_finish(patience, last_traces())) {
            if (options_.wait(kPoll) == StopWish::kAbort) {
                watch.stop("aborted by the user", nanoseconds(0));
                aborted_ = aborted_.value_or(clock_.monotonic());
                patience = nanoseconds(0);
            }
            watch.tick();
        }
        options_.wait(kLastReports);
        if (recorder_) {
            recorded_ = recorder_->finish(traces_shipped(*session_), kRecorderPatience, [&] {
                if (options_.wait(kPoll / 2) == StopWish::kAbort) {
                    aborted_ = aborted_.value_or(clock_.monotonic());
                }
                watch.tick();
                return last_traces() == LastTraces::kAwait;
            });
        }
        watch.report_rest();
    }

    using LastTraces = control::RunSession::LastTraces;
    [[nodiscard]] LastTraces last_traces() const {
        return aborted_ && clock_.monotonic() - *aborted_ > kAbortGrace ? LastTraces::kGiveUp
                                                                        : LastTraces::kAwait;
    }

    RunSummary conclude(LoadWatch& watch) {
        RunSummary summary = watch.summary();
        if (recorder_) {
            watch.account_for(recorded_, summary);
            complete_metadata(recorded_, summary);
            experiment_.end = base::to_epoch_seconds(clock_.wall());
            experiment_.status =
                summary.status == RunStatus::kFailed ? kStatusFailed : kStatusFinished;
            if (const auto updated = store_->update(experiment_); !updated) {
                summary.warnings.push_back("the experiment's row could not be completed: " +
                                           updated.error().message());
            }
        }
        summary.metadata = spec_.metadata;
        listener_.on_summary(summary);
        session_.reset();
        return summary;
    }

    ExperimentSpec spec_;
    const RunnerOptions& options_;
    ProgressListener& listener_;
    base::Clock& clock_;

    // In the order of their making; taken down in the opposite one.
    std::string run_id_;
    std::string plan_database_;
    std::unique_ptr<store::ExperimentStore> store_;
    std::unique_ptr<LocalCluster> cluster_;
    std::map<std::string, std::string> target_addresses_;
    std::unique_ptr<redis::Client> redis_;
    std::unique_ptr<redis::Subscriber> subscriber_;
    std::unique_ptr<control::Cluster> control_;
    std::unique_ptr<control::RunSession> session_;
    RunPlan plan_;
    model::Experiment experiment_;
    std::unique_ptr<recorder::TraceRecorder> recorder_;
    recorder::RecordedTraces recorded_;
    std::optional<base::MonotonicTime> aborted_;
};

}  // namespace

Result<void> check_routes(const ExperimentSpec& spec, const RunnerOptions& options) {
    for (const auto& service : spec.services) {
        for (const auto& route : service.routes) {
            if (options.redis && target_name(route.host)) {
                return Error(ErrorCode::kInvalidInput,
                             fmt::format("service {}: {} is a sample service, which exists only "
                                         "when the run starts its own workers, not with --redis",
                                         service.name, route.host));
            }
        }
        if (!options.redis && needs_routes(service)) {
            return Error(ErrorCode::kInvalidInput,
                         fmt::format("service {} has no routes; add some, or name with --redis the "
                                     "Redis whose routing table has them",
                                     service.name));
        }
    }
    return {};
}

Result<RunSummary> run_experiment(const ExperimentSpec& spec,
                                  const RunnerOptions& options,
                                  ProgressListener& listener,
                                  base::Clock& clock) {
    return Runner(spec, options, listener, clock).run();
}

}  // namespace galileo::experiment
