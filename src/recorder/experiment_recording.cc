#include "recorder/experiment_recording.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <span>
#include <utility>

#include "base/ids.h"
#include "base/log.h"
#include "coord/keys.h"
#include "coord/telemetry_nodes.h"
#include "model/event.h"
#include "model/telemetry.h"
#include "model/trace.h"

namespace galileo::recorder {

namespace {

namespace keys = coord::keys;

constexpr int kIdAttempts = 5;  // one in 65,536 ids of the same minute is taken
constexpr std::size_t kRowsAtOnce = 10'000;
constexpr std::chrono::milliseconds kPauseAfterFailure{200};

std::string events_pattern() {
    return std::string(keys::kEvents);
}
std::string telemetry_pattern() {
    return std::string(keys::kAllTelemetry);
}
std::string traces_channel() {
    return std::string(keys::kTraceLines);
}

}  // namespace

model::Json to_json(const RecordingAccount& account) {
    model::Json json = {{"experiment", account.experiment_id},
                        {"traces", account.traces},
                        {"telemetry", account.telemetry},
                        {"events", account.events},
                        {"node_infos", account.node_infos},
                        {"refused", account.refused},
                        {"lost", account.lost},
                        {"trouble", account.trouble}};
    if (account.requests) {
        const auto requests = to_json(*account.requests);
        for (const char* key : {"sent", "completed", "lost_reasons"}) {
            json[key] = requests[key];
        }
    }
    return json;
}

ExperimentRecording::ExperimentRecording(redis::Client& redis,
                                         redis::Subscriber& subscriber,
                                         std::unique_ptr<store::ExperimentStore> store,
                                         base::Clock& clock,
                                         const RecordingLimits& limits)
    : limits_(limits),
      redis_(redis),
      subscriber_(subscriber),
      clock_(clock),
      queue_(limits.queue),
      store_(std::move(store)),
      writer_(clock, limits.patience) {}

Result<std::unique_ptr<ExperimentRecording>> ExperimentRecording::start(
    const RecordingRequest& request,
    redis::Client& redis,
    redis::Subscriber& subscriber,
    std::unique_ptr<store::ExperimentStore> store,
    base::Clock& clock,
    base::Rng& rng,
    const RecordingLimits& limits) {
    if (!request.metadata.is_null() && !request.metadata.is_object()) {
        return Error(ErrorCode::kInvalidInput, fmt::format("metadata: expected an object, got {}",
                                                           request.metadata.type_name()));
    }
    std::unique_ptr<ExperimentRecording> recording(
        new ExperimentRecording(redis, subscriber, std::move(store), clock, limits));
    TRY(recording->begin(request, rng));
    return recording;
}

ExperimentRecording::~ExperimentRecording() {
    if (const auto stopped = stop(); !stopped) {
        base::log_error("experiment {}: {}", experiment_.id, stopped.error().message());
    }
}

RecordingAccount ExperimentRecording::account() const {
    return account_.with([](const auto& account) { return account; });
}

void ExperimentRecording::record_traces_of(const std::vector<model::ClientDescription>& clients) {
    named_clients_.with([&](auto& named) {
        for (const auto& client : clients) {
            named.insert(client.client_id);
        }
    });
}

bool ExperimentRecording::is_recorded(const model::Trace& trace) const {
    return recorded_clients_ == RecordedClients::kAll ||
           named_clients_.with([&](const auto& named) { return named.contains(trace.client); });
}

Result<void> ExperimentRecording::begin(const RecordingRequest& request, base::Rng& rng) {
    outcome_ = RecordingAccount{};  // until all stands there is nothing to stop
    recorded_clients_ = request.traces;
    TRY(save_experiment(request, rng));
    auto begun = save_metadata(request.metadata);
    if (begun) {
        begun = subscribe();
    }
    if (!begun) {
        experiment_.status = "FAILED";
        experiment_.end = base::to_epoch_seconds(clock_.wall());
        if (const auto updated = store_->update(experiment_); !updated) {
            base::log_warn("experiment {} stays RUNNING: {}", experiment_.id,
                           updated.error().message());
        }
        return begun;
    }
    record_node_infos();
    thread_ = std::thread([this] { run(); });
    outcome_.reset();
    return {};
}

Result<void> ExperimentRecording::save_experiment(const RecordingRequest& request, base::Rng& rng) {
    experiment_.creator =
        request.creator.value_or(fmt::format("galileodb-recorder-{}", ::getpid()));
    experiment_.status = request.status;
    const bool named = !request.id.empty();
    Result<void> saved;
    for (int attempt = 0; attempt < (named ? 1 : kIdAttempts); ++attempt) {
        const auto now = clock_.wall();
        experiment_.id = named ? request.id : base::new_experiment_id(now, rng);
        experiment_.name = request.name.value_or(experiment_.id);
        experiment_.start = base::to_epoch_seconds(now);
        experiment_.created = request.created.value_or(*experiment_.start);
        saved = store_->save(experiment_);
        if (saved || saved.error().code() != ErrorCode::kConflict) {
            break;
        }
    }
    if (named && !saved && saved.error().code() == ErrorCode::kConflict) {
        saved = store_->update(experiment_);
    }
    account_.with([&](auto& account) { account.experiment_id = experiment_.id; });
    return saved;
}

Result<void> ExperimentRecording::save_metadata(model::Json metadata) {
    if (metadata.is_null()) {
        metadata = TRY(store_->metadata(experiment_.id)).value_or(model::Json::object());
    }
    metadata["exp_id"] = experiment_.id;
    return store_->save_metadata(experiment_.id, metadata);
}

Result<void> ExperimentRecording::add_metadata(const model::Json& members) {
    if (!members.is_object()) {
        return {};
    }
    auto metadata = TRY(store_->metadata(experiment_.id)).value_or(model::Json::object());
    for (const auto& [key, value] : members.items()) {
        metadata[key] = value;
    }
    metadata["recorded"] = to_json(account());
    return store_->save_metadata(experiment_.id, metadata);
}

Result<void> ExperimentRecording::subscribe() {
    const auto receiver = [this](MessageKind kind) {
        return [this, kind](const redis::Message& message) { receive(kind, message); };
    };
    TRY(subscriber_.subscribe_patterns({telemetry_pattern()}, receiver(MessageKind::kTelemetry)));
    auto events = subscriber_.subscribe_patterns({events_pattern()}, receiver(MessageKind::kEvent));
    if (!events) {
        subscriber_.unsubscribe_patterns({telemetry_pattern()});
        return events;
    }
    auto traces = subscriber_.subscribe(traces_channel(), receiver(MessageKind::kTrace));
    if (!traces) {
        subscriber_.unsubscribe_patterns({telemetry_pattern(), events_pattern()});
        return traces;
    }
    reconnect_handler_ = subscriber_.add_reconnect_handler([this] {
        account_.with([](auto& account) {
            account.trouble =
                "the connection to Redis was lost for a while; what was published "
                "meanwhile is missing";
        });
    });
    return {};
}

void ExperimentRecording::unsubscribe() {
    if (reconnect_handler_) {
        subscriber_.remove_reconnect_handler(*reconnect_handler_);
    }
    subscriber_.unsubscribe(traces_channel());
    subscriber_.unsubscribe_patterns({telemetry_pattern(), events_pattern()});
}

/// Redis answers a connection in order: once it has acknowledged one more subscription, everything
/// that was published before has passed the handlers.
void ExperimentRecording::take_in_what_was_sent() {
    const std::string marker = "galileo:recording:" + experiment_.id;
    const auto reached = subscriber_.subscribe(marker, [](const redis::Message&) {});
    if (reached) {
        subscriber_.unsubscribe(marker);
        return;
    }
    account_.with([&](auto& account) {
        account.trouble = "the last messages may be missing: " + reached.error().message();
    });
}

/// A node that cannot be asked does not stop an experiment.
void ExperimentRecording::record_node_infos() {
    const auto add_all = [this]() -> Result<store::BatchReport> {
        std::vector<store::NodeInfo> infos;
        for (const auto& node : TRY(coord::telemetry_nodes(redis_))) {
            for (const auto& [key, value] : TRY(coord::telemetry_node_info(redis_, node))) {
                infos.push_back({node, key, value});
            }
        }
        return store_->add_node_infos(experiment_.id, infos);
    };
    const auto report = add_all();
    account_.with([&](auto& account) {
        if (report) {
            account.node_infos = report->stored;
        } else {
            account.trouble = "node infos: " + report.error().message();
        }
    });
}

void ExperimentRecording::receive(MessageKind kind, const redis::Message& message) {
    RecordedMessage recorded{kind, {}, std::string(message.payload)};
    if (kind == MessageKind::kTelemetry) {
        recorded.channel = message.channel;
    }
    if (queue_.push(std::move(recorded)) == MessageQueue::Pushed::kFull) {
        account_.with([](auto& account) {
            ++account.lost;
            account.trouble = "messages came faster than the database takes them";
        });
    }
}

void ExperimentRecording::run() {
    for (;;) {
        // Asked first: what was pushed before the queue was closed is in the messages taken then.
        const bool last = queue_.closed();
        store_messages(queue_.take(limits_.flush));
        if (last) {
            return;
        }
    }
}

void ExperimentRecording::store_messages(const std::vector<RecordedMessage>& messages) {
    std::vector<model::Trace> traces;
    std::vector<model::TelemetryPoint> points;
    std::vector<model::Event> events;
    const auto add_to = [this](auto& rows, auto row) {
        if (row) {
            rows.push_back(std::move(row).value());
        } else {
            refuse(row.error());
        }
    };
    for (const auto& message : messages) {
        switch (message.kind) {
            case MessageKind::kTrace:
                if (auto trace = model::parse_trace_line(message.payload);
                    !trace || is_recorded(*trace)) {
                    add_to(traces, std::move(trace));
                }
                break;
            case MessageKind::kEvent:
                add_to(events, model::parse_event_line(message.payload));
                break;
            case MessageKind::kTelemetry:
                add_to(points, model::parse_telemetry(message.channel, message.payload));
                break;
        }
    }
    const std::string& id = experiment_.id;
    store_rows(events, &RecordingAccount::events,
               [&](auto rows) { return store_->add_events(id, rows); });
    store_rows(points, &RecordingAccount::telemetry,
               [&](auto rows) { return store_->add_telemetry(id, rows); });
    store_rows(traces, &RecordingAccount::traces,
               [&](auto rows) { return store_->add_traces(rows, id); });
}

template <typename Row, typename Write>
void ExperimentRecording::store_rows(const std::vector<Row>& rows,
                                     std::uint64_t RecordingAccount::* count,
                                     const Write& write) {
    for (std::size_t first = 0; first < rows.size(); first += kRowsAtOnce) {
        const std::span<const Row> batch =
            std::span(rows).subspan(first, std::min(kRowsAtOnce, rows.size() - first));
        const auto report =
            writer_.write([&] { return write(batch); },
                          [this](const Error& error) {
                              account_.with([&](auto& a) { a.trouble = error.message(); });
                              // tidy: the writer's own thread; nothing can shorten this wait
                              std::this_thread::sleep_for(kPauseAfterFailure);
                              return PatientWriter::Retry::kAgain;
                          });
        account_.with([&](auto& account) {
            if (report) {
                account.*count += report->stored;
                account.refused += report->refused;
            } else {
                account.lost += batch.size();
                account.trouble = report.error().message();
            }
        });
    }
}

void ExperimentRecording::refuse(const Error& error) {
    base::log_debug("experiment {}: {}", experiment_.id, error.message());
    account_.with([&](auto& account) {
        ++account.refused;
        account.trouble = error.message();
    });
}

Result<RecordingAccount> ExperimentRecording::stop(const RecordingEnd& end) {
    const std::lock_guard lock(stop_mutex_);
    if (!outcome_) {
        outcome_ = conclude(end);
    }
    return *outcome_;
}

Result<RecordingAccount> ExperimentRecording::conclude(const RecordingEnd& ending) {
    const double end = base::to_epoch_seconds(clock_.wall());
    // tidy: workers hand over traces up to 200 ms after their requests, and nothing says when
    std::this_thread::sleep_for(limits_.linger);
    take_in_what_was_sent();
    unsubscribe();
    queue_.close();
    thread_.join();
    const auto touched = store_->touch_traces(experiment_.id, *experiment_.start, end);
    account_.with([&](auto& account) {
        account.traces += touched ? *touched : 0;
        if (ending.requests) {
            account.requests = ending.requests;
            account.traces += ending.requests->stored;
            account.lost += ending.requests->lost;
        }
    });
    const auto noted = add_metadata(ending.metadata);  // first: who sees the end sees the reason
    experiment_.end = end;
    experiment_.status = ending.status;
    TRY(store_->update(experiment_));
    TRY(touched);
    TRY(noted);
    return account();
}

}  // namespace galileo::recorder
