#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "coord/stats_channel.h"
#include "engine/engine.h"

namespace galileo::worker {

/// Publishes once a second what the clients outside of runs have done (an empty run id in
/// coord::StatsReport), as long as there are any. Used by one thread; thread-compatible.
class ClientStatistics {
  public:
    /// All must outlive it.
    ClientStatistics(std::string worker,
                     engine::Engine& engine,
                     coord::StatsPublisher& publisher,
                     base::Clock& clock);

    /// To be called several times a second.
    void tick();

  private:
    const std::string worker_;
    engine::Engine& engine_;
    coord::StatsPublisher& publisher_;
    base::Clock& clock_;
    base::MonotonicTime next_;
    std::uint64_t reports_ = 0;
};

}  // namespace galileo::worker
