#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "engine/request_source.h"
#include "http/request.h"
#include "pacing/arrivals.h"
#include "routing/router.h"

namespace galileo::engine {

/// One emulated client: what it sends (`request` or `source`, one of them) and where (`router`). A
/// value.
struct ClientSpec {
    std::string id;  ///< unique in the engine
    std::string service;
    std::string run_id;  ///< written into its traces as exp_id; empty: none
    std::shared_ptr<const http::RequestTemplate> request;  ///< shared by clients that send the same
    /// Makes every request anew. A start that is due when the source has none yet waits for it, its
    /// intended start unchanged, so that the wait shows in the latency from there; a request that
    /// the source could not make counts as failed without having been sent; when the source ends,
    /// the workload does, and starts planned beyond its end are dropped and counted.
    std::unique_ptr<RequestSource> source;
    std::unique_ptr<routing::Router> router;
    std::optional<std::chrono::nanoseconds>
        timeout;         ///< per request; absent: the template's, or none
    bool traced = true;  ///< while tracing is on
};

/// How a client makes its requests. A value.
struct ClientWorkload {
    /// Open model: requests start when `arrivals` says, whatever the answers do. Null: closed
    /// model.
    std::unique_ptr<pacing::Arrivals> arrivals;
    /// Closed model: this many requests of the client are always in flight, the next one starts
    /// when one is answered, and that moment is its intended start. At least 1. When no server is
    /// reached (no route, refused, DNS, TLS, connecting timed out, nothing to send) the next start
    /// pauses for 1 ms, doubling up to 100 ms while that goes on, so that a target that is down
    /// costs no CPU.
    unsigned in_flight = 1;
    base::MonotonicTime
        start{};  ///< time zero of the arrivals; may lie in the future or in the past
    /// No request has its intended start at or after it. Those that wait for a connection then are
    /// still sent.
    std::optional<base::MonotonicTime> end{};
    std::optional<std::uint64_t> max_requests{};  ///< ends after this many starts
    /// Called on the loop once the workload has ended by itself (arrivals used up, `end` or
    /// `max_requests` reached) and its last request is answered; not after stop, replacement or
    /// removal. Must not block, and must not call what waits for a loop. May be empty.
    std::function<void(const std::string& client_id)> on_finished;
};

struct ClientCounters {
    std::uint64_t requests = 0;  ///< started: handed to the network, or failed before it
    std::uint64_t failed = 0;    ///< subset of requests: over with status < 0 or >= 300
};

}  // namespace galileo::engine
