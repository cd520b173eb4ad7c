#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/random.h"
#include "base/result.h"
#include "model/client.h"
#include "model/experiment.h"
#include "model/json.h"
#include "recorder/message_queue.h"
#include "recorder/patient_writer.h"
#include "recorder/request_account.h"
#include "redis/client.h"
#include "redis/subscriber.h"
#include "store/experiment_store.h"

namespace galileo::recorder {

/// Whose traces are recorded, of those on the original's channel.
enum class RecordedClients {
    kAll,    ///< as the original's recorder does (contract 4.4)
    kNamed,  ///< those given to record_traces_of()
};

/// What is said about an experiment that is to be recorded.
struct RecordingRequest {
    std::optional<std::string> name;     ///< absent: the id
    std::optional<std::string> creator;  ///< absent: `galileodb-recorder-<pid>`
    model::Json metadata;                ///< object or null; `exp_id` is added to it
    std::string id{};                    ///< empty: a new one; else the row is there or is made
    std::optional<double> created{};     ///< epoch seconds; absent: now
    std::string status = "RUNNING";      ///< while it is recorded (contract 4.3, 4.4)
    RecordedClients traces = RecordedClients::kAll;
};

/// How a recording ends.
struct RecordingEnd {
    std::string status = "FINISHED";
    model::Json metadata{};  ///< object whose members are added to the metadata, with `recorded`,
                             ///< the account; or null: nothing is added
    std::optional<RequestAccount> requests{};  ///< of its run, whose traces somebody else has
                                               ///< stored; part of the account
};

/// What was recorded. Every message that came is in one of the counts or still on its way.
struct RecordingAccount {
    std::string experiment_id;
    std::uint64_t traces = 0;      ///< rows stored
    std::uint64_t telemetry = 0;   ///< rows stored
    std::uint64_t events = 0;      ///< rows stored
    std::uint64_t node_infos = 0;  ///< rows stored
    std::uint64_t refused = 0;     ///< messages or rows left out: undecodable, NaN, infinite
    std::uint64_t lost = 0;        ///< messages given up: the store failed, or was too slow
    std::string trouble;           ///< the last thing that went wrong; empty: nothing
    std::optional<RequestAccount> requests;  ///< RecordingEnd::requests; `traces` and `lost` have
                                             ///< its stored and lost ones too

    bool operator==(const RecordingAccount&) const = default;
};

/// An object with the members as keys; `experiment` is the id; of `requests` what it has besides,
/// `sent`, `completed` and `lost_reasons`.
model::Json to_json(const RecordingAccount& account);

/// Bounds of a recording.
struct RecordingLimits {
    std::chrono::milliseconds linger{500};        ///< stop() waits for what workers still hold
    std::chrono::milliseconds flush{500};         ///< a message waits so long at the most
    std::chrono::milliseconds patience{120'000};  ///< for a store that fails; then rows are lost
    MessageQueue::Limits queue{};
};

/// Records an experiment as `exp.start` and `exp.stop` of the original do (contract 4.4): what is
/// published on the channels of traces, events and telemetry between start() and stop() becomes
/// rows of the experiment, in batches, on a thread of its own. Messages of a time without a
/// connection to Redis are missing, and `trouble` says so. Thread-safe.
class ExperimentRecording {
  public:
    /// Saves the experiment, its metadata and node infos, and is subscribed to telemetry,
    /// events and traces when it returns. Owns the store. `redis`, `subscriber` and `clock` must
    /// outlive it. kInvalidInput for metadata that is neither an object nor null; kConflict when
    /// `subscriber` records an experiment already; else the errors of the store and of Redis. After
    /// an error nothing is subscribed, and the row, where there is one, says FAILED.
    static Result<std::unique_ptr<ExperimentRecording>> start(
        const RecordingRequest& request,
        redis::Client& redis,
        redis::Subscriber& subscriber,
        std::unique_ptr<store::ExperimentStore> store,
        base::Clock& clock,
        base::Rng& rng,
        const RecordingLimits& limits = {});

    ExperimentRecording(const ExperimentRecording&) = delete;
    ExperimentRecording& operator=(const ExperimentRecording&) = delete;
    /// As stop().
    ~ExperimentRecording();

    [[nodiscard]] const std::string& experiment_id() const noexcept { return experiment_.id; }
    [[nodiscard]] RecordingAccount account() const;

    /// Records the traces of these clients too, with RecordedClients::kNamed.
    void record_traces_of(const std::vector<model::ClientDescription>& clients);

    /// Waits for the traces that workers hand over in batches, takes in what was published until
    /// then, unsubscribes, stores what has come, gives the id to the traces of that time that have
    /// none, adds to the metadata, sets status and end. Idempotent: the first call's `end` counts.
    /// Errors of the store for the last three steps; what could be done is done, and account() says
    /// what.
    Result<RecordingAccount> stop(const RecordingEnd& end = {});

  private:
    ExperimentRecording(redis::Client& redis,
                        redis::Subscriber& subscriber,
                        std::unique_ptr<store::ExperimentStore> store,
                        base::Clock& clock,
                        const RecordingLimits& limits);

    Result<void> begin(const RecordingRequest& request, base::Rng& rng);
    Result<void> save_experiment(const RecordingRequest& request, base::Rng& rng);
    Result<void> save_metadata(model::Json metadata);
    Result<void> subscribe();
    void unsubscribe();
    void take_in_what_was_sent();
    void record_node_infos();
    void receive(MessageKind kind, const redis::Message& message);
    void run();
    void store_messages(const std::vector<RecordedMessage>& messages);
    template <typename Row, typename Write>
    void store_rows(const std::vector<Row>& rows,
                    std::uint64_t RecordingAccount::* count,
                    const Write& write);
    [[nodiscard]] bool is_recorded(const model::Trace& trace) const;
    void refuse(const Error& error);
    Result<RecordingAccount> conclude(const RecordingEnd& ending);
    Result<void> add_metadata(const model::Json& members);

    const RecordingLimits limits_;
    redis::Client& redis_;
    redis::Subscriber& subscriber_;
    base::Clock& clock_;
    model::Experiment experiment_;  ///< `end` and `status` change in stop()
    RecordedClients recorded_clients_ = RecordedClients::kAll;
    base::Guarded<std::set<std::string, std::less<>>> named_clients_;
    base::Guarded<RecordingAccount> account_;
    MessageQueue queue_;
    std::optional<std::uint64_t> reconnect_handler_;

    /// Used by start() before the thread, the thread, and stop() after the thread.
    std::unique_ptr<store::ExperimentStore> store_;
    PatientWriter writer_;
    std::thread thread_;

    std::mutex stop_mutex_;                            // held for the whole of stop()
    std::optional<Result<RecordingAccount>> outcome_;  ///< absent while it records
};

}  // namespace galileo::recorder
