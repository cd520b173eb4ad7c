#include "experiment/experiment_daemon.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/ids.h"
#include "base/log.h"
#include "base/process.h"
#include "coord/experiment_protocol.h"
#include "coord/keys.h"

namespace galileo::experiment {

namespace {

constexpr std::chrono::milliseconds kQueueWait{500};
constexpr std::chrono::milliseconds kStopCheck{100};
constexpr std::chrono::seconds kAfterTrouble{1};
constexpr std::chrono::seconds kTakeOverEvery{10};
constexpr const char* kPoison = "__POISON__";  // contract 4.1
constexpr const char* kDeleted = "DELETE";     // of a cancel in progress (contract 4.1)

/// An item in work, with the id that it was given.
struct Taken {
    std::string id;
    std::string item;
};

std::string encode(const Taken& taken) {
    model::Json json = model::Json::object();
    json["galileo_taken"] = taken.id;
    json["item"] = taken.item;
    return model::to_python_json(json);
}

/// Nothing when the item has not got an id yet.
std::optional<Taken> decode_taken(const std::string& text) {
    const auto json = model::parse_json(text);
    if (!json || !json->is_object() || !json->contains("galileo_taken") ||
        !json->contains("item")) {
        return std::nullopt;
    }
    const auto& id = (*json)["galileo_taken"];
    const auto& item = (*json)["item"];
    if (!id.is_string() || !item.is_string()) {
        return std::nullopt;
    }
    return Taken{id.get<std::string>(), item.get<std::string>()};
}

bool is_final(const model::Experiment& row) {
    return row.status == "FINISHED" || row.status == "FAILED";
}

/// What an item leaves open, as the original fills it in (contract 4.3).
void fill_in(model::Experiment& experiment, base::Clock& clock) {
    if (!experiment.name) {
        experiment.name = experiment.id;
    }
    if (!experiment.creator) {
        experiment.creator = fmt::format("galileo-{}", ::getpid());
    }
    if (!experiment.created) {
        experiment.created = base::to_epoch_seconds(clock.wall());
    }
}

}  // namespace

ExperimentDaemon::ExperimentDaemon(Options options,
                                   redis::Client& redis,
                                   redis::Subscriber& subscriber,
                                   base::Clock& clock)
    : options_(std::move(options)),
      redis_(redis),
      subscriber_(subscriber),
      clock_(clock),
      rng_(base::entropy_seed()),
      cluster_(redis, subscriber, clock),
      queue_(redis, options_.name),
      pause_([this](base::MonotonicTime until) { return pause(until); }),
      rpc_(redis, subscriber) {}

ExperimentDaemon::~ExperimentDaemon() = default;

Result<std::unique_ptr<ExperimentDaemon>> ExperimentDaemon::start(Options options,
                                                                  redis::Client& redis,
                                                                  redis::Subscriber& subscriber,
                                                                  base::Clock& clock) {
    const auto key = coord::keys::daemon_lease(options.name);
    TRY(coord::wait_until_free(redis, key,
                               fmt::format("an experiment daemon named {}", options.name)));
    TRY(options.open_store());  // makes the tables, and finds what is wrong now
    std::unique_ptr<ExperimentDaemon> daemon(
        new ExperimentDaemon(std::move(options), redis, subscriber, clock));
    const coord::DaemonLease lease{base::host_name(), ::getpid(),
                                   base::to_epoch_seconds(clock.wall())};
    daemon->lease_ = std::make_unique<coord::LeaseKeeper>(redis, key, coord::encode_lease(lease));
    auto* const stop_request = &daemon->stop_request_;
    TRY(daemon->rpc_.expose(
        coord::kStopExperiment, coord::RpcServer::Lane::kQuick,
        [stop_request](const model::Json& arguments) -> Result<coord::RpcAnswer> {
            const auto id = TRY(coord::stop_experiment_from_json(arguments));
            return coord::RpcAnswer{stop_request->ask(id), "bool"};
        }));
    return daemon;
}

void ExperimentDaemon::run() {
    while (!ending_ && !options_.wait(std::chrono::nanoseconds(0))) {
        const auto next = turn();
        if (!next) {
            base::log_warn("{}", next.error().message());
            take_over_at_ = clock_.monotonic() + kAfterTrouble;
            ending_ = options_.wait(kAfterTrouble);
        } else if (*next == Next::kEnd) {
            base::log_info("{} received", kPoison);
            return;
        }
    }
}

Result<ExperimentDaemon::Next> ExperimentDaemon::turn() {
    if (clock_.monotonic() >= take_over_at_) {
        take_over_at_ = clock_.monotonic() + kTakeOverEvery;
        TRY(take_over());
    }
    const auto item = TRY(queue_.take(kQueueWait));
    return item ? begin(*item) : Result<Next>(Next::kGoOn);
}

/// What this daemon, or one that died, has taken and not brought to its end.
Result<void> ExperimentDaemon::take_over() {
    TRY(queue_.adopt());
    const auto items = TRY(queue_.in_work());
    for (const auto& item : items) {
        if (ending_) {
            break;
        }
        TRY(resume(item));
    }
    return {};
}

Result<ExperimentDaemon::Next> ExperimentDaemon::begin(const std::string& item) {
    if (item.empty() || item == kDeleted) {
        TRY(queue_.done(item));
        return Next::kGoOn;
    }
    const auto json = model::parse_json(item);
    if (json && *json == kPoison) {
        TRY(queue_.done(item));
        return Next::kEnd;
    }
    auto experiment = json ? model::queued_experiment_from_json(*json)
                           : Result<model::QueuedExperiment>(json.error());
    if (!experiment) {
        TRY(bury(item, experiment.error().message()));
        return Next::kGoOn;
    }
    auto& id = experiment->experiment.id;
    if (id.empty()) {
        id = base::new_experiment_id(clock_.wall(), rng_);
    }
    const auto taken = encode({id, item});
    TRY(queue_.replace(item, taken));
    TRY(run_item(taken, std::move(experiment).value()));
    return Next::kGoOn;
}

Result<void> ExperimentDaemon::bury(const std::string& item, const std::string& reason) {
    base::log_warn("an item of the queue goes to {}: {}", coord::keys::kDeadExperiments, reason);
    return queue_.bury(item, reason, base::to_epoch_seconds(clock_.wall()));
}

Result<void> ExperimentDaemon::run_item(const std::string& item,
                                        model::QueuedExperiment experiment) {
    auto store = TRY(options_.open_store());
    if (const auto row = TRY(store->find(experiment.experiment.id))) {
        experiment.experiment = *row;
    }
    fill_in(experiment.experiment, clock_);
    const std::string id = experiment.experiment.id;
    if (!experiment.instructions) {
        const auto configuration = model::configuration_from_wire(experiment.configuration);
        if (!configuration) {
            TRY(mark_failed(experiment.experiment, configuration.error().message(), *store,
                            clock_));
            return queue_.done(item);
        }
    }
    stop_request_.watch(id);
    const auto ran = run_queued(experiment, tools());
    stop_request_.watch("");
    TRY_WITHIN("experiment " + id, ran);
    return queue_.done(item);
}

Result<void> ExperimentDaemon::resume(const std::string& item) {
    auto taken = decode_taken(item);
    if (!taken) {
        ending_ = TRY(begin(item)) == Next::kEnd;
        return {};
    }
    auto store = TRY(options_.open_store());
    const auto row = TRY(store->find(taken->id));
    if (row && row->status == "IN_PROGRESS") {
        TRY(close_interrupted(*row, tools()));
        return queue_.done(item);
    }
    if (row && is_final(*row)) {
        return queue_.done(item);
    }
    auto experiment = TRY(model::queued_experiment_from_json(TRY(model::parse_json(taken->item))));
    experiment.experiment.id = std::move(taken->id);
    return run_item(item, std::move(experiment));
}

QueuedRunTools ExperimentDaemon::tools() {
    return {options_.open_store, redis_, subscriber_, cluster_, clock_, rng_, pause_};
}

std::optional<std::string> ExperimentDaemon::pause(base::MonotonicTime until) {
    for (;;) {
        const auto left = until - clock_.monotonic();
        if (stop_request_.wanted()) {
            return "stopped by the user";
        }
        if (left <= std::chrono::nanoseconds(0)) {
            return std::nullopt;
        }
        if (options_.wait(std::min<std::chrono::nanoseconds>(left, kStopCheck))) {
            ending_ = true;
            return "interrupted: the daemon was stopped";
        }
    }
}

}  // namespace galileo::experiment
