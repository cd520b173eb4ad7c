#include "redis/client.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace galileo::redis {

namespace {

constexpr std::size_t kMostIdleBlocking = 8;
constexpr std::chrono::nanoseconds kFirstPause = std::chrono::milliseconds(25);
constexpr std::chrono::nanoseconds kLongestPause = std::chrono::seconds(1);

bool worth_retrying(ErrorCode code) {
    return code == ErrorCode::kUnavailable || code == ErrorCode::kTimeout;
}

Error in_doubt(Error error, bool connection_usable) {
    if (connection_usable) {
        return error;
    }
    return Error(error.code(), error.message() + " (the command may have been executed)");
}

}  // namespace

/// A connection on loan; goes back when destroyed.
class Client::Borrowed {
  public:
    Borrowed(Client& owner, Pool pool, Connection connection)
        : owner_(&owner), pool_(pool), connection_(std::move(connection)) {}
    Borrowed(Borrowed&& other) noexcept
        : owner_(std::exchange(other.owner_, nullptr)),
          pool_(other.pool_),
          connection_(std::move(other.connection_)) {}
    Borrowed& operator=(Borrowed&&) = delete;
    ~Borrowed() {
        if (owner_ != nullptr) {
            owner_->give_back(pool_, std::move(connection_));
        }
    }

    Connection* operator->() { return &*connection_; }

  private:
    Client* owner_;
    Pool pool_;
    std::optional<Connection> connection_;
};

Result<std::unique_ptr<Client>> Client::open(const RedisOptions& options,
                                             base::Clock& clock,
                                             const ClientOptions& client_options) {
    auto first = TRY(Connection::open(options, clock));
    base::UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wake) {
        return base::errno_error(errno, "eventfd");
    }
    std::unique_ptr<Client> client(new Client(options, clock, client_options, std::move(wake)));
    client->idle_.push_back(std::move(first));
    return client;
}

Result<std::optional<Connection>> Client::take_idle_or_slot(Pool pool) {
    std::unique_lock lock(mutex_);
    auto& idle = pool == Pool::kOrdinary ? idle_ : idle_blocking_;
    if (pool == Pool::kOrdinary) {
        const auto has_slot = [this] {
            return in_use_ < std::max<std::size_t>(1, client_options_.pool_size);
        };
        if (!changed_.wait_for(lock, options_.command_timeout, has_slot)) {
            return Error(ErrorCode::kExhausted, fmt::format("all {} Redis connections are busy",
                                                            client_options_.pool_size));
        }
        ++in_use_;
    }
    while (!idle.empty()) {
        auto connection = std::move(idle.back());
        idle.pop_back();
        if (connection.rested_well()) {
            return std::optional<Connection>(std::move(connection));
        }
    }
    return std::optional<Connection>{};
}

Result<Connection> Client::connect_patiently() {
    const auto deadline = clock_.monotonic() + client_options_.retry_patience;
    auto pause = kFirstPause;
    for (;;) {
        auto connection = Connection::open(options_, clock_);
        if (connection || !worth_retrying(connection.error().code()) ||
            clock_.monotonic() + pause >= deadline) {
            return connection;
        }
        std::unique_lock lock(mutex_);
        if (changed_.wait_for(lock, pause, [this] { return cancelled_; })) {
            return Error(ErrorCode::kCancelled, "Redis client was stopped");
        }
        pause = std::min(pause * 2, kLongestPause);
    }
}

Result<Client::Borrowed> Client::borrow(Pool pool) {
    auto idle = TRY(take_idle_or_slot(pool));
    if (idle) {
        return Borrowed(*this, pool, std::move(*idle));
    }
    auto connection = connect_patiently();
    if (!connection) {
        give_back(pool, std::nullopt);
        return std::move(connection).error();
    }
    return Borrowed(*this, pool, std::move(connection).value());
}

void Client::give_back(Pool pool, std::optional<Connection> connection) noexcept {
    {
        const std::lock_guard lock(mutex_);
        const bool keep = connection && connection->usable();
        if (pool == Pool::kOrdinary) {
            --in_use_;
            if (keep) {
                idle_.push_back(std::move(*connection));
            }
        } else if (keep && idle_blocking_.size() < kMostIdleBlocking) {
            idle_blocking_.push_back(std::move(*connection));
        }
    }
    changed_.notify_all();
}

