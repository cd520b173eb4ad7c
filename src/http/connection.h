#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "http/client.h"
#include "http/deadline_wheel.h"
#include "http/response_parser.h"
#include "io/stream.h"

namespace galileo::http {

struct OriginPool;

/// One connection of a client, opened, used and opened again; the client makes it do so. Private to
/// the room. Loop-bound.
class Connection final : public io::StreamHandler, public DeadlineWheel::Entry {
  public:
    enum class State : std::uint8_t {
        kFree,       ///< closed, for use by any origin
        kResolving,  ///< waits for its origin's addresses
        kConnecting,
        kTunnel,  ///< has asked a proxy for a connection to the origin, or shakes hands through it
        kBusy,    ///< with a request on it
        kIdle,
    };

    explicit Connection(Client::Impl& owner);

    void on_connected() override;
    void on_data(std::string_view bytes, base::MonotonicTime received) override;
    void on_closed(const io::Closure& closure) override;

    Client::Impl& client;
    io::Stream stream;
    ResponseParser parser;
    OriginPool* pool = nullptr;
    Exchange* exchange = nullptr;  ///< while resolving, connecting and busy
    State state = State::kFree;
    bool answer_begun = false;   ///< bytes of the current answer have come
    std::uint32_t answers = 0;   ///< received since it was opened
    std::uint32_t attempts = 0;  ///< addresses tried since it was opened
    base::MonotonicTime connect_deadline{};

    Connection* next = nullptr;  ///< free list; or the pool's idle or resolving list
    Connection* previous = nullptr;
    Connection* newer = nullptr;  ///< all idle connections of the client, by age
    Connection* older = nullptr;
};

}  // namespace galileo::http
