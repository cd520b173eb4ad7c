#include "redis/subscriber.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>

#include "base/assert.h"
#include "base/log.h"

namespace galileo::redis {

Subscriber::Subscriber(const RedisOptions& options,
                       base::Clock& clock,
                       SubscriberOptions subscriber_options,
                       base::UniqueFd wake)
    : options_(options),
      subscriber_options_(std::move(subscriber_options)),
      clock_(clock),
      wake_(std::move(wake)),
      rng_(subscriber_options_.jitter_seed) {}

Result<std::unique_ptr<Subscriber>> Subscriber::start(const RedisOptions& options,
                                                      base::Clock& clock,
                                                      SubscriberOptions subscriber_options) {
    auto first = TRY(Connection::open(options, clock));
    base::UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wake) {
        return base::errno_error(errno, "eventfd");
    }
    std::unique_ptr<Subscriber> subscriber(
        new Subscriber(options, clock, std::move(subscriber_options), std::move(wake)));
    const std::lock_guard lock(subscriber->mutex_);
    subscriber->thread_ =
        std::thread([self = subscriber.get(), connection = std::move(first)]() mutable {
            self->run(std::move(connection));
        });
    subscriber->thread_id_ = subscriber->thread_.get_id();
    return subscriber;
}

Subscriber::~Subscriber() {
    stop();
}