Result<Reply> Client::command(const Command& command) {
    auto connection = TRY_WITHIN(command.name(), borrow(Pool::kOrdinary));
    auto reply = connection->command(command);
    if (!reply) {
        return in_doubt(std::move(reply).error(), connection->usable());
    }
    return reply;
}

Result<std::vector<Reply>> Client::pipeline(std::span<const Command> commands) {
    if (commands.empty()) {
        return std::vector<Reply>{};
    }
    auto connection = TRY_WITHIN(commands[0].name(), borrow(Pool::kOrdinary));
    auto replies = connection->pipeline(commands);
    if (!replies) {
        return in_doubt(std::move(replies).error(), connection->usable());
    }
    return replies;
}

Result<std::vector<Reply>> Client::transaction(std::span<const Command> commands) {
    if (commands.empty()) {
        return std::vector<Reply>{};
    }
    std::vector<Command> all;
    all.reserve(commands.size() + 2);
    all.emplace_back("MULTI");
    all.insert(all.end(), commands.begin(), commands.end());
    all.emplace_back("EXEC");
    auto replies = TRY(pipeline(all));
    // The reason stands at the refused command; EXEC only says that there was one.
    for (std::size_t i = 0; i + 1 < replies.size(); ++i) {
        if (replies[i].is_error()) {
            return Error(ErrorCode::kConflict, std::string(replies[i].view()))
                .within(all[i].name());
        }
    }
    TRY_WITHIN("EXEC", replies.back().check());
    auto results = TRY(std::move(replies.back()).array());
    if (results.size() != commands.size()) {
        return Error(ErrorCode::kProtocol, fmt::format("EXEC answered {} replies to {} commands",
                                                       results.size(), commands.size()));
    }
    return results;
}

Result<Reply> Client::blocking_command(const Command& command,
                                       std::chrono::nanoseconds server_wait) {
    if (const std::lock_guard lock(mutex_); cancelled_) {
        return Error(ErrorCode::kCancelled, "Redis client was stopped");
    }
    auto connection = TRY_WITHIN(command.name(), borrow(Pool::kBlocking));
    const auto deadline = clock_.monotonic() + server_wait + options_.command_timeout;
    std::string encoded;
    command.encode_to(encoded);
    if (auto sent = connection->send(encoded, deadline); !sent) {
        return in_doubt(std::move(sent).error(), false).within(command.name());
    }
    auto reply = connection->read_unless_woken(deadline, wake_.get());
    if (!reply) {
        return in_doubt(std::move(reply).error(), false).within(command.name());
    }
    if (*reply) {
        TRY_WITHIN(command.name(), (*reply)->check());
        return std::move(**reply);
    }
    // The answer may still come: nobody may use this connection again.
    connection->abandon();
    if (const std::lock_guard lock(mutex_); cancelled_) {
        return Error(ErrorCode::kCancelled, "Redis client was stopped");
    }
    return Error(ErrorCode::kTimeout, command.name() + ": no reply in time");
}

Result<std::optional<Client::Popped>> Client::blocking_pop(std::span<const std::string> keys,
                                                           std::chrono::nanoseconds wait) {
    const auto milliseconds =
        std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::milliseconds>(wait).count());
    Command command("BRPOP");
    command.args(keys);
    if (milliseconds % 1000 == 0) {
        command.arg(milliseconds / 1000);  // Redis before 6.0 knows whole seconds only
    } else {
        command.arg(fmt::format("{}.{:03}", milliseconds / 1000, milliseconds % 1000));
    }
    const auto reply = TRY(blocking_command(command, std::chrono::milliseconds(milliseconds)));
    if (reply.is_nil()) {
        return std::optional<Popped>{};
    }
    auto texts = TRY(reply.texts());
    if (texts.size() != 2) {
        return Error(ErrorCode::kProtocol, "BRPOP: want a key and a value");
    }
    return std::optional<Popped>(Popped{std::move(texts[0]), std::move(texts[1])});
}

void Client::cancel() noexcept {
    {
        const std::lock_guard lock(mutex_);
        cancelled_ = true;
    }
    changed_.notify_all();
    const std::uint64_t one = 1;
    (void)!::write(wake_.get(), &one, sizeof one);
}

}  // namespace galileo::redis
