#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "http/exchange.h"

namespace galileo::engine {

/// One completed request as the loop recorded it; the views are valid during the visit. The head
/// and body are raw: turning them into text is the consumer's work, not the loop's.
struct TraceView {
    std::string_view client;
    std::string_view service;
    std::string_view run_id;          ///< empty: none
    std::string_view request_prefix;  ///< the client's ten hexadecimal digits; the request id is
                                      ///< `<prefix>:<number>`
    std::uint64_t number = 0;         ///< counts the client's requests from 1
    base::WallTime created{};         ///< the intended start
    base::WallTime sent{};            ///< epoch 0: never sent
    base::WallTime done{};
    int status = -1;
    http::Failure failure = http::Failure::kNone;
    std::string_view server;  ///< empty: none
    std::string_view head;    ///< raw response head; empty: none
    std::string_view body;    ///< captured, still content-encoded
};

/// Takes the loops' finished traces; filled by the loops in chunks, each loop a single-producer
/// single-consumer queue. The producer never waits and never drops: when the consumer is behind,
/// chunks are allocated, up to `limit_bytes`; what does not fit then is counted as lost. One
/// consumer thread.
class TraceReader {
  public:
    virtual ~TraceReader() = default;

    /// Visits what is there, oldest first within a loop, at most `most` traces; returns how many.
    /// Chunks not yet full are handed over when flush() asked for it, or when older than 100 ms and
    /// everything handed over before has been visited.
    virtual std::size_t visit(std::size_t most,
                              const std::function<void(const TraceView&)>& visitor) = 0;

    /// Waits until something can be visited, `patience` at the most. True: there is something.
    virtual bool wait(std::chrono::milliseconds patience) = 0;

    /// Makes the loops hand over their open chunks; returns when they have (not from a loop
    /// thread).
    virtual void flush() = 0;

    /// Traces lost so far because the memory limit was reached, by all loops.
    [[nodiscard]] virtual std::uint64_t lost() const = 0;
};

}  // namespace galileo::engine
