#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "engine/rendered.h"
#include "http/exchange.h"

namespace galileo::engine {

struct EmulatedClient;

/// One request of a client on its way through http::Client, or waiting in there. Lives in a
/// FlightPool; loop-bound.
class Flight final : public http::Exchange {
  public:
    void on_sent() override;
    void on_done() override;

    /// Makes it a new request of `for_client`, without results.
    void begin(EmulatedClient& for_client, const RenderedPtr& what);

    EmulatedClient* client = nullptr;
    RenderedPtr rendered;
    base::MonotonicTime created{};
    std::uint64_t number = 0;
    std::uint32_t generation = 0;  ///< of the client's workload
    bool counted_as_sent = false;
    Flight* before = nullptr;  ///< in the client's list, or in the pool
    Flight* after = nullptr;
};

/// Keeps Flights for use again; grows by slabs and never shrinks. Loop-bound.
class FlightPool {
  public:
    Flight& acquire();
    void release(Flight& flight) noexcept;

  private:
    static constexpr std::size_t kSlab = 64;
    std::vector<std::unique_ptr<Flight[]>> slabs_;
    Flight* free_ = nullptr;
};

}  // namespace galileo::engine
