#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/bell.h"
#include "engine/trace_lane.h"
#include "engine/trace_ring.h"

namespace galileo::engine {

/// The reading end of all lanes: what Engine::traces() gives out. One consumer thread; lost() is
/// thread-safe.
class TraceCollector final : public TraceReader {
  public:
    /// `lanes` of them, which share `options.limit_bytes`.
    TraceCollector(const TraceLaneOptions& options, std::size_t lanes);
    ~TraceCollector() override;

    [[nodiscard]] TraceLane& lane(std::size_t index) noexcept { return *cursors_[index].lane; }
    /// How flush() makes the lanes' producers hand over; set before the first flush().
    void set_flusher(std::function<void()> flusher) { flusher_ = std::move(flusher); }

    std::size_t visit(std::size_t most,
                      const std::function<void(const TraceView&)>& visitor) override;
    bool wait(std::chrono::milliseconds patience) override;
    void flush() override;
    [[nodiscard]] std::uint64_t lost() const noexcept override;

  private:
    struct Cursor {
        std::unique_ptr<TraceLane> lane;
        TraceChunk* chunk = nullptr;  ///< list of chunks taken, the first being read
        std::size_t offset = 0;
    };
    static std::size_t visit_chunk(Cursor& cursor,
                                   std::size_t most,
                                   const std::function<void(const TraceView&)>& visitor);
    [[nodiscard]] bool ready() const noexcept;

    Bell bell_;
    std::vector<Cursor> cursors_;
    std::function<void()> flusher_;
};

}  // namespace galileo::engine
