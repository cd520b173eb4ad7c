#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "http/client.h"
#include "http/connection.h"
#include "http/deadline_wheel.h"
#include "http/exchange_list.h"
#include "io/tls.h"

namespace galileo::http {

/// What the connections to one origin share. Private to the room. Loop-bound.
struct OriginPool {
    Origin origin;
    bool verify_tls = true;
    std::string ca_file;
    std::string certificate;
    std::string key;
    std::optional<Proxy> proxy;           ///< absent: straight to the origin
    io::TlsContext* tls = nullptr;        ///< to the origin; null: plain
    io::TlsContext* proxy_tls = nullptr;  ///< to the proxy; null: plain

    std::vector<io::Address> addresses;  ///< of peer(); empty: not known
    base::MonotonicTime addresses_until{};
    std::size_t preferred = 0;  ///< index of the address that answered last
    bool resolving = false;
    std::uint32_t connect_failures = 0;  ///< in a row

    std::size_t connections = 0;
    Connection* idle = nullptr;        ///< most recently used first
    Connection* unresolved = nullptr;  ///< waiting for addresses
    ExchangeList waiting;

    [[nodiscard]] bool serves(const RenderedRequest& request) const noexcept {
        return origin.port == request.origin.port && origin.scheme == request.origin.scheme &&
               verify_tls == request.verify_tls && origin.host == request.origin.host &&
               ca_file == request.ca_file && proxy == request.proxy &&
               certificate == request.certificate && key == request.key;
    }
    /// Where connections go first.
    [[nodiscard]] const Origin& peer() const noexcept { return proxy ? proxy->origin : origin; }
    /// Connections ask the proxy for one to the origin before anything else.
    [[nodiscard]] bool tunnels() const noexcept { return proxy && origin.scheme == Scheme::kHttps; }
};

/// The client's parts. What happens to exchanges is in client.cc, what happens to connections in
/// connection.cc.
struct Client::Impl {
    Impl(io::Loop& loop_in, io::Resolver& resolver_in, ClientOptions options_in);
    ~Impl();
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    // Exchanges.
    void start(Exchange& exchange);
    bool cancel(Exchange& exchange);
    /// Gives it a connection, or makes it wait.
    void dispatch(Exchange& exchange);
    void enqueue(OriginPool& pool, Exchange& exchange);
    /// Takes it off its connection, which has no exchange then.
    void detach(Exchange& exchange);
    /// on_done() follows in a later turn: the later the more connections to its origin failed in a
    /// row.
    void fail(Exchange& exchange, Failure failure, std::uint32_t failures_in_a_row);
    /// Makes the exchange one for the place that its answer names, or marks it failed.
    void follow_redirect(Exchange& exchange);
    void deliver();
    void arm_delivery();

    // Connections.
    /// Sends the exchange's request on an open connection.
    void send(Connection& connection, Exchange& exchange);
    /// Opens a connection for the exchange, which waits when descriptors have run out and others
    /// may come free.
    void open(OriginPool& pool, Exchange& exchange);
    void connect_next(Connection& connection);
    void take_addresses(OriginPool& pool, Result<std::vector<io::Address>> answer);
    void resolve(OriginPool& pool);
    void connected(Connection& connection);
    void ask_for_tunnel(Connection& connection);
    void take_tunnel_answer(Connection& connection, std::string_view bytes);
    void take_bytes(Connection& connection, std::string_view bytes, base::MonotonicTime received);
    void answered(Connection& connection, base::MonotonicTime received, bool reusable);
    void closed(Connection& connection, const io::Closure& closure);
    /// Closes it and fails its exchange, if it has one.
    void give_up(Connection& connection, Failure failure);
    /// A connection that may carry another request: gives it to who waits, or lets it idle.
    void release(Connection& connection);
    /// Closes it; it may then be opened for any origin.
    void retire(Connection& connection);
    /// Opens connections for those who wait, as far as the limit allows.
    void serve_waiting();
    void sweep();
    void set_deadline(Connection& connection);
    void take_from_idle(Connection& connection);
    void put_to_idle(Connection& connection);

    // Origins.
    OriginPool* find_pool(const RenderedRequest& request);
    /// The context for connections to a server of `scheme`; null: plain.
    Result<io::TlsContext*> tls_context(Scheme scheme, const RenderedRequest& request);
    /// Null: a certificate cannot be read.
    std::unique_ptr<OriginPool> make_pool(const RenderedRequest& request);
    OriginPool* longest_waiting();
    void drop_unused_pools();

    [[nodiscard]] bool at_limit() const noexcept {
        return options.max_connections != 0 && open_connections >= options.max_connections;
    }

    io::Loop& loop;
    io::Resolver& resolver;
    ClientOptions options;

    std::vector<std::unique_ptr<OriginPool>> pools;
    std::unordered_map<std::string, std::vector<OriginPool*>> pools_by_host;
    OriginPool* last_pool = nullptr;
    std::unordered_map<std::string, std::unique_ptr<io::TlsContext>> tls_contexts;

    std::vector<std::unique_ptr<Connection>> connections;
    Connection* free_connections = nullptr;
    Connection* newest_idle = nullptr;
    Connection* oldest_idle = nullptr;
    std::size_t open_connections = 0;
    std::size_t in_flight = 0;
    std::size_t waiting = 0;
    std::uint64_t last_order = 0;
    bool serving_waiting = false;
    unsigned passed_over =
        0;  ///< how often the longest waiting exchange was, in favour of a connection's own origin

    DeadlineWheel wheel;
    io::Timer sweep_timer;
    ExchangeList over;        ///< failed, by over_at_
    ExchangeList delivering;  ///< those of `over` that deliver() is about to tell
    io::Timer delivery_timer;
    std::shared_ptr<Impl*> self;  ///< null once the client is gone: for the resolver's answers
};

}  // namespace galileo::http
