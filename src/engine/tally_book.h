#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/exchange.h"
#include "stats/histogram.h"
#include "stats/interval.h"

namespace galileo::engine {

/// A stats::Tally in the form that is quick to write: arrays instead of maps. Thread-compatible.
class HotTally {
  public:
    std::uint64_t planned = 0;
    std::uint64_t sent = 0;
    std::uint64_t dropped = 0;
    std::uint64_t late = 0;
    std::uint64_t completed = 0;
    std::uint64_t failed = 0;
    std::uint64_t bytes_received = 0;
    stats::Histogram intended;
    stats::Histogram service;
    stats::Histogram send_lag;
    stats::Histogram
        schedule_lag;  ///< arrivals have no host yet: only ServiceTally::nowhere has it

    /// Counts one of `completed` by its status, or by its failure when it has none.
    void count_end(int status, http::Failure failure) noexcept;

    /// Adds all of it to `tally`.
    void add_to(stats::Tally& tally) const;
    /// Whether anything was counted since the last reset.
    [[nodiscard]] bool touched() const noexcept;
    void reset() noexcept;

  private:
    static constexpr std::size_t kStatuses = 1000;  // statuses have three digits
    static constexpr std::size_t kFailures =
        static_cast<std::size_t>(http::Failure::kCancelled) + 1;

    std::array<std::uint64_t, kStatuses> statuses_{};  ///< [0]: no status
    std::array<std::uint64_t, kFailures> failures_{};
};

/// Counts for one host of a service, or for what reached no host. The loop writes to `hot`;
/// swap() lays that aside for another thread to read. Loop-bound, but for what swap() laid aside.
class HostTally {
  public:
    explicit HostTally(std::string host);

    [[nodiscard]] const std::string& host() const noexcept { return host_; }
    [[nodiscard]] HotTally& hot() noexcept { return *hot_; }
    /// Goes on with an empty tally and returns the full one; the reader resets that before the next
    /// swap().
    HotTally& swap();

  private:
    std::string host_;
    std::unique_ptr<HotTally> hot_ = std::make_unique<HotTally>();
    std::unique_ptr<HotTally> aside_;
};

/// Counts for one service of a run on one loop. Loop-bound.
struct ServiceTally {
    explicit ServiceTally(std::string name) : service(std::move(name)) {}

    std::string service;
    std::uint64_t planned = 0;  ///< since the last swap, all hosts and none
    std::uint64_t dropped = 0;  ///< the same
    std::size_t clients = 0;    ///< that there are now
    HostTally nowhere{{}};      ///< what has no host: lag of arrivals, requests that failed before
    std::map<std::string, std::unique_ptr<HostTally>, std::less<>> hosts;

    HostTally& host(std::string_view name);
};

/// What one loop counted for one run since the last time, on its way to the reader. A value.
struct IntervalPart {
    struct Host {
        std::string host;
        HotTally* tally = nullptr;  ///< in `book`
    };
    struct Service {
        std::string service;
        std::uint64_t planned = 0;
        std::uint64_t dropped = 0;
        HotTally* nowhere = nullptr;
        std::vector<Host> hosts;
    };
    std::vector<Service> services;
    std::shared_ptr<void> book;  ///< keeps the tallies while they are read
    std::uint64_t in_flight = 0;
    std::uint64_t waiting = 0;
    std::uint64_t connections = 0;

    /// Adds it to `snapshot` and resets the tallies it points to; once.
    void pour_into(stats::Snapshot& snapshot);
};

/// All tallies of one run on one loop. Loop-bound; shared with the reader of an IntervalPart, who
/// may outlive the run.
class TallyBook {
  public:
    /// Stays where it is as long as it has clients.
    ServiceTally& service(std::string_view name);

    /// Lays everything counted so far aside and goes on from zero. Services without clients that
    /// counted nothing are forgotten. What the part points to must be poured before the next swap.
    IntervalPart swap();

  private:
    std::map<std::string, std::unique_ptr<ServiceTally>, std::less<>> services_;
};

}  // namespace galileo::engine
