#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/random.h"
#include "base/result.h"
#include "redis/connection.h"

namespace galileo::redis {

/// What a handler gets; the views are valid during the call only.
struct Message {
    std::string_view channel;
    std::string_view pattern;  ///< the matching pattern; empty when subscribed by name
    std::string_view payload;  ///< bytes of any kind
};

struct SubscriberOptions {
    std::chrono::nanoseconds first_pause = std::chrono::milliseconds(50);
    std::chrono::nanoseconds longest_pause = std::chrono::seconds(5);
    std::chrono::nanoseconds keepalive = std::chrono::seconds(15);  ///< PING after such a silence
    std::uint64_t jitter_seed = base::entropy_seed();  ///< spreads the reconnects of many processes
};

/// Subscriptions to channels and patterns on one connection with a thread of its own. When the
/// connection breaks it is opened again, with exponential, jittered pauses, for as long as it
/// takes, and everything is subscribed again.
///
/// Handlers run one after the other on that thread, in order of arrival. A slow handler delays all
/// others, and after tens of megabytes of backlog Redis drops the connection (its
/// client-output-buffer-limit), which loses messages. A handler that throws is logged and carries
/// on with the next message. Handlers may call the functions below, which then do not wait for
/// Redis, except stop() and the destructor. Thread-safe.
class Subscriber {
  public:
    using Handler = std::function<void(const Message&)>;

    /// Connects once (the errors of Connection::open) and starts the thread.
    static Result<std::unique_ptr<Subscriber>> start(const RedisOptions& options,
                                                     base::Clock& clock,
                                                     SubscriberOptions subscriber_options = {});
    Subscriber(const Subscriber&) = delete;
    Subscriber& operator=(const Subscriber&) = delete;
    /// As stop().
    ~Subscriber();

    /// Returns once Redis has acknowledged: every later message reaches `handler`. kConflict when
    /// the channel has a handler already; kUnavailable when there is no acknowledgement within
    /// `command_timeout` (then nothing is subscribed); kDenied when Redis refuses.
    Result<void> subscribe(std::string channel, Handler handler);

    /// All patterns (Redis's glob syntax) in one command, all with one handler. A channel that
    /// several patterns match delivers once for each, and PUBLISH counts each. Errors as subscribe.
    Result<void> subscribe_patterns(std::vector<std::string> patterns, Handler handler);

    /// Until Redis has acknowledged, the handler is called for what still comes: PUBLISH has
    /// counted it. After it returns the handler is not running and is never called again, unless
    /// called from a handler. Unknown names are ignored.
    void unsubscribe(const std::string& channel);
    void unsubscribe_patterns(std::vector<std::string> patterns);

    /// `handler` is called on the subscriber's thread each time the connection stands again after a
    /// loss and Redis has acknowledged every subscription: messages in between are lost, so reload
    /// what they would have changed. Returns a number to remove it by. Not from such a handler.
    std::uint64_t add_reconnect_handler(std::function<void()> handler);
    /// After it returns the handler is not running and is never called again. Not from such a
    /// handler.
    void remove_reconnect_handler(std::uint64_t number);

    /// Ends the connection and the thread; a handler in progress is waited for. Idempotent. Never
    /// from a handler.
    void stop();

    /// False while the connection is lost.
    [[nodiscard]] bool connected() const;
    /// How often the connection was opened again.
    [[nodiscard]] std::uint64_t reconnects() const;

  private:
    enum class Kind { kChannel, kPattern };
    enum class Action { kSubscribe, kUnsubscribe };

    struct Entry {
        std::shared_ptr<const Handler> handler;  // shared with the call that is in progress
        std::uint64_t ticket = 0;                ///< of the request that subscribes it
        std::uint64_t removal = 0;               ///< ticket of the one that removes it; 0: none
        bool active = false;                     ///< acknowledged
        std::optional<Error> refusal;
    };
    using Entries = std::map<std::string, Entry, std::less<>>;

    /// One (P)(UN)SUBSCRIBE command, until every key in it is acknowledged.
    struct Request {
        std::uint64_t ticket = 0;
        Action action = Action::kSubscribe;
        Kind kind = Kind::kChannel;
        std::vector<std::string> keys;
        std::size_t acknowledged = 0;
    };

    Subscriber(const RedisOptions& options,
               base::Clock& clock,
               SubscriberOptions subscriber_options,
               base::UniqueFd wake);

    Result<void> add(Kind kind, std::vector<std::string> keys, Handler handler);
    void remove(Kind kind, std::vector<std::string> keys);
    Entries& entries(Kind kind) { return kind == Kind::kChannel ? channels_ : patterns_; }
    std::uint64_t enqueue(Action action, Kind kind, std::vector<std::string> keys);
    void forget(Kind kind, const std::vector<std::string>& keys, std::uint64_t ticket);
    void finish_removal(Kind kind, const std::vector<std::string>& keys, std::uint64_t ticket);
    void wake() noexcept;
    [[nodiscard]] bool on_own_thread() const;

    void run(Connection first);
    std::optional<Connection> reconnect();
    void begin_connection();
    Error serve(Connection& connection);
    Result<void> send_requests(Connection& connection);
    Result<void> wait_and_handle(Connection& connection);
    Result<void> handle(const Reply& reply);
    void handle_acknowledgement(std::string_view key);
    Result<void> handle_refusal(const Reply& reply);
    void handle_message(const Message& message);
    void finish_front();
    void announce_reconnect();

    const RedisOptions options_;
    const SubscriberOptions subscriber_options_;
    base::Clock& clock_;
    base::UniqueFd wake_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    // Protected by mutex_:
    Entries channels_;
    Entries patterns_;
    std::deque<Request> queue_;  ///< to be sent
    std::uint64_t next_ticket_ = 1;
    std::uint64_t done_ticket_ = 0;  ///< all requests up to this one are acknowledged or moot
    bool connected_ = true;
    bool stopping_ = false;
    std::uint64_t reconnects_ = 0;
    std::thread::id thread_id_;

    std::mutex reconnect_mutex_;  // held while the handlers run; never together with mutex_
    std::map<std::uint64_t, std::function<void()>> reconnect_handlers_;
    std::uint64_t next_reconnect_handler_ = 1;

    // Touched by the thread only:
    std::deque<Request> outstanding_;  ///< sent, not yet acknowledged, in order
    std::uint64_t announce_after_ =
        0;  ///< call the reconnect handlers when this ticket is done; 0: no call due
    bool ping_sent_ = false;
    base::MonotonicTime quiet_since_;
    base::Rng rng_;

    std::thread thread_;
};

}  // namespace galileo::redis
