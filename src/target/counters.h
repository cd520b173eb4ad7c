#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "target/server.h"

namespace galileo::target {

/// The counts of one loop: written by its thread, read by any. Each number is exact, but they are
/// not of the same instant. Thread-safe.
class Counters {
  public:
    using Count = std::atomic<std::uint64_t>;

    Count requests{0};
    Count answered{0};
    Count closed{0};
    Count junk{0};
    Count reset{0};
    Count malformed{0};
    Count body_bytes_received{0};

    static void add(Count& count, std::uint64_t by = 1) noexcept {
        count.fetch_add(by, std::memory_order_relaxed);
    }
    /// `status` is from 200 to 599.
    void add_answered(int status) noexcept {
        add(answered);
        add(statuses_.at(static_cast<std::size_t>(status - kFirst)));
    }

    void add_to(Statistics& sum) const {
        sum.requests += requests.load(std::memory_order_relaxed);
        sum.answered += answered.load(std::memory_order_relaxed);
        sum.closed += closed.load(std::memory_order_relaxed);
        sum.junk += junk.load(std::memory_order_relaxed);
        sum.reset += reset.load(std::memory_order_relaxed);
        sum.malformed += malformed.load(std::memory_order_relaxed);
        sum.body_bytes_received += body_bytes_received.load(std::memory_order_relaxed);
        for (std::size_t i = 0; i < statuses_.size(); ++i) {
            const auto count = statuses_[i].load(std::memory_order_relaxed);
            if (count > 0) {
                sum.statuses[static_cast<int>(i) + kFirst] += count;
            }
        }
    }

  private:
    static constexpr int kFirst = 200;
    std::array<Count, 400> statuses_{};
};

}  // namespace galileo::target
