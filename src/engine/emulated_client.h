#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/client.h"
#include "engine/fifo.h"
#include "engine/flight.h"
#include "engine/pace.h"
#include "engine/rendered.h"
#include "engine/schedule.h"
#include "engine/tally_book.h"
#include "engine/trace_lane.h"

namespace galileo::engine {

struct EmulatedClient;
class Run;

/// What a client has besides when its requests come from a source. Loop-bound.
struct SourcedRequests {
    std::unique_ptr<RequestSource> source;
    Fifo<base::MonotonicTime> starved;  ///< starts that wait for a request, by intended start
    bool used_up = false;
    /// Where the source's wake-ups lead; null in it once the client is gone.
    std::shared_ptr<EmulatedClient*> address;
};

/// A client as its loop sees it; an idle one is a few hundred bytes. Everything is the loop's,
/// except what is constant and the two counters, which anybody may read.
struct EmulatedClient final : Due {
    /// `request_prefix`: the part of its request ids before the colon.
    EmulatedClient(ClientSpec spec, std::string request_prefix);
    void on_due(base::MonotonicTime now) override;

    // Constant.
    std::shared_ptr<const ClientLabel> label;
    std::shared_ptr<const http::RequestTemplate> request;  ///< null: see `sourced`
    std::unique_ptr<routing::Router> router;
    std::optional<std::chrono::nanoseconds> timeout;  ///< absent: the request's own
    bool traced;

    // Written by the loop alone, read by anybody.
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> failed{0};

    // The loop's.
    Run* run = nullptr;
    ServiceTally* tally = nullptr;
    LabelPlace label_place;
    std::uint64_t last_number = 0;      ///< of its requests
    std::vector<RenderedPtr> rendered;  ///< by host index of the routing record `record_version`
    std::uint64_t record_version = 0;
    std::unique_ptr<SourcedRequests> sourced;  ///< null: `request` is all it sends
    std::unique_ptr<Pace> pace;                ///< null: idle
    std::uint32_t generation =
        0;                      ///< of the workload; what another one began is none of its business
    std::size_t waiting = 0;    ///< entries of the queue that are not stale, and starved ones
    std::size_t queued = 0;     ///< entries of the queue, stale ones too
    Flight* flights = nullptr;  ///< list
    EmulatedClient* before = nullptr;  ///< in the run's list
    EmulatedClient* after = nullptr;
};

}  // namespace galileo::engine
