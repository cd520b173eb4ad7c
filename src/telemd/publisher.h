#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "hostmon/instrument.h"
#include "redis/client.h"
#include "redis/command.h"

namespace galileo::telemd {

/// The text of a sample as the original's telemd sends it, `1795488056.168946190 80.000000`, with
/// the nanoseconds padded to nine digits, which it forgets (contract 10, row 39).
std::string sample_payload(base::WallTime time, double value);

/// Where samples went. Every sample that was measured is in one of them, or waits for the next
/// flush.
struct PublisherCounts {
    std::uint64_t published = 0;  ///< Redis has them
    std::uint64_t dropped = 0;    ///< Redis was away, or refused them
};

/// Sends the samples of one node to Redis, in batches. While Redis is away they are dropped and
/// counted, and it is tried again at most once in a while; the log has a line when that begins and
/// one when it ends. Thread-compatible.
class Publisher {
  public:
    struct Options {
        std::string node;
        std::chrono::nanoseconds retry_pause;  ///< while Redis is away
    };

    /// `client` and `clock` must outlive it.
    Publisher(Options options, redis::Client& client, base::Clock& clock)
        : options_(std::move(options)), client_(client), clock_(clock) {}

    /// Takes the sample, and now as its time, into the batch.
    void add(const hostmon::Sample& sample);

    /// Sends the batch. Blocks until Redis has answered, at most for its time-outs.
    void flush();

    [[nodiscard]] const PublisherCounts& counts() const noexcept { return counts_; }

  private:
    /// Empties the batch, and counts, when Redis has answered.
    Result<void> send();

    const Options options_;
    redis::Client& client_;
    base::Clock& clock_;
    std::vector<redis::Command> batch_;
    PublisherCounts counts_;
    std::optional<base::MonotonicTime> away_since_;
    std::uint64_t dropped_before_ = 0;  ///< this outage
    base::MonotonicTime retry_at_;
};

}  // namespace galileo::telemd
