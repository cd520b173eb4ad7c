#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/trace.h"

/// An entry of a run's trace stream: some hundred traces in few bytes. A text that has been said
/// before in the same chunk (client, service, host, header fields, a body that all requests get) is
/// said by its number.
///
/// Form: version byte 2, worker, sequence, number of traces, then for each its request id, client,
/// service, created, sent, done (IEEE 754, big endian), status, server, headers, response. All but
/// the request id are references to texts: 0 absent, 1 a text that follows and gets the next
/// number, from 0 on, n + 2 the text with number n. Numbers and lengths as base::ByteWriter has
/// them. The experiment's id is the stream's and is not repeated.
namespace galileo::coord {

/// Some traces of one worker, in the order in which they were completed. The rows point into
/// `memory`, so it is moved, not copied.
struct TraceChunk {
    TraceChunk() = default;
    TraceChunk(TraceChunk&&) noexcept = default;
    TraceChunk& operator=(TraceChunk&&) noexcept = default;
    TraceChunk(const TraceChunk&) = delete;
    TraceChunk& operator=(const TraceChunk&) = delete;
    ~TraceChunk() = default;

    std::string worker;
    std::uint64_t sequence = 0;  ///< counts the worker's entries from 1
    std::vector<model::TraceRow> traces;
    std::vector<char> memory;
};

/// A finished chunk as it travels.
struct SealedChunk {
    std::string bytes;
    std::uint64_t traces = 0;
};

/// Builds chunks, one after the other. Allocates nothing once its memory has grown to that of a
/// chunk. Thread-compatible.
class TraceChunkEncoder {
  public:
    /// Puts a trace into the open chunk; its exp_id is left out.
    void append(const model::TraceRow& trace);

    /// Of the open chunk.
    [[nodiscard]] std::uint64_t traces() const noexcept { return count_; }
    [[nodiscard]] std::size_t bytes() const noexcept { return body_.size(); }
    /// Whether the open chunk is as large as chunks should become.
    [[nodiscard]] bool full() const noexcept {
        return count_ >= kChunkTraces || body_.size() >= kChunkBytes;
    }

    /// The open chunk; the next one is open and empty then.
    SealedChunk seal(std::string_view worker, std::uint64_t sequence);

    static constexpr std::uint64_t kChunkTraces = 1'024;
    static constexpr std::size_t kChunkBytes = 256 * 1024;

  private:
    static constexpr std::size_t kSlots = 1024;  ///< a power of two
    struct Slot {
        std::uint32_t number_plus_one = 0;  ///< 0: empty
        std::uint32_t offset = 0;           ///< in body_
        std::uint32_t size = 0;
        std::uint32_t hash = 0;
    };
    void write_reference(std::string_view text);

    std::string body_;
    std::uint64_t count_ = 0;
    std::uint32_t texts_ = 0;
    std::size_t used_slots_ = 0;
    std::array<Slot, kSlots> slots_{};
};

/// Copies the bytes and finds the traces in them. kInvalidInput for anything that is not a chunk;
/// never crashes, and never allocates more than a small multiple of the bytes given.
Result<TraceChunk> decode_trace_chunk(std::string_view bytes);

}  // namespace galileo::coord
