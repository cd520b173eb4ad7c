#include "http/connection.h"

#include <algorithm>
#include <utility>

#include "http/client_impl.h"
#include "http/redirect.h"
#include "http/request_rules.h"
#include "http/response.h"

namespace galileo::http {

namespace {

constexpr std::chrono::nanoseconds kAddressAge = std::chrono::seconds(30);
// While other addresses are left, one that does not answer must not use up the whole time to
// connect.
constexpr std::chrono::nanoseconds kAddressPatience = std::chrono::seconds(2);
// So that sums of times cannot overflow.
constexpr std::chrono::nanoseconds kMaxTimeout = std::chrono::hours(24 * 365);

Failure failure_of(io::CloseKind kind) {
    switch (kind) {
        case io::CloseKind::kRefused:
        case io::CloseKind::kUnreachable:
            return Failure::kRefused;
        case io::CloseKind::kTls:
            return Failure::kTls;
        case io::CloseKind::kConnect:
            return Failure::kConnect;
        case io::CloseKind::kEnd:
        case io::CloseKind::kTruncated:
        case io::CloseKind::kReset:
            return Failure::kClosed;
    }
    return Failure::kClosed;
}

}  // namespace

Connection::Connection(Client::Impl& owner)
    : client(owner),
      stream(owner.loop, *this),
      parser({.head_bytes = owner.options.max_head_bytes,
              .body_bytes = owner.options.max_body_bytes,
              .capture_bytes = owner.options.capture_body_bytes}) {}

void Connection::on_connected() {
    client.connected(*this);
}
void Connection::on_data(std::string_view bytes, base::MonotonicTime received) {
    client.take_bytes(*this, bytes, received);
}
void Connection::on_closed(const io::Closure& closure) {
    client.closed(*this, closure);
}

void Client::Impl::send(Connection& connection, Exchange& exchange) {
    const RenderedRequest& request = exchange.current();
    const bool first = exchange.sent == base::MonotonicTime{};
    if (first) {
        exchange.sent = loop.fresh_now();
    }
    if (connection.exchange == nullptr) {
        connection.exchange = &exchange;
        exchange.place_ = Exchange::Place::kConnection;
        exchange.attached_ = &connection;
        ++in_flight;
    }
    connection.state = Connection::State::kBusy;
    connection.answer_begun = false;
    connection.parser.expect(request.is_head ? AnswerTo::kHead : AnswerTo::kOther);
    connection.stream.write(request.bytes);
    set_deadline(connection);
    if (first) {
        exchange.on_sent();
    }
}

void Client::Impl::open(OriginPool& pool, Exchange& exchange) {
    if (free_connections == nullptr) {
        connections.push_back(std::make_unique<Connection>(*this));
        free_connections = connections.back().get();
    }
    Connection& connection = *free_connections;
    const auto now = loop.fresh_now();
    if (now >= pool.addresses_until) {
        pool.addresses.clear();
    }
    free_connections = connection.next;
    connection.next = connection.previous = nullptr;
    connection.pool = &pool;
    connection.answers = connection.attempts = 0;
    connection.connect_deadline = now + std::min(options.connect_timeout, kMaxTimeout);
    connection.exchange = &exchange;
    ++pool.connections;
    ++open_connections;
    ++in_flight;
    exchange.place_ = Exchange::Place::kConnection;
    exchange.attached_ = &connection;
    const bool first = exchange.sent == base::MonotonicTime{};
    if (first) {
        exchange.sent = now;
        exchange.on_sent();
    }
    if (!pool.addresses.empty()) {
        connection.state = Connection::State::kConnecting;
        return connect_next(connection);
    }
    connection.state = Connection::State::kResolving;
    connection.next = pool.unresolved;
    if (connection.next != nullptr) {
        connection.next->previous = &connection;
    }
    pool.unresolved = &connection;
    set_deadline(connection);
    resolve(pool);
}

void Client::Impl::resolve(OriginPool& pool) {
    if (pool.resolving) {
        return;
    }
    pool.resolving = true;
    resolver.resolve(pool.peer().host, pool.peer().port, loop,
                     [alive = self, &pool](Result<std::vector<io::Address>> answer) {
                         if (*alive != nullptr) {
                             (*alive)->take_addresses(pool, std::move(answer));
                         }
                     });
}

void Client::Impl::take_addresses(OriginPool& pool, Result<std::vector<io::Address>> answer) {
    pool.resolving = false;
    if (answer.ok()) {
        pool.addresses = std::move(answer).value();
        pool.addresses_until = loop.fresh_now() + kAddressAge;
        pool.preferred = pool.preferred < pool.addresses.size() ? pool.preferred : 0;
    } else {
        ++pool.connect_failures;
    }
    while (pool.unresolved != nullptr) {
        Connection& connection = *pool.unresolved;
        pool.unresolved = connection.next;
        if (pool.unresolved != nullptr) {
            pool.unresolved->previous = nullptr;
        }
        connection.next = connection.previous = nullptr;
        connection.state = Connection::State::kConnecting;
        if (answer.ok()) {
            connect_next(connection);
        } else {
            give_up(connection, Failure::kDns);
        }
    }
}

void Client::Impl::connect_next(Connection& connection) {
    OriginPool& pool = *connection.pool;
    Failure failure = Failure::kConnect;
    while (connection.attempts < pool.addresses.size()) {
        const std::size_t index = (pool.preferred + connection.attempts) % pool.addresses.size();
        ++connection.attempts;
        const auto begun = connection.stream.connect(pool.addresses[index],
                                                     {.receive_time = options.receive_time,
                                                      .tls = pool.proxy ? pool.proxy_tls : pool.tls,
                                                      .server_name = pool.peer().host});
        if (begun.ok()) {
            return set_deadline(connection);
        }
        failure =
            begun.error().code() == ErrorCode::kUnavailable ? Failure::kRefused : Failure::kConnect;
    }
    ++pool.connect_failures;
    pool.addresses_until = {};  // they may have changed
    give_up(connection, failure);
}

void Client::Impl::connected(Connection& connection) {
    OriginPool& pool = *connection.pool;
    if (pool.tunnels() && connection.state == Connection::State::kConnecting) {
        return ask_for_tunnel(connection);
    }
    pool.connect_failures = 0;
    pool.preferred = (pool.preferred + connection.attempts - 1) % pool.addresses.size();
    send(connection, *connection.exchange);
}

void Client::Impl::ask_for_tunnel(Connection& connection) {
    const OriginPool& pool = *connection.pool;
    connection.state = Connection::State::kTunnel;
    connection.parser.expect(AnswerTo::kHead);  // what follows the head is the origin's
    connection.stream.write(tunnel_request(*pool.proxy, pool.origin));
}

void Client::Impl::take_tunnel_answer(Connection& connection, std::string_view bytes) {
    OriginPool& pool = *connection.pool;
    const auto progress = connection.parser.feed(bytes);
    if (progress == ResponseParser::Progress::kNeedMore) {
        return;
    }
    const bool granted = progress == ResponseParser::Progress::kDone && bytes.empty() &&
                         connection.parser.status() == 200 && connection.stream.unsent() == 0;
    if (!granted) {
        ++pool.connect_failures;
        return give_up(connection, Failure::kConnect);
    }
    if (!connection.stream.start_tls(*pool.tls, pool.origin.host, pool.origin.port).ok()) {
        ++pool.connect_failures;
        give_up(connection, Failure::kTls);
    }
}

void Client::Impl::take_bytes(Connection& connection,
                              std::string_view bytes,
                              base::MonotonicTime received) {
    if (connection.exchange == nullptr) {
        // Nobody asked; what follows could be taken for an answer.
        retire(connection);
        return serve_waiting();
    }
    if (connection.state == Connection::State::kTunnel) {
        return take_tunnel_answer(connection, bytes);
    }
    Exchange& exchange = *connection.exchange;
    // The kernel's time and ours are two clocks, and an answer never precedes its request.
    received = std::max(received, exchange.sent);
    if (!connection.answer_begun) {
        connection.answer_begun = true;
        exchange.first_byte = received;
    }
    switch (connection.parser.feed(bytes)) {
        case ResponseParser::Progress::kNeedMore:
            return;
        case ResponseParser::Progress::kFailed:
            return give_up(connection, connection.parser.failure());
        case ResponseParser::Progress::kDone:
            return answered(connection, received, bytes.empty());
    }
}

void Client::Impl::answered(Connection& connection, base::MonotonicTime received, bool reusable) {
    Exchange& exchange = *connection.exchange;
    const ResponseParser& parser = connection.parser;
    ++connection.answers;
    exchange.status = parser.status();
    exchange.head = parser.head();
    exchange.body = parser.body();
    exchange.body_bytes = parser.body_bytes();
    exchange.done = received;
    exchange.server = exchange.current().origin.authority;
    const bool redirected = is_redirect(parser.status()) && exchange.current().follow_redirects &&
                            !find_header(exchange.head, "location").empty();
    const bool kept = reusable && parser.keeps_alive() && options.reuse == Reuse::kKeepAlive &&
                      connection.stream.unsent() == 0;
    if (redirected) {
        follow_redirect(exchange);
    }
    detach(exchange);
    if (kept) {
        release(connection);
    } else {
        retire(connection);
        serve_waiting();
    }
    if (!redirected) {
        exchange.on_done();
    } else if (exchange.failure == Failure::kNone) {
        dispatch(exchange);
    } else {
        fail(exchange, exchange.failure, 0);
    }
}

void Client::Impl::follow_redirect(Exchange& exchange) {
    auto next = redirect(exchange.current(), exchange.status, exchange.head);
    exchange.status = -1;
    exchange.head = exchange.body = exchange.server = {};
    exchange.body_bytes = 0;
    exchange.first_byte = {};
    exchange.retried_ = false;
    if (!next.ok() || exchange.redirects_ >= options.max_redirects) {
        exchange.failure = Failure::kRedirects;
        return;
    }
    exchange.redirected_ = std::make_unique<RenderedRequest>(std::move(next).value());
    ++exchange.redirects_;
}

void Client::Impl::closed(Connection& connection, const io::Closure& closure) {
    switch (connection.state) {
        case Connection::State::kFree:
        case Connection::State::kResolving:
            return;
        case Connection::State::kConnecting:
            if (closure.kind != io::CloseKind::kTls &&
                connection.attempts < connection.pool->addresses.size()) {
                return connect_next(connection);
            }
            ++connection.pool->connect_failures;
            connection.pool->addresses_until = {};
            return give_up(connection, failure_of(closure.kind));
        case Connection::State::kTunnel:
            ++connection.pool->connect_failures;
            return give_up(connection,
                           closure.kind == io::CloseKind::kTls ? Failure::kTls : Failure::kConnect);
        case Connection::State::kIdle:
            retire(connection);
            return serve_waiting();
        case Connection::State::kBusy:
            break;
    }
    if (closure.kind == io::CloseKind::kEnd && connection.answer_begun) {
        const auto progress = connection.parser.end();
        return progress == ResponseParser::Progress::kDone
                   ? answered(connection, std::max(loop.now(), connection.exchange->sent), false)
                   : give_up(connection, connection.parser.failure());
    }
    Exchange& exchange = *connection.exchange;
    const bool stale = connection.answers > 0 && !connection.answer_begun && !exchange.retried_ &&
                       closure.kind != io::CloseKind::kTls;
    if (!stale) {
        return give_up(connection, failure_of(closure.kind));
    }
    exchange.retried_ = true;
    OriginPool& pool = *connection.pool;
    detach(exchange);
    retire(connection);
    open(pool, exchange);
}

void Client::Impl::give_up(Connection& connection, Failure failure) {
    Exchange& exchange = *connection.exchange;
    const OriginPool& pool = *connection.pool;
    const bool connecting = connection.state != Connection::State::kBusy;
    detach(exchange);
    retire(connection);
    fail(exchange, failure, connecting ? pool.connect_failures : 0);
    serve_waiting();
}

void Client::Impl::retire(Connection& connection) {
    OriginPool& pool = *connection.pool;
    if (connection.state == Connection::State::kIdle) {
        take_from_idle(connection);
    }
    if (connection.state == Connection::State::kResolving) {
        (connection.previous != nullptr ? connection.previous->next : pool.unresolved) =
            connection.next;
        if (connection.next != nullptr) {
            connection.next->previous = connection.previous;
        }
    }
    connection.stream.close();
    wheel.set(connection, DeadlineWheel::kNever, loop.now());
    connection.state = Connection::State::kFree;
    connection.pool = nullptr;
    connection.previous = nullptr;
    connection.next = free_connections;
    free_connections = &connection;
    --pool.connections;
    --open_connections;
}

void Client::Impl::put_to_idle(Connection& connection) {
    OriginPool& pool = *connection.pool;
    connection.state = Connection::State::kIdle;
    connection.previous = nullptr;
    connection.next = pool.idle;
    if (pool.idle != nullptr) {
        pool.idle->previous = &connection;
    }
    pool.idle = &connection;
    connection.newer = nullptr;
    connection.older = newest_idle;
    (newest_idle != nullptr ? newest_idle->newer : oldest_idle) = &connection;
    newest_idle = &connection;
}

void Client::Impl::take_from_idle(Connection& connection) {
    (connection.previous != nullptr ? connection.previous->next : connection.pool->idle) =
        connection.next;
    if (connection.next != nullptr) {
        connection.next->previous = connection.previous;
    }
    (connection.newer != nullptr ? connection.newer->older : newest_idle) = connection.older;
    (connection.older != nullptr ? connection.older->newer : oldest_idle) = connection.newer;
    connection.next = connection.previous = connection.newer = connection.older = nullptr;
    connection.state = Connection::State::kBusy;
}

void Client::Impl::set_deadline(Connection& connection) {
    auto deadline = DeadlineWheel::kNever;
    const Exchange& exchange = *connection.exchange;
    if (exchange.timeout.count() > 0) {
        deadline = exchange.sent + std::min(exchange.timeout, kMaxTimeout);
    }
    if (connection.state != Connection::State::kBusy) {
        deadline = std::min(deadline, connection.connect_deadline);
        if (connection.attempts > 0 && connection.attempts < connection.pool->addresses.size()) {
            deadline = std::min(deadline, loop.now() + kAddressPatience);
        }
    }
    if (wheel.set(connection, deadline, loop.now())) {
        sweep_timer.arm(wheel.next());
    }
}

void Client::Impl::sweep() {
    const auto now = loop.now();
    while (DeadlineWheel::Entry* entry = wheel.due(now)) {
        auto& connection = *static_cast<Connection*>(entry);
        const Exchange& exchange = *connection.exchange;
        const bool timed_out = exchange.timeout.count() > 0 &&
                               now >= exchange.sent + std::min(exchange.timeout, kMaxTimeout);
        if (timed_out) {
            give_up(connection, Failure::kTimeout);
        } else if (now < connection.connect_deadline &&
                   connection.state == Connection::State::kConnecting &&
                   connection.attempts < connection.pool->addresses.size()) {
            connection.stream.close();
            connect_next(connection);
        } else {
            ++connection.pool->connect_failures;
            connection.pool->addresses_until = {};
            give_up(connection, Failure::kConnect);
        }
    }
    if (const auto next = wheel.next(); next != DeadlineWheel::kNever) {
        sweep_timer.arm(next);
    }
}

}  // namespace galileo::http
