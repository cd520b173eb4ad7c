#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "coord/trace_chunk.h"
#include "model/trace.h"
#include "redis/client.h"

/// The traces of a run on their way from its workers to its recorder: a Redis stream
/// `galileo:traces:<run>`, whose entries hold hundreds of traces each (trace_chunk.h). Every worker
/// numbers its entries, so that the reader can drop what a retry has sent twice and see what is
/// missing.
namespace galileo::coord {

/// Writes one worker's chunks to a run's stream. Thread-compatible.
class TraceStreamWriter {
  public:
    /// `client` must outlive the writer. Sends nothing yet.
    TraceStreamWriter(redis::Client& client, std::string run_id, std::string worker);

    /// Sends some chunks, all or none, in order; returns the number of entries in the stream then,
    /// of all workers. After an error they must be sent again before any other: they may be in the
    /// stream, and the reader knows them by their number.
    Result<std::uint64_t> send(std::span<const SealedChunk> chunks);

    /// Entries that the stream's reader has not taken.
    Result<std::uint64_t> length();

    /// The end marker: this worker has sent `total` traces.
    Result<void> finish(std::uint64_t total);

  private:
    redis::Client& client_;
    const std::string key_;
    const std::string worker_;
};

/// Reads a run's stream. Thread-compatible.
class TraceStreamReader {
  public:
    TraceStreamReader(redis::Client& client, std::string run_id);

    /// New chunks in order of arrival, without those that came twice; empty when there was none
    /// within `max_wait`. What one call returns must be acknowledged before the next. Undecodable
    /// entries are dropped, logged and counted.
    Result<std::vector<TraceChunk>> read(std::chrono::milliseconds max_wait);

    /// Deletes from the stream what the last read() has returned.
    Result<void> acknowledge();

    /// Deletes the stream.
    Result<void> remove();

    struct Source {
        std::uint64_t traces = 0;  ///< received
        std::uint64_t last_sequence = 0;
        std::uint64_t missing_chunks = 0;    ///< gaps in the sequence
        std::optional<std::uint64_t> total;  ///< from the end marker
    };
    /// By worker.
    [[nodiscard]] const std::map<std::string, Source, std::less<>>& sources() const noexcept {
        return sources_;
    }
    [[nodiscard]] std::uint64_t rejected() const noexcept { return rejected_; }

  private:
    void take_entry(const redis::Reply& entry, std::vector<TraceChunk>& chunks);
    void take_chunk(std::string_view bytes, std::vector<TraceChunk>& chunks);
    void take_end(std::string_view worker, std::string_view total);

    redis::Client& client_;
    const std::string key_;
    std::string last_id_ = "0";
    std::vector<std::string> unacknowledged_;
    std::map<std::string, Source, std::less<>> sources_;
    std::uint64_t rejected_ = 0;
};

}  // namespace galileo::coord
