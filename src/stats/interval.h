#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "stats/histogram.h"

namespace galileo::stats {

/// What one stretch of time saw of one service (or of one host of it). Counters add up when merged.
struct Tally {
    std::uint64_t planned = 0;  ///< arrivals whose intended start has passed
    std::uint64_t sent = 0;     ///< subset of planned: handed to the network, or failed before it
    std::uint64_t dropped =
        0;  ///< subset of planned: given up without sending (limit reached, or the run ended)
    std::uint64_t late =
        0;  ///< subset of sent: sent more than the lateness limit after the intended start
    std::uint64_t completed = 0;  ///< subset of sent: answered or failed
    std::uint64_t failed = 0;     ///< subset of completed: status < 0 or >= 300
    std::uint64_t bytes_received = 0;
    std::map<int, std::uint64_t> statuses;  ///< completed by HTTP status; -1: no status
    std::map<std::string, std::uint64_t, std::less<>>
        errors;          ///< the statuses of -1 by reason: `timeout`, `refused`, ...
    Histogram intended;  ///< done - created of completed requests: free of coordinated omission
    Histogram service;   ///< done - sent of completed requests that were sent
    Histogram send_lag;  ///< sent - created of sent requests: waiting for a connection included
    /// How late the loop took up each arrival after its intended start: the generator's own delay,
    /// without any waiting for a connection. Counts planned arrivals of open workloads.
    Histogram schedule_lag;

    void merge(const Tally& other);
    bool operator==(const Tally& other) const = default;
};

/// A merged view: per service, and per host within each service. Keyed by name.
struct Snapshot {
    std::map<std::string, Tally, std::less<>> services;
    std::map<std::string, std::map<std::string, Tally, std::less<>>, std::less<>>
        hosts;                      ///< service -> `host:port` -> tally
    std::uint64_t in_flight = 0;    ///< requests on the wire now
    std::uint64_t waiting = 0;      ///< due but without a connection now
    std::uint64_t connections = 0;  ///< open now

    /// Adds all of `other`, what is open now included: for snapshots of different loops or workers.
    void merge(const Snapshot& other);
    [[nodiscard]] Tally total() const;  ///< all services merged
    bool operator==(const Snapshot& other) const = default;
};

/// What decode_snapshot() accepts at most. A tally whose histograms hold every latency takes
/// 1.1 MiB, an empty one next to nothing.
inline constexpr std::size_t kMaxServices = 1024;
inline constexpr std::size_t kMaxHosts = 4096;  ///< of all services together
inline constexpr std::size_t kMaxStatuses = 1024;
inline constexpr std::size_t kMaxErrors = 256;
inline constexpr std::size_t kMaxNameSize = 1024;

/// Compact binary form for the wire (our own, versioned by its first byte).
std::string encode(const Snapshot& snapshot);
/// kInvalidInput for anything that encode() did not write and for what goes beyond the limits
/// above; never crashes, whatever the bytes. What it accepts encodes to the same bytes again.
Result<Snapshot> decode_snapshot(std::string_view bytes);

}  // namespace galileo::stats