void Subscriber::stop() {
    GALILEO_ASSERT(!on_own_thread());
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    wake();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void Subscriber::wake() noexcept {
    const std::uint64_t one = 1;
    (void)!::write(wake_.get(), &one, sizeof one);
}

bool Subscriber::on_own_thread() const {
    const std::lock_guard lock(mutex_);
    return std::this_thread::get_id() == thread_id_;
}

bool Subscriber::connected() const {
    const std::lock_guard lock(mutex_);
    return connected_;
}

std::uint64_t Subscriber::reconnects() const {
    const std::lock_guard lock(mutex_);
    return reconnects_;
}

Result<void> Subscriber::subscribe(std::string channel, Handler handler) {
    return add(Kind::kChannel, {std::move(channel)}, std::move(handler));
}

Result<void> Subscriber::subscribe_patterns(std::vector<std::string> patterns, Handler handler) {
    return add(Kind::kPattern, std::move(patterns), std::move(handler));
}

void Subscriber::unsubscribe(const std::string& channel) {
    remove(Kind::kChannel, {channel});
}

void Subscriber::unsubscribe_patterns(std::vector<std::string> patterns) {
    remove(Kind::kPattern, std::move(patterns));
}

std::uint64_t Subscriber::add_reconnect_handler(std::function<void()> handler) {
    const std::lock_guard lock(reconnect_mutex_);
    reconnect_handlers_[next_reconnect_handler_] = std::move(handler);
    return next_reconnect_handler_++;
}

void Subscriber::remove_reconnect_handler(std::uint64_t number) {
    const std::lock_guard lock(reconnect_mutex_);
    reconnect_handlers_.erase(number);
}

std::uint64_t Subscriber::enqueue(Action action, Kind kind, std::vector<std::string> keys) {
    const auto ticket = next_ticket_++;
    queue_.push_back(Request{ticket, action, kind, std::move(keys)});
    wake();
    return ticket;
}

void Subscriber::forget(Kind kind, const std::vector<std::string>& keys, std::uint64_t ticket) {
    auto& table = entries(kind);
    for (const auto& key : keys) {
        const auto found = table.find(key);
        if (found != table.end() && found->second.ticket >= ticket) {
            table.erase(found);
        }
    }
}

void Subscriber::finish_removal(Kind kind,
                                const std::vector<std::string>& keys,
                                std::uint64_t ticket) {
    auto& table = entries(kind);
    for (const auto& key : keys) {
        const auto found = table.find(key);
        if (found != table.end() && found->second.removal == ticket) {
            table.erase(found);
        }
    }
}

Result<void> Subscriber::add(Kind kind, std::vector<std::string> keys, Handler handler) {
    if (keys.empty()) {
        return {};
    }
    const bool wait = !on_own_thread();
    const auto shared = std::make_shared<const Handler>(std::move(handler));
    std::unique_lock lock(mutex_);
    auto& table = entries(kind);
    for (const auto& key : keys) {
        const auto found = table.find(key);
        if (found != table.end() && found->second.removal == 0) {
            return Error(ErrorCode::kConflict, fmt::format("'{}' has a handler already", key));
        }
    }
    const auto ticket = enqueue(Action::kSubscribe, kind, keys);
    for (const auto& key : keys) {
        table[key] = Entry{shared, ticket, 0, false, std::nullopt};
    }
    if (!wait) {
        return {};
    }
    std::optional<Error> refusal;
    const auto settled = [&] {
        for (const auto& key : keys) {
            const auto found = table.find(key);
            if (found != table.end() && found->second.refusal) {
                refusal = found->second.refusal;
                return true;
            }
        }
        return stopping_ || std::all_of(keys.begin(), keys.end(), [&](const std::string& key) {
                   const auto found = table.find(key);
                   return found == table.end() || found->second.active;
               });
    };
    const bool in_time = changed_.wait_for(lock, options_.command_timeout, settled);
    if (in_time && !refusal && !stopping_) {
        return {};
    }
    forget(kind, keys, ticket);
    if (refusal) {
        return *refusal;
    }
    enqueue(Action::kUnsubscribe, kind, keys);
    return stopping_ ? Error(ErrorCode::kCancelled, "the subscriber was stopped")
                     : Error(ErrorCode::kUnavailable,
                             fmt::format("subscribe: Redis at {} does not acknowledge",
                                         options_.to_string()));
}

void Subscriber::remove(Kind kind, std::vector<std::string> keys) {
    const bool wait = !on_own_thread();
    std::unique_lock lock(mutex_);
    auto& table = entries(kind);
    std::erase_if(keys, [&](const std::string& key) {
        const auto found = table.find(key);
        return found == table.end() || found->second.removal != 0;
    });
    if (keys.empty()) {
        return;
    }
    const auto ticket = enqueue(Action::kUnsubscribe, kind, keys);
    for (const auto& key : keys) {
        table.find(key)->second.removal = ticket;
    }
    if (wait) {
        // Whatever ends the wait happens on the thread, between two calls of handlers.
        changed_.wait(lock, [&] { return stopping_ || !connected_ || done_ticket_ >= ticket; });
        finish_removal(kind, keys, ticket);
    }
}

void Subscriber::run(Connection first) {
    std::optional<Connection> connection(std::move(first));
    quiet_since_ = clock_.monotonic();
    while (connection) {
        const auto reason = serve(*connection);
        connection.reset();
        {
            const std::lock_guard lock(mutex_);
            connected_ = false;
            outstanding_.clear();
            if (stopping_) {
                break;
            }
        }
        changed_.notify_all();
        base::log_warn("subscriber: connection to {} lost: {}", options_.to_string(),
                       reason.message());
        connection = reconnect();
    }
    changed_.notify_all();
}

std::optional<Connection> Subscriber::reconnect() {
    auto pause = subscriber_options_.first_pause;
    for (;;) {
        {
            // Half of the pause is fixed, half is random, so that a fleet does not return as one.
            const auto jittered = std::chrono::duration_cast<std::chrono::nanoseconds>(
                pause * (0.5 + 0.5 * rng_.uniform()));
            std::unique_lock lock(mutex_);
            if (changed_.wait_for(lock, jittered, [this] { return stopping_; })) {
                return std::nullopt;
            }
        }
        auto connection = Connection::open(options_, clock_);
        if (connection) {
            begin_connection();
            return std::move(connection).value();
        }
        base::log_debug("subscriber: {}", connection.error().message());
        pause = std::min(pause * 2, subscriber_options_.longest_pause);
    }
}

void Subscriber::begin_connection() {
    {
        const std::lock_guard lock(mutex_);
        queue_.clear();  // the tables below say what is wanted now
        for (const auto kind : {Kind::kChannel, Kind::kPattern}) {
            std::vector<std::string> keys;
            std::erase_if(entries(kind), [](const auto& row) { return row.second.removal != 0; });
            for (auto& [key, entry] : entries(kind)) {
                entry.active = false;
                entry.refusal.reset();
                entry.ticket = next_ticket_;
                keys.push_back(key);
            }
            if (!keys.empty()) {
                enqueue(Action::kSubscribe, kind, std::move(keys));
            }
        }
        connected_ = true;
        ++reconnects_;
        announce_after_ = next_ticket_ - 1;
        if (queue_.empty()) {
            done_ticket_ = announce_after_;
        }
    }
    ping_sent_ = false;
    quiet_since_ = clock_.monotonic();
    changed_.notify_all();
}

Error Subscriber::serve(Connection& connection) {
    for (;;) {
        announce_reconnect();
        {
            const std::lock_guard lock(mutex_);
            if (stopping_) {
                return Error(ErrorCode::kCancelled, "stopped");
            }
        }
        auto step = send_requests(connection);
        if (step) {
            step = wait_and_handle(connection);
        }
        if (!step) {
            return std::move(step).error();
        }
    }
}

void Subscriber::announce_reconnect() {
    {
        const std::lock_guard lock(mutex_);
        if (announce_after_ == 0 || done_ticket_ < announce_after_) {
            return;
        }
    }
    announce_after_ = 0;
    base::log_info("subscriber: connected to {} again", options_.to_string());
    const std::lock_guard lock(reconnect_mutex_);
    for (const auto& [number, handler] : reconnect_handlers_) {
        try {
            handler();
        } catch (const std::exception& exception) {
            base::log_error("subscriber: reconnect handler: {}", exception.what());
        }
    }
}

Result<void> Subscriber::send_requests(Connection& connection) {
    std::string encoded;
    {
        const std::lock_guard lock(mutex_);
        for (auto& request : queue_) {
            const bool subscribe = request.action == Action::kSubscribe;
            Command command(request.kind == Kind::kChannel
                                ? (subscribe ? "SUBSCRIBE" : "UNSUBSCRIBE")
                                : (subscribe ? "PSUBSCRIBE" : "PUNSUBSCRIBE"));
            command.args(request.keys).encode_to(encoded);
            outstanding_.push_back(std::move(request));
        }
        queue_.clear();
    }
    if (encoded.empty()) {
        return {};
    }
    quiet_since_ =
        clock_.monotonic();  // a handler may have taken long: the answer has its own time
    return connection.send(encoded, quiet_since_ + options_.command_timeout);
}

Result<void> Subscriber::wait_and_handle(Connection& connection) {
    const bool expecting = ping_sent_ || !outstanding_.empty();
    const auto deadline =
        quiet_since_ + (expecting ? options_.command_timeout : subscriber_options_.keepalive);
    const auto reply = TRY(connection.read_unless_woken(deadline, wake_.get()));
    const auto now = clock_.monotonic();
    if (reply) {
        quiet_since_ = now;
        ping_sent_ = false;
        return handle(*reply);
    }
    std::uint64_t count = 0;
    if (::read(wake_.get(), &count, sizeof count) > 0 || now < deadline) {
        return {};
    }
    if (expecting) {
        return Error(ErrorCode::kTimeout, "no answer in time");
    }
    std::string ping;
    Command("PING").encode_to(ping);
    ping_sent_ = true;
    quiet_since_ = now;
    return connection.send(ping, now + options_.command_timeout);
}

Result<void> Subscriber::handle(const Reply& reply) {
    if (reply.is_error()) {
        return handle_refusal(reply);
    }
    const auto& parts = reply.elements();
    if (parts.size() < 2) {
        return reply.view() == "PONG" ? Result<void>()
                                      : Error(ErrorCode::kProtocol, "unexpected message");
    }
    const auto what = parts[0].view();
    if (what == "message" && parts.size() == 3) {
        handle_message({parts[1].view(), {}, parts[2].view()});
    } else if (what == "pmessage" && parts.size() == 4) {
        handle_message({parts[2].view(), parts[1].view(), parts[3].view()});
    } else if (what == "subscribe" || what == "psubscribe" || what == "unsubscribe" ||
               what == "punsubscribe") {
        handle_acknowledgement(parts[1].view());
    } else if (what != "pong") {
        return Error(ErrorCode::kProtocol,
                     fmt::format("unexpected message '{}'", what.substr(0, 40)));
    }
    return {};
}

void Subscriber::handle_acknowledgement(std::string_view key) {
    if (outstanding_.empty()) {
        return;
    }
    auto& request = outstanding_.front();
    ++request.acknowledged;
    if (request.action == Action::kSubscribe) {
        const std::lock_guard lock(mutex_);
        auto& table = entries(request.kind);
        const auto found = table.find(key);
        if (found != table.end() && found->second.ticket == request.ticket) {
            found->second.active = true;
        }
    }
    if (request.acknowledged >= request.keys.size()) {
        finish_front();
    }
}

void Subscriber::finish_front() {
    {
        const std::lock_guard lock(mutex_);
        const auto& request = outstanding_.front();
        done_ticket_ = std::max(done_ticket_, request.ticket);
        if (request.action == Action::kUnsubscribe) {
            finish_removal(request.kind, request.keys, request.ticket);
        }
    }
    outstanding_.pop_front();
    changed_.notify_all();
}

Result<void> Subscriber::handle_refusal(const Reply& reply) {
    auto error = error_of_reply(reply.view());
    if (outstanding_.empty()) {
        return error;
    }
    {
        const std::lock_guard lock(mutex_);
        const auto& request = outstanding_.front();
        auto& table = entries(request.kind);
        for (const auto& key : request.keys) {
            const auto found = table.find(key);
            if (found != table.end() && found->second.ticket == request.ticket) {
                found->second.refusal = error;
            }
        }
    }
    base::log_error("subscriber: {}", error.message());
    finish_front();
    return {};
}

void Subscriber::handle_message(const Message& message) {
    std::shared_ptr<const Handler> handler;
    {
        const std::lock_guard lock(mutex_);
        const bool by_name = message.pattern.empty();
        const auto& table = by_name ? channels_ : patterns_;
        const auto found = table.find(by_name ? message.channel : message.pattern);
        if (found == table.end()) {
            return;
        }
        handler = found->second.handler;
    }
    try {
        (*handler)(message);
    } catch (const std::exception& exception) {
        base::log_error("subscriber: handler of '{}': {}", message.channel, exception.what());
    } catch (...) {
        base::log_error("subscriber: handler of '{}' threw", message.channel);
    }
}

}  // namespace galileo::redis
