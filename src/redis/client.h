#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "redis/connection.h"

namespace galileo::redis {

/// Bounds of a Client. A value.
struct ClientOptions {
    std::size_t pool_size = 4;  ///< connections for ordinary commands; further callers wait for one
    /// How long a call keeps trying to connect, with growing pauses, before it gives up.
    std::chrono::nanoseconds retry_patience = std::chrono::seconds(3);
};

/// A Redis client over a small pool of connections that are opened when needed and replaced when
/// broken. A call is repeated only while its command was certainly not executed, that is until a
/// connection stands; when a connection breaks under a command, the call fails with kUnavailable or
/// kTimeout and the command may or may not have been executed. Blocking. Thread-safe.
class Client {
  public:
    /// Connects once, without patience, so that a wrong address or password is found at start.
    static Result<std::unique_ptr<Client>> open(const RedisOptions& options,
                                                base::Clock& clock,
                                                const ClientOptions& client_options = {});

    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client() = default;

    /// One command; an error reply becomes an Error. At most `command_timeout` once connected.
    Result<Reply> command(const Command& command);

    /// All commands in one go on one connection, one reply each, error replies among them. Others'
    /// commands may run between them.
    Result<std::vector<Reply>> pipeline(std::span<const Command> commands);

    /// All commands between MULTI and EXEC: all are executed, or none. One reply each. kConflict
    /// when Redis refuses one of them while queueing; then none is executed.
    Result<std::vector<Reply>> transaction(std::span<const Command> commands);

    /// A command that waits at the server, such as BRPOP or XREAD BLOCK, on a connection of its
    /// own. `server_wait` is what the command itself says; the call ends `command_timeout` later at
    /// the latest, and at once on cancel().
    Result<Reply> blocking_command(const Command& command, std::chrono::nanoseconds server_wait);

    /// BRPOP: takes the last element of the first of `keys` that has one, waiting up to `wait` (to
    /// milliseconds, at least one); nothing when none came. An element taken while the connection
    /// breaks is lost, as with any BRPOP.
    struct Popped {
        std::string key;
        std::string value;
    };
    Result<std::optional<Popped>> blocking_pop(std::span<const std::string> keys,
                                               std::chrono::nanoseconds wait);

    /// Ends blocking commands and pauses between attempts to connect with kCancelled, for good. For
    /// shutting down; ordinary commands in progress end by themselves, new ones still work as long
    /// as the server is there.
    void cancel() noexcept;

    [[nodiscard]] const RedisOptions& options() const noexcept { return options_; }

  private:
    enum class Pool { kOrdinary, kBlocking };
    class Borrowed;

    Client(const RedisOptions& options,
           base::Clock& clock,
           const ClientOptions& client_options,
           base::UniqueFd wake)
        : options_(options),
          client_options_(client_options),
          clock_(clock),
          wake_(std::move(wake)) {}

    Result<Borrowed> borrow(Pool pool);
    Result<std::optional<Connection>> take_idle_or_slot(Pool pool);
    Result<Connection> connect_patiently();
    void give_back(Pool pool, std::optional<Connection> connection) noexcept;

    const RedisOptions options_;
    const ClientOptions client_options_;
    base::Clock& clock_;
    base::UniqueFd wake_;  ///< an eventfd, readable for ever after cancel()

    std::mutex mutex_;
    std::condition_variable changed_;
    // Protected by mutex_:
    bool cancelled_ = false;
    std::size_t in_use_ = 0;  ///< ordinary connections lent out or being opened
    std::vector<Connection> idle_;
    std::vector<Connection> idle_blocking_;
};

}  // namespace galileo::redis
