#include "api/experiment_routes.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "api/answers.h"
#include "api/experiment_request.h"
#include "base/ascii.h"
#include "base/ids.h"
#include "base/log.h"
#include "coord/experiment_protocol.h"
#include "coord/experiment_queue.h"
#include "coord/registry.h"
#include "coord/rpc.h"
#include "model/experiment.h"
#include "model/json.h"

namespace galileo::api {

namespace {

constexpr std::size_t kBodyBytes = 1'048'576;
constexpr std::chrono::milliseconds kDaemonPatience{1'500};
/// The original's dashboard gives up after 6 s.
constexpr std::chrono::milliseconds kEndPatience{3'500};
constexpr std::chrono::milliseconds kEndPause{50};

constexpr int kIdTries = 20;

using Row = std::optional<model::Experiment>;

bool is_in_progress(const model::Experiment& row) {
    return row.status == "IN_PROGRESS" || row.status == "RUNNING";
}

bool is_queued(const model::Experiment& row) {
    return base::ascii_lower(row.status) == "queued";
}

Result<Row> find_row(const Backend& backend, const std::string& id) {
    return backend.stores.with([&](store::ExperimentStore& store) { return store.find(id); });
}

Response list_experiments(const Backend& backend) {
    const auto rows =
        backend.stores.with([](store::ExperimentStore& store) { return store.list(); });
    if (!rows) {
        return answer_of(rows.error());
    }
    model::Json list = model::Json::array();
    for (const auto& row : *rows) {
        list.push_back(model::to_json(row));
    }
    return json_answer(200, list);
}

Response show_experiment(const Backend& backend, const std::string& id) {
    const auto row = find_row(backend, id);
    if (!row) {
        return answer_of(row.error());
    }
    return *row ? json_answer(200, model::to_json(**row)) : empty_answer(404);
}

/// What is wrong with the body before it is looked at as JSON; nothing when it is fine.
std::optional<Response> judge_media_type(const Request& request) {
    const std::string_view given = request.header("Content-Type");
    std::string_view type = given.substr(0, given.find(';'));
    while (type.ends_with(' ')) {
        type.remove_suffix(1);
    }
    if (type.empty() || same_word(type, "application/json")) {
        return std::nullopt;
    }
    return error_answer(415, "Unsupported media type",
                        std::string(given) + " is an unsupported media type.");
}

/// Adds a row under an id that no other has: four random digits a minute are few.
Result<Row> add_row(store::ExperimentStore& store,
                    model::Experiment& experiment,
                    base::Clock& clock) {
    for (int tries = 1;; ++tries) {
        auto saved = store.save(experiment);
        if (saved) {
            return Row();
        }
        if (saved.error().code() != ErrorCode::kConflict || tries == kIdTries) {
            return std::move(saved).error();
        }
        experiment.id = base::new_experiment_id(clock.wall());
    }
}

/// Saves the row, and returns the one that was there. An id that we made may change.
Result<Row> save_row(const Backend& backend, ExperimentRequest& wanted) {
    return backend.stores.with([&](store::ExperimentStore& store) -> Result<Row> {
        auto& experiment = wanted.experiment;
        if (wanted.id == ExperimentRequest::Id::kMade) {
            return add_row(store, experiment, backend.clock);
        }
        auto before = TRY(store.find(experiment.id));
        if (before && is_in_progress(*before)) {
            return Error(ErrorCode::kConflict,
                         "experiment " + experiment.id + " is in progress; stop it first");
        }
        TRY(before ? store.update(experiment) : store.save(experiment));
        return before;
    });
}

/// Makes the row what it was, so that none says QUEUED that is not.
void take_back(const Backend& backend, const model::Experiment& experiment, const Row& before) {
    const auto done = backend.stores.with([&](store::ExperimentStore& store) {
        return before ? store.update(*before) : store.remove(experiment.id);
    });
    if (!done) {
        base::log_error("experiment {} says QUEUED and is not: {}", experiment.id,
                        done.error().message());
    }
}

Response queue_experiment(const Backend& backend, const Request& request) {
    const auto workers = coord::Registry(backend.redis).workers();
    if (!workers) {
        return answer_of(workers.error());
    }
    if (workers->empty()) {
        return error_answer(503, "no available hosts to execute the experiment");
    }
    if (auto wrong = judge_media_type(request)) {
        return *std::move(wrong);
    }
    if (request.body.empty()) {
        return error_answer(400, "Invalid JSON", "Could not parse an empty JSON body");
    }
    const auto json = model::parse_json(request.body);
    if (!json) {
        return error_answer(400, "Invalid JSON",
                            "Could not parse JSON body - " + json.error().message());
    }
    auto wanted = experiment_request_from_json(*json, backend.clock.wall());
    if (!wanted) {
        return error_answer(400, "Invalid experiment", wanted.error().message());
    }
    const auto before = save_row(backend, *wanted);
    if (!before) {
        return answer_of(before.error());
    }
    const auto queued =
        coord::enqueue(backend.redis, model::to_wire(wanted->experiment, wanted->configuration));
    if (!queued) {
        take_back(backend, wanted->experiment, *before);
        return answer_of(queued.error());
    }
    base::log_info("experiment {} is queued by {}", wanted->experiment.id, request.peer);
    return json_answer(200, wanted->experiment.id);
}

/// Ends an experiment in one of our daemons, and waits until its row is final: the daemon would
/// make it anew. False: it was still ending when patience was over.
Result<bool> stop_in_daemons(const Backend& backend, const std::string& id) {
    coord::RpcCaller caller(backend.redis, backend.clock);
    const auto stop = TRY(coord::stop_in_daemons(caller, id, kDaemonPatience));
    if (!stop.stopped) {
        return true;
    }
    const auto deadline = backend.clock.monotonic() + kEndPatience;
    while (true) {
        const auto row = TRY(find_row(backend, id));
        if (!row || (!is_in_progress(*row) && !is_queued(*row))) {
            return true;
        }
        if (backend.clock.monotonic() > deadline) {
            return false;
        }
        std::this_thread::sleep_for(kEndPause);  // tidy: another program's row, nothing tells
    }
}

Response delete_experiment(const Backend& backend, const Request& request, const std::string& id) {
    const auto row = find_row(backend, id);
    if (!row) {
        return answer_of(row.error());
    }
    if (!*row) {
        return empty_answer(404);
    }
    if (is_queued(**row) || is_in_progress(**row)) {
        auto cancelled =
            is_queued(**row) ? coord::cancel_queued(backend.redis, id) : Result<bool>(false);
        if (cancelled && !*cancelled) {
            cancelled = stop_in_daemons(backend, id);
            if (cancelled && !*cancelled) {
                return error_answer(503, "the experiment is still ending",
                                    "it has been stopped; delete it again in a few seconds");
            }
        }
        if (!cancelled) {
            return answer_of(cancelled.error());
        }
    }
    const auto removed =
        backend.stores.with([&](store::ExperimentStore& store) { return store.remove(id); });
    if (!removed) {
        return answer_of(removed.error());
    }
    base::log_info("experiment {} is deleted by {}", id, request.peer);
    return json_answer(200, id);
}

}  // namespace

void add_experiment_routes(Router& router, const Backend& backend) {
    router.add("/api/experiments",
               {{"GET", {Role::kViewer, 0, [&](const Call&) { return list_experiments(backend); }}},
                {"POST", {Role::kOperator, kBodyBytes, [&](const Call& call) {
                              return queue_experiment(backend, call.request);
                          }}}});
    router.add("/api/experiments/{exp_id}",
               {{"GET",
                 {Role::kViewer, 0,
                  [&](const Call& call) { return show_experiment(backend, call.parameters[0]); }}},
                {"DELETE", {Role::kOperator, 0, [&](const Call& call) {
                                return delete_experiment(backend, call.request, call.parameters[0]);
                            }}}});
}

}  // namespace galileo::api
