#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/bell.h"
#include "engine/trace_ring.h"

namespace galileo::engine {

/// The texts of a client that all its traces share. Immutable; shared by the client and the chunks
/// that hold traces of it, which may outlive it.
struct ClientLabel {
    std::string client;
    std::string service;
    std::string run_id;
    std::string request_prefix;
};

/// A block of traces, each followed by its server, head and body, back to back. Owned by one thread
/// at a time.
struct TraceChunk {
    TraceChunk* next = nullptr;
    std::unique_ptr<std::byte[]> memory;
    std::size_t capacity = 0;
    std::size_t used = 0;
    std::uint64_t serial = 0;  ///< of the filling; never 0 once it has been opened
    std::vector<std::shared_ptr<const ClientLabel>> labels;  ///< that the records point into
};

/// A last-in first-out list of chunks between two threads, without locks: anybody pushes, one
/// thread takes everything. Thread-safe.
class ChunkStack {
  public:
    ChunkStack() = default;
    ~ChunkStack();
    ChunkStack(const ChunkStack&) = delete;
    ChunkStack& operator=(const ChunkStack&) = delete;

    void push(TraceChunk* chunk) noexcept;
    /// All of them, the last one pushed first; null: none.
    TraceChunk* take_all() noexcept;
    [[nodiscard]] bool empty() const noexcept { return head_.load() == nullptr; }

  private:
    std::atomic<TraceChunk*> head_{nullptr};
};

/// Where a client's label stands in the chunk that is open; kept by the client. A value.
struct LabelPlace {
    std::uint64_t serial = 0;
    std::uint32_t index = 0;
};

struct TraceLaneOptions {
    std::size_t chunk_bytes = 256 * 1024;
    std::size_t limit_bytes = 96 * 1024 * 1024;  ///< of all chunks; at least one chunk
};

/// One loop's stretch of the trace ring. The producer's functions are for the loop, the consumer's
/// for the one thread that reads; both sides may run at once.
class TraceLane {
  public:
    /// `bell` must outlive the lane.
    TraceLane(const TraceLaneOptions& options, Bell& bell);
    ~TraceLane();
    TraceLane(const TraceLane&) = delete;
    TraceLane& operator=(const TraceLane&) = delete;

    // The producer's side.

    /// Copies the trace; the texts of the client in `trace` are ignored, `label` has them. Never
    /// waits; counts the trace as lost when the memory limit is reached.
    void append(const std::shared_ptr<const ClientLabel>& label,
                LabelPlace& place,
                const TraceView& trace);
    /// Whether there are traces that the consumer cannot see yet.
    [[nodiscard]] bool has_open() const noexcept { return open_ != nullptr && open_->used > 0; }
    /// Lets the consumer see them.
    void hand_over() noexcept;
    /// Whether the consumer has returned all that it was given.
    [[nodiscard]] bool consumed() const noexcept { return unread_.load() == 0; }

    // The consumer's side.

    /// All that was handed over since, oldest first; each chunk must be given back.
    TraceChunk* take() noexcept;
    void give_back(TraceChunk* chunk) noexcept;
    [[nodiscard]] bool has_unread() const noexcept { return !full_.empty(); }

    /// Thread-safe.
    [[nodiscard]] std::uint64_t lost() const noexcept { return lost_.load(); }
    /// Memory of all chunks now. Thread-safe.
    [[nodiscard]] std::size_t allocated() const noexcept { return allocated_.load(); }

  private:
    std::byte* reserve(std::size_t bytes);
    TraceChunk* obtain(std::size_t bytes);
    void discard(TraceChunk* chunk) noexcept;

    const TraceLaneOptions options_;
    Bell& bell_;

    // The producer's.
    TraceChunk* open_ = nullptr;
    TraceChunk* spare_ = nullptr;  ///< list of empty chunks
    std::uint64_t serial_ = 0;

    // Shared.
    ChunkStack full_;
    ChunkStack returned_;
    std::atomic<std::uint64_t> unread_{0};  ///< chunks handed over and not given back
    std::atomic<std::uint64_t> idle_{0};    ///< chunks in spare_ and returned_
    std::atomic<std::size_t> allocated_{0};
    std::atomic<std::uint64_t> lost_{0};
};

/// Reads the record at `offset` of `chunk` into `trace`, whose views point into the chunk; returns
/// the offset of the next one.
std::size_t read_trace(const TraceChunk& chunk, std::size_t offset, TraceView& trace) noexcept;

}  // namespace galileo::engine
