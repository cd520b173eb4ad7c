#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "engine/trace_ring.h"
#include "redis/client.h"
#include "worker/trace_journal.h"
#include "worker/trace_outlet.h"
#include "worker/trace_sink.h"
#include "worker/trace_text.h"

namespace galileo::worker {

/// Whose clients a run has.
enum class RunKind {
    kPlanned,  ///< those that it was prepared with
    kOpen,     ///< clients spawned into it, traced like those without a run (coord::PrepareRun)
};

/// The shipping thread: takes finished traces from the engine's rings, turns them into text and
/// puts them into the outlet where they belong: each run has one, to its stream, and all clients
/// without a run share one, to the worker's own sink. Outlets keep what their target does not take
/// in a journal on disk; only while that takes no more are traces left in the rings, whose limit
/// bounds the memory. Thread-safe.
class TraceShipper {
  public:
    struct Options {
        std::string worker;
        bool sink_for_open_runs = false;     ///< the sink gets the traces of open runs too
        std::size_t flush = 20;              ///< traces per batch of the sink
        std::size_t body_limit = 64 * 1024;  ///< response text kept of clients without a run
        std::uint64_t max_backlog =
            256;  ///< entries of a stream that nobody has read yet; beyond it traces wait here
        std::chrono::milliseconds give_up{
            5'000};  ///< how long an outlet that is closed waits for a target that takes nothing
        JournalSpace::Options journal{};
    };

    /// `sink` may be null: traces of clients without a run are dropped. The rest must outlive the
    /// shipper. Starts the thread.
    TraceShipper(Options options,
                 engine::TraceReader& reader,
                 redis::Client& redis,
                 base::Clock& clock,
                 std::unique_ptr<TraceSink> sink);
    /// Ships what is there, as long as the sink takes it, then ends the threads.
    ~TraceShipper();
    TraceShipper(const TraceShipper&) = delete;
    TraceShipper& operator=(const TraceShipper&) = delete;

    /// From now on traces with this run id go to its stream, with `body_limit` bytes of response
    /// text.
    void open_run(const std::string& run_id, std::size_t body_limit, RunKind kind);

    /// To be called again and again until it returns what became of the run's traces. The first
    /// call begins to bring everything that the engine has completed so far into the stream,
    /// followed by the end marker; this goes on as long as the stream takes chunks. kGiveUp ends it
    /// at once. Does not wait for Redis. A run that is not here has shipped nothing.
    std::optional<ShippedTraces> close_run(const std::string& run_id, TraceOutlet::Closing how);
    /// The same, but waits for the end.
    ShippedTraces wait_for_run(const std::string& run_id, TraceOutlet::Closing how);

    /// While paused, traces of clients without a run and of open runs are dropped (contract 2.9).
    /// Pausing first takes in what has been completed; blocks for that.
    void pause();
    void resume();

    /// Traces of clients without a run that were lost.
    [[nodiscard]] std::uint64_t lost() const;

  private:
    struct Run {
        std::unique_ptr<TraceOutlet> outlet;
        std::size_t body_limit = 0;
        RunKind kind = RunKind::kPlanned;
        std::uint64_t paused = 0;  ///< traces dropped because tracing was paused
        bool closing = false;      ///< its last traces are in the rings
        bool closed = false;       ///< the outlet has all of them
        base::MonotonicTime closing_since{};
        std::uint64_t visited_before = 0;  ///< by all, when it began to close
    };

    void run_thread();
    void turn();
    void take(const engine::TraceView& view);
    [[nodiscard]] bool has_room() const;
    bool visit(std::size_t most);
    void close_outlets(bool all_taken);
    void report_losses();
    void drain();

    const Options options_;
    engine::TraceReader& reader_;
    redis::Client& redis_;
    base::Clock& clock_;
    JournalSpace space_;
    std::unique_ptr<TraceOutlet> sink_;  ///< null: traces of clients without a run are dropped

    /// Held by the thread for each turn, and by the public functions: so they act between turns.
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
    std::map<std::string, Run, std::less<>> runs_;
    Run* last_run_ = nullptr;  ///< of the last trace: traces of one run come in a row
    std::string_view last_run_id_;
    bool paused_ = false;
    std::uint64_t visited_ = 0;  ///< traces, from the start
    std::uint64_t lost_said_ = 0;
    base::MonotonicTime lost_said_at_{};
    TraceTranscriber transcriber_;

    std::thread thread_;
};

}  // namespace galileo::worker
