#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "http/request.h"

namespace galileo::engine {

/// What a RequestSource gives when asked for one request. A value.
struct Supply {
    enum class State : std::uint8_t {
        kRequest,  ///< `request` is the next one
        kLater,    ///< none is there yet; the source tells when that changes
        kBroken,   ///< the app failed to make this one; asking again is worth it
        kEnded,    ///< there will be no more
    };
    State state = State::kLater;
    std::shared_ptr<const http::RequestTemplate> request{};  ///< only with kRequest
};

/// Makes the requests of one client, one after the other. Owned by the client, which asks on its
/// loop; the destructor runs there too and must not block.
class RequestSource {
  public:
    virtual ~RequestSource() = default;

    /// The next request, in order. Never blocks, locks or waits for another thread.
    virtual Supply take() = 0;

    /// True when it is known that the next take() would say kEnded, so that no start need be
    /// planned in vain.
    [[nodiscard]] virtual bool used_up() const { return false; }

    /// `wake` is to be called, from any thread, when take() has said kLater and would now say
    /// something else; replaces the one before. Empty: nobody listens any more, and once this has
    /// returned no call is going on or will come. Sources that never say kLater need not override
    /// it.
    virtual void on_supply(std::function<void()> wake) { (void)wake; }
};

}  // namespace galileo::engine
