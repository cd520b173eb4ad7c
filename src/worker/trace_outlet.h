#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/result.h"
#include "coord/trace_chunk.h"
#include "model/trace.h"
#include "worker/trace_journal.h"

namespace galileo::worker {

/// Where the chunks of an outlet end up. Used by the outlet's thread alone; thread-compatible.
class TraceTarget {
  public:
    virtual ~TraceTarget() = default;

    /// Takes some of `chunks`, never empty, from the first on, and returns how many; 0: none just
    /// now. It is given what it has not taken again. May block. kInvalidInput: the first one can
    /// never be taken; every other error may pass.
    virtual Result<std::size_t> take(std::span<const coord::SealedChunk> chunks) = 0;

    /// No chunk will follow; `total` traces were taken.
    virtual Result<void> end(std::uint64_t total) = 0;
};

/// What became of an outlet's traces.
struct ShippedTraces {
    std::uint64_t shipped = 0;    ///< taken by the target
    std::uint64_t given_up = 0;   ///< appended, but never taken
    std::string reason;           ///< of given_up
    std::string journal_trouble;  ///< why the journal was full for a while; empty: it was not
    std::uint64_t paused = 0;     ///< dropped before they came here: tracing was paused
};

/// One way out of the worker: traces, encoded to chunks, wait in a journal until a thread of its
/// own has brought them to the target, in order. A target that is slow or away costs disk, and
/// nobody else waits for it. append(), turn() and full() are for one thread; the rest is
/// thread-safe.
class TraceOutlet {
  public:
    struct Options {
        std::string name;    ///< for messages
        std::string worker;  ///< in the chunks
        std::uint64_t worth_sending =
            coord::TraceChunkEncoder::kChunkTraces;  ///< this many traces leave without waiting for
                                                     ///< more
        std::chrono::milliseconds give_up{
            5'000};  ///< once closed: how long the target may take nothing
    };

    /// `space` and `clock` must outlive the outlet. Starts the thread.
    TraceOutlet(Options options,
                JournalSpace& space,
                std::unique_ptr<TraceTarget> target,
                base::Clock& clock);
    /// Gives up what is left, unless it was closed: then waits for the end of that.
    ~TraceOutlet();
    TraceOutlet(const TraceOutlet&) = delete;
    TraceOutlet& operator=(const TraceOutlet&) = delete;

    void append(const model::TraceRow& trace);
    /// Lets traces go that have waited long enough for others; call it about every 50 ms.
    void turn();
    /// Neither target nor journal take more: append nothing for a while.
    [[nodiscard]] bool full() const noexcept { return full_; }

    enum class Closing {
        kShipAll,  ///< goes on while the target takes chunks, then ends
        kGiveUp,   ///< ends at once; may follow kShipAll
    };
    /// Nothing will be appended any more.
    void close(Closing how);

    /// Once closed and ended.
    [[nodiscard]] std::optional<ShippedTraces> outcome() const;
    /// Blocks until there is one. Only after close().
    ShippedTraces wait();

    /// Given up while open: the target can never take them, or the journal could not be read.
    [[nodiscard]] std::uint64_t lost() const;

  private:
    enum class State { kOpen, kClosing, kGivingUp, kEnded };

    void seal();
    void run();
    bool deliver(std::span<const coord::SealedChunk> chunks);
    bool finish();
    bool pause(std::chrono::milliseconds patience);
    void note_progress();
    void complain(const Error& error);

    const Options options_;
    base::Clock& clock_;
    const std::unique_ptr<TraceTarget> target_;

    // The appending thread's.
    coord::TraceChunkEncoder encoder_;
    std::uint64_t sequence_ = 0;
    base::MonotonicTime oldest_{};  ///< when the open chunk got its first trace
    std::atomic<bool> full_{false};

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    // Protected by mutex_:
    TraceJournal journal_;
    State state_ = State::kOpen;
    std::uint64_t appended_ = 0;   ///< that came into the journal
    std::uint64_t delivered_ = 0;  ///< that the target has taken
    std::uint64_t refused_ = 0;    ///< that the target can never take
    std::string reason_;           ///< the target's last error
    base::MonotonicTime progress_at_{};

    std::string complaint_;  ///< the thread's: what was logged last

    std::thread thread_;
};

}  // namespace galileo::worker
