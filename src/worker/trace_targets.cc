#include "worker/trace_targets.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "coord/trace_stream.h"

namespace galileo::worker {

namespace {

class StreamTarget final : public TraceTarget {
  public:
    StreamTarget(redis::Client& client,
                 const std::string& run_id,
                 const std::string& worker,
                 std::uint64_t max_backlog)
        : writer_(client, run_id, worker), max_backlog_(max_backlog) {}

    Result<std::size_t> take(std::span<const coord::SealedChunk> chunks) override {
        if (backlog_ >= max_backlog_) {
            backlog_ = TRY(writer_.length());
        }
        if (backlog_ >= max_backlog_) {
            return std::size_t{0};
        }
        const auto count = std::min<std::uint64_t>(chunks.size(), max_backlog_ - backlog_);
        backlog_ = TRY(writer_.send(chunks.first(count)));
        return count;
    }

    Result<void> end(std::uint64_t total) override { return writer_.finish(total); }

  private:
    coord::TraceStreamWriter writer_;
    const std::uint64_t max_backlog_;
    std::uint64_t backlog_ = 0;
};

// Of one write: a transaction of a thousand rows costs a tenth of a thousand transactions, and more
// rows gain little.
constexpr std::size_t kWriteTraces = 1'000;
constexpr std::size_t kWriteBytes = 4 * 1024 * 1024;  // of responses: texts that a chunk says once

class SinkTarget final : public TraceTarget {
  public:
    explicit SinkTarget(std::unique_ptr<TraceSink> sink) : sink_(std::move(sink)) {}

    Result<std::size_t> take(std::span<const coord::SealedChunk> chunks) override {
        std::size_t done = 0;
        while (done == 0) {  // parts of a large chunk
            done = TRY(take_some(chunks));
        }
        return done;
    }

    Result<void> end(std::uint64_t /*total*/) override { return {}; }

  private:
    /// Writes once: joins small chunks and divides large ones. 0: a part of the first one.
    Result<std::size_t> take_some(std::span<const coord::SealedChunk> chunks) {
        std::vector<model::Trace> batch;
        std::size_t bytes = 0;
        std::size_t count = 0;
        while (count < chunks.size() && batch.size() < kWriteTraces && bytes < kWriteBytes) {
            const auto chunk = coord::decode_trace_chunk(chunks[count].bytes);
            if (!chunk && count == 0) {
                return Error(ErrorCode::kInvalidInput, chunk.error().message());
            }
            if (!chunk) {
                break;
            }
            for (std::size_t at = count == 0 ? written_ : 0; at < chunk->traces.size(); ++at) {
                const auto& row = chunk->traces[at];
                batch.push_back(model::trace_of(row));
                bytes += row.response.value_or("").size() + row.headers.value_or("").size();
                if (bytes >= kWriteBytes && at + 1 < chunk->traces.size()) {
                    return write_part(batch, count, at + 1);
                }
            }
            ++count;
        }
        TRY(sink_->write(batch));
        written_ = 0;
        return count;
    }

    /// Writes what ends within a chunk, after its first `traces`; those before it are done.
    Result<std::size_t> write_part(const std::vector<model::Trace>& batch,
                                   std::size_t chunks,
                                   std::size_t traces) {
        TRY(sink_->write(batch));
        written_ = traces;
        return chunks;
    }

    std::unique_ptr<TraceSink> sink_;
    std::size_t written_ = 0;  ///< traces of the first chunk not yet taken
};

}  // namespace

std::unique_ptr<TraceTarget> stream_target(redis::Client& client,
                                           const std::string& run_id,
                                           const std::string& worker,
                                           std::uint64_t max_backlog) {
    return std::make_unique<StreamTarget>(client, run_id, worker, max_backlog);
}

std::unique_ptr<TraceTarget> sink_target(std::unique_ptr<TraceSink> sink) {
    return std::make_unique<SinkTarget>(std::move(sink));
}

}  // namespace galileo::worker
