#include "coord/trace_stream.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/log.h"
#include "coord/keys.h"
#include "coord/redis_calls.h"

namespace galileo::coord {

namespace {

constexpr std::size_t kReadEntries = 32;
constexpr std::string_view kChunkField = "chunk";
constexpr std::string_view kEndField = "end";
constexpr std::string_view kTotalField = "total";
constexpr std::string_view kLeftBehindSeconds =
    "3600";  // a stream that nobody has read vanishes after this

}  // namespace

TraceStreamWriter::TraceStreamWriter(redis::Client& client, std::string run_id, std::string worker)
    : client_(client), key_(keys::trace_stream(run_id)), worker_(std::move(worker)) {}

Result<std::uint64_t> TraceStreamWriter::send(std::span<const SealedChunk> chunks) {
    // At once or not at all: the reader takes a chunk that comes after a later one for a
    // repetition. After a broken connection they may be in the stream, all of them: then they are
    // repetitions.
    std::vector<redis::Command> commands;
    for (const auto& chunk : chunks) {
        commands.push_back({"XADD", key_, "*", kChunkField, chunk.bytes});
    }
    commands.push_back({"EXPIRE", key_, kLeftBehindSeconds});
    commands.push_back({"XLEN", key_});
    const auto replies = TRY(client_.transaction(commands));
    TRY(check_all(replies));
    return static_cast<std::uint64_t>(TRY(replies.back().integer()));
}

Result<std::uint64_t> TraceStreamWriter::length() {
    const auto reply = TRY(client_.command({"XLEN", key_}));
    return static_cast<std::uint64_t>(TRY(reply.integer()));
}

Result<void> TraceStreamWriter::finish(std::uint64_t total) {
    TRY(client_.command(
        {"XADD", key_, "*", kEndField, worker_, kTotalField, std::to_string(total)}));
    TRY(client_.command({"EXPIRE", key_, kLeftBehindSeconds}));
    return {};
}

TraceStreamReader::TraceStreamReader(redis::Client& client, std::string run_id)
    : client_(client), key_(keys::trace_stream(run_id)) {}

Result<std::vector<TraceChunk>> TraceStreamReader::read(std::chrono::milliseconds max_wait) {
    redis::Command command("XREAD");
    command.arg("COUNT")
        .arg(kReadEntries)
        .arg("BLOCK")
        .arg(std::max<std::int64_t>(max_wait.count(), 1))
        .arg("STREAMS")
        .arg(key_)
        .arg(last_id_);
    auto reply = TRY(client_.blocking_command(command, max_wait));
    std::vector<TraceChunk> chunks;
    for (const auto& stream : reply.elements()) {
        if (stream.elements().size() != 2) {
            return Error(ErrorCode::kProtocol, "XREAD: want a key and its entries");
        }
        for (const auto& entry : stream.elements()[1].elements()) {
            take_entry(entry, chunks);
        }
    }
    return chunks;
}

void TraceStreamReader::take_entry(const redis::Reply& entry, std::vector<TraceChunk>& chunks) {
    if (entry.elements().size() != 2) {
        return;
    }
    last_id_ = entry.elements()[0].view();
    unacknowledged_.push_back(last_id_);
    const auto& fields = entry.elements()[1].elements();
    if (fields.size() == 2 && fields[0].view() == kChunkField) {
        take_chunk(fields[1].view(), chunks);
    } else if (fields.size() == 4 && fields[0].view() == kEndField &&
               fields[2].view() == kTotalField) {
        take_end(fields[1].view(), fields[3].view());
    } else {
        ++rejected_;
        base::log_warn("{}: an entry that is no chunk of traces is dropped", key_);
    }
}

void TraceStreamReader::take_chunk(std::string_view bytes, std::vector<TraceChunk>& chunks) {
    auto chunk = decode_trace_chunk(bytes);
    if (!chunk) {
        ++rejected_;
        base::log_warn("{}: {}", key_, chunk.error().message());
        return;
    }
    auto& source = sources_[chunk->worker];
    if (chunk->sequence <= source.last_sequence) {
        return;  // sent again after a broken connection
    }
    source.missing_chunks += chunk->sequence - source.last_sequence - 1;
    source.last_sequence = chunk->sequence;
    source.traces += chunk->traces.size();
    chunks.push_back(std::move(*chunk));
}

void TraceStreamReader::take_end(std::string_view worker, std::string_view total) {
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(total.data(), total.data() + total.size(), count);
    if (error != std::errc() || end != total.data() + total.size()) {
        ++rejected_;
        return;
    }
    sources_[std::string(worker)].total = count;
}

Result<void> TraceStreamReader::acknowledge() {
    if (unacknowledged_.empty()) {
        return {};
    }
    TRY(client_.command(redis::Command({"XDEL", key_}).args(unacknowledged_)));
    unacknowledged_.clear();
    return {};
}

Result<void> TraceStreamReader::remove() {
    TRY(client_.command({"DEL", key_}));
    return {};
}

}  // namespace galileo::coord
