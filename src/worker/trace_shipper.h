#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "coord/trace_stream.h"
#include "engine/trace_ring.h"
#include "model/trace.h"
#include "redis/client.h"
#include "worker/trace_sink.h"
#include "worker/trace_text.h"

namespace galileo::worker {

/// What became of a run's traces.
struct ShippedTraces {
    std::uint64_t shipped = 0;   ///< in the run's stream
    std::uint64_t given_up = 0;  ///< taken from the ring but never brought into the stream
    std::string reason;          ///< of given_up
    std::uint64_t paused = 0;    ///< dropped because tracing was paused: of open runs
};

/// Whose clients a run has.
enum class RunKind {
    kPlanned,  ///< those that it was prepared with
    kOpen,     ///< clients spawned into it, traced like those without a run (coord::PrepareRun)
};

/// The shipping thread: takes finished traces from the engine's rings, turns them into text and
/// hands them over: those of a run to the run's stream, all others to the worker's own sink. While
/// Redis is away or nobody reads the stream it leaves the traces in the rings, whose limit bounds
/// the memory. Thread-safe.
class TraceShipper {
  public:
    struct Options {
        std::string worker;
        bool sink_for_open_runs = false;     ///< the sink gets the traces of open runs too
        std::size_t flush = 20;              ///< traces per batch of the sink
        std::size_t body_limit = 64 * 1024;  ///< response text kept of clients without a run
        std::size_t max_batch = 100'000;     ///< traces kept for a sink that fails; beyond it the
                                             ///< oldest are lost and counted
        std::uint64_t max_backlog =
            1'000;  ///< entries of a stream that nobody has read yet; beyond it the shipper waits
        std::chrono::milliseconds give_up{
            5'000};  ///< how long closing a run tries to bring the rest into its stream
    };

    /// `sink` may be null: traces of clients without a run are dropped. The rest must outlive the
    /// shipper. Starts the thread.
    TraceShipper(Options options,
                 engine::TraceReader& reader,
                 redis::Client& redis,
                 base::Clock& clock,
                 std::unique_ptr<TraceSink> sink);
    /// Ships what is there, then ends the thread.
    ~TraceShipper();
    TraceShipper(const TraceShipper&) = delete;
    TraceShipper& operator=(const TraceShipper&) = delete;

    /// From now on traces with this run id go to its stream, with `body_limit` bytes of response
    /// text.
    void open_run(const std::string& run_id, std::size_t body_limit, RunKind kind);

    /// Ships everything that the engine has completed so far, writes the end marker and forgets the
    /// run. Blocks, `give_up` at the most.
    ShippedTraces close_run(const std::string& run_id);

    /// While paused, traces of clients without a run and of open runs are dropped (contract 2.9).
    /// Pausing first ships what has been completed; blocks for that.
    void pause();
    void resume();

    /// Traces of clients without a run that were lost because the sink failed for too long.
    [[nodiscard]] std::uint64_t lost() const noexcept { return lost_.load(); }

  private:
    struct Run {
        std::unique_ptr<coord::TraceStreamWriter> writer;
        std::size_t body_limit = 0;
        RunKind kind = RunKind::kPlanned;
        std::uint64_t appended = 0;
        std::uint64_t paused = 0;
        base::MonotonicTime oldest{};  ///< when the open chunk got its first trace
        bool full = false;  ///< its stream is not being read fast enough, or Redis is away: leave
                            ///< traces in the ring
    };

    void run_thread();
    void turn();
    void take(const engine::TraceView& view);
    void give_to_sink(const model::TraceRow& row);
    bool may_take();
    void ship_runs(bool everything);
    void ship_batch(bool everything);
    void drain();

    const Options options_;
    engine::TraceReader& reader_;
    redis::Client& redis_;
    base::Clock& clock_;
    std::unique_ptr<TraceSink> sink_;
    std::atomic<std::uint64_t> lost_{0};
    std::atomic<bool> stopping_{false};

    /// Held by the thread for each turn, and by the public functions: so they act between turns.
    std::mutex mutex_;
    std::map<std::string, Run, std::less<>> runs_;
    Run* last_run_ = nullptr;  ///< of the last trace: traces of one run come in a row
    std::string_view last_run_id_;
    std::vector<model::Trace> batch_;
    base::MonotonicTime batch_since_{};
    base::MonotonicTime retry_at_{};
    bool paused_ = false;
    TraceTranscriber transcriber_;

    std::thread thread_;
};

}  // namespace galileo::worker
