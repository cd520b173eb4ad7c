#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "coord/trace_chunk.h"

namespace galileo::worker {

/// The disk space that the journals of one worker share, and where it is. Thread-safe.
class JournalSpace {
  public:
    struct Options {
        std::string directory = "/var/tmp";
        std::uint64_t limit_bytes = std::uint64_t{16} << 30U;  ///< of all files
        std::uint64_t memory_bytes = std::uint64_t{4} << 20U;  ///< of each journal, before its file
        std::uint64_t segment_bytes = std::uint64_t{64} << 20U;  ///< of one file; freed as a whole
    };

    explicit JournalSpace(Options options) : options_(std::move(options)) {}

    /// Whether a file can be made there: the error says why not, with the directory.
    Result<void> check() const;
    /// An empty file without a name, which vanishes with its descriptor.
    Result<base::UniqueFd> make_file() const;

    /// False when the limit forbids it.
    bool reserve(std::uint64_t bytes) noexcept;
    void release(std::uint64_t bytes) noexcept { used_ -= bytes; }

    [[nodiscard]] std::uint64_t used() const noexcept { return used_; }
    [[nodiscard]] const Options& options() const noexcept { return options_; }

  private:
    const Options options_;
    std::atomic<std::uint64_t> used_{0};
};

/// Chunks of traces that wait for a sink, first in, first out: a few MiB in memory, what is beyond
/// that in files without a name. A file is given back as soon as all of it has been taken. Nothing
/// outlives the process. push() always takes the chunk; when full() says so afterwards, the caller
/// should bring no more until it has become false again, for what the disk does not take stays in
/// memory. Thread-compatible.
class TraceJournal {
  public:
    /// `space` must outlive the journal.
    explicit TraceJournal(JournalSpace& space) : space_(space) {}
    ~TraceJournal();
    TraceJournal(const TraceJournal&) = delete;
    TraceJournal& operator=(const TraceJournal&) = delete;

    void push(coord::SealedChunk chunk);

    /// Takes the oldest chunks out: at most `most`, and no more once they have `bytes`; at least
    /// one when there is one.
    std::vector<coord::SealedChunk> take(std::size_t most, std::size_t bytes);

    /// Tries again to bring onto the disk what it has not taken.
    void settle();

    [[nodiscard]] bool empty() const noexcept {
        return head_.empty() && index_.empty() && tail_.empty();
    }
    /// The limit is reached, or the disk takes no more.
    [[nodiscard]] bool full() const noexcept { return !tail_.empty(); }
    /// Why it was full the last time; empty: it never was.
    [[nodiscard]] const std::string& trouble() const noexcept { return trouble_; }
    /// Held, in memory and on disk.
    [[nodiscard]] std::uint64_t traces() const noexcept { return traces_; }
    /// Held on disk.
    [[nodiscard]] std::uint64_t chunks_on_disk() const noexcept { return index_.size(); }
    /// Traces that could not be read back.
    [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }

  private:
    struct Entry {
        std::uint32_t bytes = 0;
        std::uint32_t traces = 0;
    };
    struct Segment {
        base::UniqueFd fd;
        std::uint64_t written = 0;  ///< bytes
        std::uint64_t read = 0;     ///< bytes
    };
    bool stow(coord::SealedChunk& chunk);
    Result<void> write(const std::string& bytes);
    Result<std::string> read(std::size_t bytes);
    void drop_front_segment();

    JournalSpace& space_;
    std::deque<coord::SealedChunk> head_;  ///< the oldest
    std::uint64_t head_bytes_ = 0;
    std::deque<Entry> index_;  ///< of what is on disk, younger than head_
    std::deque<Segment> segments_;
    std::deque<coord::SealedChunk> tail_;  ///< the youngest: what found no room
    std::uint64_t traces_ = 0;
    std::uint64_t lost_ = 0;
    std::string trouble_;
};

}  // namespace galileo::worker
