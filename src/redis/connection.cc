#include "redis/connection.h"

namespace galileo::redis {

namespace {
constexpr std::size_t kReadBytes = 64 * 1024;
}

Connection::Connection(Transport transport, const RedisOptions& options, base::Clock& clock)
    : transport_(std::move(transport)),
      reader_(options.max_reply_bytes, options.max_reply_elements),
      most_replies_(options.max_reply_elements),
      clock_(&clock),
      command_timeout_(options.command_timeout),
      buffer_(kReadBytes) {}

Result<Connection> Connection::open(const RedisOptions& options, base::Clock& clock) {
    const auto deadline = clock.monotonic() + options.connect_timeout;
    const auto where = "Redis at " + options.to_string();
    Connection connection(TRY_WITHIN(where, Transport::open(options, clock, deadline)), options,
                          clock);
    TRY_WITHIN(where, connection.log_in(options, deadline));
    return connection;
}

Result<void> Connection::log_in(const RedisOptions& options, base::MonotonicTime deadline) {
    std::vector<Command> commands;
    if (!options.password.empty()) {
        commands.push_back(options.user.empty() ? Command{"AUTH", options.password}
                                                : Command{"AUTH", options.user, options.password});
    }
    if (options.database != 0) {
        commands.push_back(Command("SELECT").arg(options.database));
    }
    // Also lets TLS 1.3 session tickets pass, so that nothing is left to read on a rested
    // connection.
    commands.push_back(Command{"PING"});
    for (const auto& reply : TRY(pipeline(commands, deadline))) {
        TRY(reply.check());
    }
    return {};
}

Error Connection::broken(Error error) {
    usable_ = false;
    return error;
}

Result<std::size_t> Connection::read_available() {
    auto got = transport_.try_read(buffer_);
    if (!got) {
        return broken(std::move(got).error());
    }
    if (*got > 0) {
        if (auto parsed = parse({buffer_.data(), *got}); !parsed) {
            return broken(std::move(parsed).error());
        }
    }
    return *got;
}

// At once, because hiredis moves the rest of its buffer for every reply it gives out.
Result<void> Connection::parse(std::string_view bytes) {
    TRY(reader_.feed(bytes));
    while (auto reply = TRY(reader_.next())) {
        if (replies_.size() >= most_replies_) {
            return Error(ErrorCode::kProtocol, "the server sends replies that nobody asked for");
        }
        replies_.push_back(std::move(*reply));
    }
    return {};
}

Result<void> Connection::send(std::string_view encoded, base::MonotonicTime deadline) {
    if (!usable_) {
        return Error(ErrorCode::kUnavailable, "the connection is broken");
    }
    while (!encoded.empty()) {
        auto taken = transport_.try_write(encoded);
        if (!taken) {
            return broken(std::move(taken).error());
        }
        encoded.remove_prefix(*taken);
        if (*taken > 0) {
            continue;
        }
        const auto got = TRY(read_available());
        if (got > 0) {
            continue;
        }
        auto woken = transport_.wait(Transport::Want::kReadOrWrite, deadline);
        if (!woken) {
            return broken(std::move(woken).error());
        }
        if (*woken == Transport::Woken::kTimedOut) {
            return broken(Error(ErrorCode::kTimeout, "the server takes no data"));
        }
    }
    return {};
}

Result<std::optional<Reply>> Connection::read_unless_woken(base::MonotonicTime deadline,
                                                           int wake_fd) {
    if (!usable_) {
        return Error(ErrorCode::kUnavailable, "the connection is broken");
    }
    for (;;) {
        if (!replies_.empty()) {
            std::optional<Reply> reply(std::move(replies_.front()));
            replies_.pop_front();
            return reply;
        }
        if (TRY(read_available()) > 0) {
            continue;
        }
        auto woken = transport_.wait(Transport::Want::kRead, deadline, wake_fd);
        if (!woken) {
            return broken(std::move(woken).error());
        }
        if (*woken != Transport::Woken::kReady) {
            return std::optional<Reply>{};
        }
    }
}

Result<Reply> Connection::read(base::MonotonicTime deadline) {
    auto reply = TRY(read_unless_woken(deadline, -1));
    if (!reply) {
        return broken(Error(ErrorCode::kTimeout, "no reply in time"));
    }
    return std::move(*reply);
}

Result<Reply> Connection::command(const Command& command) {
    return this->command(command, clock_->monotonic() + command_timeout_);
}

Result<Reply> Connection::command(const Command& command, base::MonotonicTime deadline) {
    std::string encoded;
    command.encode_to(encoded);
    TRY_WITHIN(command.name(), send(encoded, deadline));
    auto reply = TRY_WITHIN(command.name(), read(deadline));
    TRY_WITHIN(command.name(), reply.check());
    return reply;
}

Result<std::vector<Reply>> Connection::pipeline(std::span<const Command> commands) {
    return pipeline(commands, clock_->monotonic() + command_timeout_);
}

Result<std::vector<Reply>> Connection::pipeline(std::span<const Command> commands,
                                                base::MonotonicTime deadline) {
    std::string encoded;
    for (const auto& command : commands) {
        command.encode_to(encoded);
    }
    TRY(send(encoded, deadline));
    std::vector<Reply> replies;
    replies.reserve(commands.size());
    for (std::size_t i = 0; i < commands.size(); ++i) {
        replies.push_back(TRY(read(deadline)));
    }
    return replies;
}

}  // namespace galileo::redis
