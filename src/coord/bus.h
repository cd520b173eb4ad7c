#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "coord/wire.h"
#include "redis/client.h"
#include "redis/subscriber.h"

namespace galileo::coord {

/// The original's event bus: each event class has a channel of its own (contract 1.3). Borrows
/// client and subscriber, which must outlive it; ends no subscription by itself. Thread-safe.
class EventBus {
  public:
    EventBus(redis::Client& client, redis::Subscriber& subscriber)
        : client_(client), subscriber_(subscriber) {}

    /// Sends an event and says how many subscriptions it reached. Blocking.
    template <WireMessage M>
    Result<std::int64_t> publish(const M& event) {
        return publish_text(M::kType, encode(event));
    }

    /// Returns once Redis has acknowledged. `handler(const M&)` runs on the subscriber's thread
    /// (see redis/subscriber.h: be quick). A message that cannot be decoded is logged, counted and
    /// dropped. kConflict when this subscriber has a handler for this event already.
    template <WireMessage M>
    Result<void> subscribe(std::function<void(const M&)> handler) {
        return subscriber_.subscribe(
            channel(M::kType), [this, handler = std::move(handler)](const redis::Message& message) {
                auto event = decode_event<M>(message.payload);
                if (event) {
                    handler(*event);
                } else {
                    reject(message.channel, event.error());
                }
            });
    }

    /// Afterwards the handler is not running and never runs again.
    template <WireMessage M>
    void unsubscribe() {
        subscriber_.unsubscribe(channel(M::kType));
    }

    /// Messages that could not be decoded so far.
    [[nodiscard]] std::uint64_t rejected() const noexcept { return rejected_; }

  private:
    static std::string channel(std::string_view type);
    Result<std::int64_t> publish_text(std::string_view type, std::string_view payload);
    void reject(std::string_view channel_name, const Error& error);

    redis::Client& client_;
    redis::Subscriber& subscriber_;
    std::atomic<std::uint64_t> rejected_{0};
};

}  // namespace galileo::coord
