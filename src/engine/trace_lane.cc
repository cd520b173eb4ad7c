#include "engine/trace_lane.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/assert.h"

namespace galileo::engine {

namespace {

// Empty chunks beyond this many are freed, so that a burst does not keep its memory for ever.
constexpr std::uint64_t kIdleChunks = 16;

struct Record {
    std::uint64_t number;
    std::int64_t created;
    std::int64_t sent;
    std::int64_t done;
    std::uint32_t label;
    std::uint32_t head_bytes;
    std::uint32_t body_bytes;
    std::uint32_t server_bytes;
    std::int32_t status;
    http::Failure failure;
};

constexpr std::size_t kAlignment = alignof(Record);

constexpr std::size_t aligned(std::size_t bytes) {
    return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

std::size_t record_bytes(const TraceView& trace) {
    return aligned(sizeof(Record) + trace.server.size() + trace.head.size() + trace.body.size());
}

std::byte* put(std::byte* to, std::string_view text) noexcept {
    if (!text.empty()) {
        std::memcpy(to, text.data(), text.size());
    }
    return to + text.size();
}

std::int64_t count_of(base::WallTime time) noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

base::WallTime time_of(std::int64_t nanoseconds) noexcept {
    return base::WallTime(std::chrono::duration_cast<base::WallTime::duration>(
        std::chrono::nanoseconds(nanoseconds)));
}

void delete_list(TraceChunk* chunk) noexcept {
    while (chunk != nullptr) {
        delete std::exchange(chunk, chunk->next);
    }
}

}  // namespace

ChunkStack::~ChunkStack() {
    delete_list(take_all());
}

void ChunkStack::push(TraceChunk* chunk) noexcept {
    chunk->next = head_.load();
    while (!head_.compare_exchange_weak(chunk->next, chunk)) {
    }
}

TraceChunk* ChunkStack::take_all() noexcept {
    return head_.load() == nullptr ? nullptr : head_.exchange(nullptr);
}

TraceLane::TraceLane(const TraceLaneOptions& options, Bell& bell)
    : options_(options), bell_(bell) {}

TraceLane::~TraceLane() {
    delete open_;
    delete_list(spare_);
}

void TraceLane::append(const std::shared_ptr<const ClientLabel>& label,
                       LabelPlace& place,
                       const TraceView& trace) {
    std::byte* at = reserve(record_bytes(trace));
    if (at == nullptr) {
        lost_.store(lost_.load(std::memory_order_relaxed) + 1);
        return;
    }
    if (place.serial != open_->serial) {
        place = {open_->serial, static_cast<std::uint32_t>(open_->labels.size())};
        open_->labels.push_back(label);
    }
    const Record record{.number = trace.number,
                        .created = count_of(trace.created),
                        .sent = count_of(trace.sent),
                        .done = count_of(trace.done),
                        .label = place.index,
                        .head_bytes = static_cast<std::uint32_t>(trace.head.size()),
                        .body_bytes = static_cast<std::uint32_t>(trace.body.size()),
                        .server_bytes = static_cast<std::uint32_t>(trace.server.size()),
                        .status = trace.status,
                        .failure = trace.failure};
    std::memcpy(at, &record, sizeof(record));
    at = put(at + sizeof(record), trace.server);
    at = put(at, trace.head);
    put(at, trace.body);
}

std::byte* TraceLane::reserve(std::size_t bytes) {
    if (open_ != nullptr && open_->capacity - open_->used < bytes) {
        if (open_->used > 0) {
            hand_over();
        } else {  // an empty one that is too small for this trace
            discard(std::exchange(open_, nullptr));
        }
    }
    if (open_ == nullptr) {
        open_ = obtain(bytes);
        if (open_ == nullptr) {
            return nullptr;
        }
        open_->serial = ++serial_;
    }
    std::byte* at = open_->memory.get() + open_->used;
    open_->used += bytes;
    return at;
}

TraceChunk* TraceLane::obtain(std::size_t bytes) {
    if (spare_ == nullptr) {
        spare_ = returned_.take_all();
    }
    if (spare_ != nullptr && spare_->capacity >= bytes) {
        --idle_;
        return std::exchange(spare_, spare_->next);
    }
    const std::size_t capacity = std::max(bytes, options_.chunk_bytes);
    // The first chunk is always there, or a tiny limit would lose everything.
    const std::size_t allocated = allocated_.load();
    if (allocated > 0 && allocated + capacity > options_.limit_bytes) {
        return nullptr;
    }
    auto* chunk = new TraceChunk;
    chunk->memory = std::make_unique_for_overwrite<std::byte[]>(capacity);
    chunk->capacity = capacity;
    allocated_ += capacity;
    return chunk;
}

void TraceLane::discard(TraceChunk* chunk) noexcept {
    allocated_ -= chunk->capacity;
    delete chunk;
}

void TraceLane::hand_over() noexcept {
    if (!has_open()) {
        return;
    }
    ++unread_;
    full_.push(std::exchange(open_, nullptr));
    bell_.ring();
}

TraceChunk* TraceLane::take() noexcept {
    TraceChunk* oldest_first = nullptr;
    for (TraceChunk* chunk = full_.take_all(); chunk != nullptr;) {
        TraceChunk* next = chunk->next;
        chunk->next = oldest_first;
        oldest_first = chunk;
        chunk = next;
    }
    return oldest_first;
}

void TraceLane::give_back(TraceChunk* chunk) noexcept {
    chunk->labels.clear();
    chunk->used = 0;
    if (chunk->capacity != options_.chunk_bytes || idle_.load() >= kIdleChunks) {
        discard(chunk);
    } else {
        ++idle_;
        returned_.push(chunk);
    }
    --unread_;
}

std::size_t read_trace(const TraceChunk& chunk, std::size_t offset, TraceView& trace) noexcept {
    GALILEO_ASSERT(offset + sizeof(Record) <= chunk.used);
    Record record;
    const std::byte* at = chunk.memory.get() + offset;
    std::memcpy(&record, at, sizeof(record));
    const auto* text = reinterpret_cast<const char*>(at + sizeof(record));
    const ClientLabel& label = *chunk.labels[record.label];
    trace.client = label.client;
    trace.service = label.service;
    trace.run_id = label.run_id;
    trace.request_prefix = label.request_prefix;
    trace.number = record.number;
    trace.created = time_of(record.created);
    trace.sent = time_of(record.sent);
    trace.done = time_of(record.done);
    trace.status = record.status;
    trace.failure = record.failure;
    trace.server = {text, record.server_bytes};
    trace.head = {text + record.server_bytes, record.head_bytes};
    trace.body = {text + record.server_bytes + record.head_bytes, record.body_bytes};
    return offset + record_bytes(trace);
}

}  // namespace galileo::engine
