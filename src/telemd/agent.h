#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "hostmon/host.h"
#include "hostmon/instruments.h"
#include "redis/client.h"
#include "redis/subscriber.h"
#include "telemd/publisher.h"
#include "telemd/settings.h"

namespace galileo::telemd {

/// The host telemetry agent (contract 4.6): says what its host is, publishes samples on schedule,
/// obeys `pause`, `unpause` and `info`. Nodes are found by its subscription; what it says about
/// itself is removed in the end. Used by one thread; commands come in on the subscriber's.
class Agent {
  public:
    /// Waits, for so long at the most; true when the agent is to end.
    using Wait = std::function<bool(std::chrono::nanoseconds)>;

    /// Connects, trying again while Redis is away, which is logged once; then announces the node.
    /// Null: `wait` said that it is to end before Redis was there. Errors are those that waiting
    /// does not mend, such as a wrong password. `clock` must outlive it.
    static Result<std::unique_ptr<Agent>> start(const Settings& settings,
                                                redis::RedisOptions address,
                                                base::Clock& clock,
                                                const Wait& wait);
    Agent(const Agent&) = delete;
    Agent& operator=(const Agent&) = delete;
    ~Agent() = default;

    /// Measures and publishes until `wait` says so, then removes what the node said about itself.
    void run(const Wait& wait);

    [[nodiscard]] const PublisherCounts& counts() const noexcept { return publisher_.counts(); }

  private:
    struct Measured {
        const hostmon::InstrumentKind* kind;
        std::unique_ptr<hostmon::Instrument> instrument;
        enum class State { kGood, kAbsent, kFailing } state = State::kGood;
    };

    Agent(const Settings& settings,
          std::unique_ptr<redis::Client> client,
          std::unique_ptr<redis::Subscriber> subscriber,
          base::Clock& clock);

    Result<void> register_node();
    void announce();
    void obey(std::string_view command);
    void begin_rates();
    void measure(Measured& measured, const hostmon::Emit& emit);
    void end();

    const Settings settings_;
    const std::unique_ptr<redis::Client> client_;
    hostmon::Host host_;
    std::vector<Measured> measured_;
    Publisher publisher_;
    std::atomic<bool> paused_{false};
    /// Last, so that no command comes in while the others go.
    const std::unique_ptr<redis::Subscriber> subscriber_;
};

}  // namespace galileo::telemd
