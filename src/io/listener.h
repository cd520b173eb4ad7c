#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/fd.h"
#include "base/result.h"
#include "io/address.h"
#include "io/loop.h"

namespace galileo::io {

/// Whether several listeners, one per loop, may share an address, the kernel spreading connections
/// over them.
enum class PortSharing : std::uint8_t { kExclusive, kShared };

struct ListenerOptions {
    int backlog = 1024;
    PortSharing sharing = PortSharing::kExclusive;
    int accepts_per_turn = 64;  ///< so that a flood of connections does not starve those that exist
};

/// Accepts TCP connections on a loop. When descriptors run out it pauses for 50 ms and goes on.
/// Loop-bound.
class Listener final : private Watcher {
  public:
    /// Gets a connected, non-blocking socket and the peer's address. May destroy the listener.
    using Acceptor = std::function<void(base::UniqueFd socket, const Address& peer)>;

    /// Listens on `address`; port 0 picks a free one. kConflict: the address is in use; kDenied:
    /// the port is reserved.
    static Result<std::unique_ptr<Listener>> open(Loop& loop,
                                                  const Address& address,
                                                  const ListenerOptions& options,
                                                  Acceptor acceptor);
    ~Listener() override;  ///< stops listening
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    [[nodiscard]] const Address& address() const noexcept {
        return address_;
    }  ///< with the port that was picked

    /// Leaves further connections in the kernel's backlog until resume().
    void pause() noexcept;
    void resume();

  private:
    Listener(Loop& loop, base::UniqueFd socket, const ListenerOptions& options, Acceptor acceptor);
    void on_ready(Readiness readiness) override;
    void accept_some();

    Loop& loop_;
    base::UniqueFd socket_;
    ListenerOptions options_;
    Acceptor acceptor_;
    Address address_;
    Timer retry_;
    bool paused_ = false;
    bool* destroyed_ = nullptr;  ///< tells the running accept_some()
};

}  // namespace galileo::io
