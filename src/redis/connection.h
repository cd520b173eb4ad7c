#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "redis/command.h"
#include "redis/options.h"
#include "redis/reply.h"
#include "redis/reply_reader.h"
#include "redis/transport.h"

namespace galileo::redis {

/// One blocking connection. Every call ends by its deadline. After a failed write or read, or a
/// reply that did not come in time, the connection is broken for good, because replies could no
/// longer be told apart: `usable()` is false and every call fails. An error reply from the server
/// breaks nothing. Thread-compatible.
class Connection {
  public:
    /// Connects, logs in, selects the database and checks with PING that a Redis answers. Blocks
    /// for `connect_timeout` at most. kUnavailable, kTimeout, kDenied (password, certificate),
    /// kProtocol (no Redis there).
    static Result<Connection> open(const RedisOptions& options, base::Clock& clock);

    /// Sends one command and waits for its reply, `command_timeout` at the most. An error reply
    /// becomes an Error (see redis/reply.h).
    Result<Reply> command(const Command& command);
    Result<Reply> command(const Command& command, base::MonotonicTime deadline);

    /// Sends all commands at once and reads one reply for each, in order. Error replies stand among
    /// them.
    Result<std::vector<Reply>> pipeline(std::span<const Command> commands);
    Result<std::vector<Reply>> pipeline(std::span<const Command> commands,
                                        base::MonotonicTime deadline);

    /// Sends without reading: the caller reads as many replies as it sent commands. Reads what
    /// arrives meanwhile, so that two full buffers never block each other.
    Result<void> send(std::string_view encoded, base::MonotonicTime deadline);

    /// The next reply as it is, error replies included.
    Result<Reply> read(base::MonotonicTime deadline);

    /// The next reply; nothing when `wake_fd` became readable or the deadline passed before one was
    /// whole, which does not break the connection.
    Result<std::optional<Reply>> read_unless_woken(base::MonotonicTime deadline, int wake_fd);

    [[nodiscard]] bool usable() const noexcept { return usable_; }

    /// Breaks the connection on purpose: a reply that nobody waits for may still come.
    void abandon() noexcept { usable_ = false; }

    /// True when a rested connection can be used again; see Transport::disturbed.
    [[nodiscard]] bool rested_well() const noexcept { return usable_ && !transport_.disturbed(); }

  private:
    Connection(Transport transport, const RedisOptions& options, base::Clock& clock);

    Result<void> log_in(const RedisOptions& options, base::MonotonicTime deadline);
    Result<std::size_t> read_available();
    Result<void> parse(std::string_view bytes);
    Error broken(Error error);

    Transport transport_;
    ReplyReader reader_;
    std::deque<Reply> replies_;  ///< arrived, not yet asked for
    std::size_t most_replies_;
    base::Clock* clock_;
    std::chrono::nanoseconds command_timeout_;
    std::vector<char> buffer_;
    bool usable_ = true;
};

}  // namespace galileo::redis
