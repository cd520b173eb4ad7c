#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/result.h"
#include "coord/trace_stream.h"
#include "model/trace.h"
#include "recorder/patient_writer.h"
#include "redis/client.h"
#include "stats/timeline.h"
#include "store/experiment_store.h"

namespace galileo::recorder {

/// Where the traces of a run are. received = stored + lost + those of the batch in progress.
struct RecordedTraces {
    std::uint64_t received = 0;                         ///< taken from the run's stream
    std::uint64_t stored = 0;                           ///< rows in the store
    std::uint64_t lost = 0;                             ///< given up: the store failed for too long
    std::map<std::string, std::uint64_t> lost_reasons;  ///< sums to lost
    std::string trouble;  ///< what the store says at the moment, or that it says nothing; empty:
                          ///< all is well
};

/// Brings the traces of one run from its stream into the store, on a thread of its own, in batches
/// of one transaction each. When the store fails, the batch is tried again for `patience`; then its
/// traces are lost, counted with the reason, and every further batch gets one try until one
/// succeeds. Thread-safe.
class TraceRecorder {
  public:
    struct Options {
        std::string run_id;
        /// A recorder of this run has died: what it had taken last may be in the store already and
        /// comes again. Those that are there are left out.
        bool resumed = false;
        /// Gives the seconds of the run's statistics since the last call, to be stored too; called
        /// about once a second and at the end, on the recorder's thread. Empty: there are none.
        std::function<std::vector<store::StatisticsSecond>(stats::Timeline::Until)> statistics{};
        std::size_t batch = 10'000;  ///< most traces in one transaction
        std::chrono::milliseconds patience{120'000};
    };

    /// `store` is used by the recorder's thread alone until finish() has returned. Both must
    /// outlive the recorder. Starts the thread.
    TraceRecorder(Options options,
                  redis::Client& redis,
                  store::ExperimentStore& store,
                  base::Clock& clock);
    ~TraceRecorder();
    TraceRecorder(const TraceRecorder&) = delete;
    TraceRecorder& operator=(const TraceRecorder&) = delete;

    [[nodiscard]] RecordedTraces state() const;

    /// Goes on until the stream has given `expected` traces, or nothing new for `patience`, or
    /// `wait`, which should wait a little, says false; then ends the thread, deletes the stream and
    /// returns the final state. Call once.
    RecordedTraces finish(std::uint64_t expected,
                          std::chrono::milliseconds patience,
                          const std::function<bool()>& wait);

  private:
    void run();
    bool pause(std::chrono::milliseconds patience);
    void stop();
    void store_batch(std::vector<model::TraceRow>& batch);
    void leave_out_stored(std::vector<coord::TraceChunk>& chunks);
    void store_statistics(stats::Timeline::Until until);
    PatientWriter::Retry note(const Error& error);
    void give_up(std::size_t count, const Error& error);

    const Options options_;
    store::ExperimentStore& store_;
    base::Clock& clock_;
    coord::TraceStreamReader reader_;
    PatientWriter writer_;  ///< of the thread
    base::Guarded<RecordedTraces> state_;
    base::Guarded<std::optional<base::MonotonicTime>> writing_since_;  ///< none: no batch waits
    std::mutex mutex_;
    std::condition_variable changed_;  ///< stopping_, or the state has changed
    bool stopping_ = false;            ///< protected by mutex_
    std::thread thread_;
};

}  // namespace galileo::recorder
