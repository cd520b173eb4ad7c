#include "engine/trace_collector.h"

#include <algorithm>
#include <utility>

namespace galileo::engine {

TraceCollector::TraceCollector(const TraceLaneOptions& options, std::size_t lanes) {
    TraceLaneOptions share = options;
    share.limit_bytes /= std::max<std::size_t>(lanes, 1);
    cursors_.resize(lanes);
    for (Cursor& cursor : cursors_) {
        cursor.lane = std::make_unique<TraceLane>(share, bell_);
    }
}

TraceCollector::~TraceCollector() {
    for (Cursor& cursor : cursors_) {
        while (cursor.chunk != nullptr) {
            delete std::exchange(cursor.chunk, cursor.chunk->next);
        }
    }
}

std::size_t TraceCollector::visit(std::size_t most,
                                  const std::function<void(const TraceView&)>& visitor) {
    std::size_t visited = 0;
    bool more = true;
    while (more && visited < most) {
        more = false;
        // One chunk of each lane in turn, so that a busy loop does not hide the others.
        for (Cursor& cursor : cursors_) {
            if (cursor.chunk == nullptr) {
                cursor.chunk = cursor.lane->take();
            }
            if (cursor.chunk != nullptr && visited < most) {
                visited += visit_chunk(cursor, most - visited, visitor);
                more = true;
            }
        }
    }
    return visited;
}

std::size_t TraceCollector::visit_chunk(Cursor& cursor,
                                        std::size_t most,
                                        const std::function<void(const TraceView&)>& visitor) {
    std::size_t visited = 0;
    TraceView trace;
    while (visited < most && cursor.offset < cursor.chunk->used) {
        cursor.offset = read_trace(*cursor.chunk, cursor.offset, trace);
        visitor(trace);
        ++visited;
    }
    if (cursor.offset == cursor.chunk->used) {
        cursor.offset = 0;
        TraceChunk* read = std::exchange(cursor.chunk, cursor.chunk->next);
        cursor.lane->give_back(read);
    }
    return visited;
}

bool TraceCollector::ready() const noexcept {
    return std::any_of(cursors_.begin(), cursors_.end(), [](const Cursor& cursor) {
        return cursor.chunk != nullptr || cursor.lane->has_unread();
    });
}

bool TraceCollector::wait(std::chrono::milliseconds patience) {
    return bell_.wait(patience, [this] { return ready(); });
}

void TraceCollector::flush() {
    if (flusher_) {
        flusher_();
    }
}

std::uint64_t TraceCollector::lost() const noexcept {
    std::uint64_t lost = 0;
    for (const Cursor& cursor : cursors_) {
        lost += cursor.lane->lost();
    }
    return lost;
}

}  // namespace galileo::engine
