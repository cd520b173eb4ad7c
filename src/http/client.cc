#include "http/client.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "http/client_impl.h"

namespace galileo::http {

namespace {

using std::chrono::milliseconds;

// How long on_done() of a connection failure is held back when the origin keeps failing, so that
// who starts anew on each failure does not spin.
constexpr milliseconds kMaxBackOff{100};
// How often in a row a connection may serve a later exchange of its own origin before the one that
// waits longest is given its place.
constexpr unsigned kMaxPassedOver = 64;
constexpr std::size_t kPoolsBeforeCleaning = 4096;
constexpr std::uint32_t kAlwaysFailing = 100;

std::chrono::nanoseconds back_off(std::uint32_t failures) {
    if (failures < 2) {
        return milliseconds(0);
    }
    return std::min(milliseconds(1 << std::min(failures - 2, 10U)), kMaxBackOff);
}

}  // namespace

Client::Impl::Impl(io::Loop& loop_in, io::Resolver& resolver_in, ClientOptions options_in)
    : loop(loop_in),
      resolver(resolver_in),
      options(std::move(options_in)),
      wheel(loop.fresh_now()),
      sweep_timer(loop, [this] { sweep(); }),
      delivery_timer(loop, [this] { deliver(); }),
      self(std::make_shared<Impl*>(this)) {}

Client::Impl::~Impl() {
    *self = nullptr;
}

void Client::Impl::start(Exchange& exchange) {
    GALILEO_ASSERT(exchange.place_ == Exchange::Place::kCaller && exchange.request != nullptr);
    exchange.failure = Failure::kNone;
    exchange.status = -1;
    exchange.sent = exchange.first_byte = exchange.done = {};
    exchange.head = exchange.body = exchange.server = {};
    exchange.body_bytes = 0;
    exchange.retried_ = false;
    exchange.redirects_ = 0;
    exchange.order_ = 0;
    dispatch(exchange);
}

void Client::Impl::dispatch(Exchange& exchange) {
    const RenderedRequest& request = exchange.current();
    if (request.proxy && request.proxy->origin.host.empty()) {
        return fail(exchange, Failure::kRequest, kAlwaysFailing);
    }
    OriginPool* pool = find_pool(request);
    if (pool == nullptr) {
        return fail(exchange, Failure::kTls, kAlwaysFailing);
    }
    if (pool->idle != nullptr) {
        Connection& connection = *pool->idle;
        take_from_idle(connection);
        return send(connection, exchange);
    }
    if (at_limit() && waiting == 0 && oldest_idle != nullptr) {
        retire(*oldest_idle);
    }
    if (at_limit()) {
        return enqueue(*pool, exchange);
    }
    open(*pool, exchange);
}

void Client::Impl::enqueue(OriginPool& pool, Exchange& exchange) {
    if (exchange.order_ == 0) {
        exchange.order_ = ++last_order;
    }
    // One that had to give its place back goes where it was, which is the front; a new one to the
    // end.
    Exchange* const front = pool.waiting.front();
    if (front != nullptr && front->order_ > exchange.order_) {
        pool.waiting.push_front(exchange);
    } else {
        pool.waiting.push_back(exchange);
    }
    exchange.place_ = Exchange::Place::kWaiting;
    exchange.attached_ = &pool;
    ++waiting;
}

bool Client::Impl::cancel(Exchange& exchange) {
    const bool was_sent = exchange.sent != base::MonotonicTime{};
    switch (exchange.place_) {
        case Exchange::Place::kCaller:
            return false;
        case Exchange::Place::kWaiting:
            static_cast<OriginPool*>(exchange.attached_)->waiting.remove(exchange);
            --waiting;
            break;
        case Exchange::Place::kConnection: {
            auto& connection = *static_cast<Connection*>(exchange.attached_);
            detach(exchange);
            retire(connection);
            serve_waiting();
            break;
        }
        case Exchange::Place::kOver:
            (exchange.over_at_ == base::MonotonicTime::min() ? delivering : over).remove(exchange);
            break;
    }
    exchange.place_ = Exchange::Place::kCaller;
    exchange.failure = Failure::kCancelled;
    exchange.done = loop.fresh_now();
    return was_sent;
}

void Client::Impl::detach(Exchange& exchange) {
    static_cast<Connection*>(exchange.attached_)->exchange = nullptr;
    exchange.attached_ = nullptr;
    exchange.place_ = Exchange::Place::kCaller;
    --in_flight;
}

void Client::Impl::fail(Exchange& exchange, Failure failure, std::uint32_t failures_in_a_row) {
    exchange.failure = failure;
    exchange.status = -1;
    exchange.done = loop.fresh_now();
    exchange.place_ = Exchange::Place::kOver;
    exchange.over_at_ = exchange.done + back_off(failures_in_a_row);
    Exchange* place = over.back();
    while (place != nullptr && place->over_at_ > exchange.over_at_) {
        place = ExchangeList::before(*place);
    }
    over.insert_after(place, exchange);
    arm_delivery();
}

void Client::Impl::arm_delivery() {
    if (over.empty()) {
        delivery_timer.disarm();
    } else {
        delivery_timer.arm(over.front()->over_at_);
    }
}

void Client::Impl::deliver() {
    // What fails during these calls waits for the next turn, so that a loop of failures lets others
    // run.
    while (!over.empty() && over.front()->over_at_ <= loop.now()) {
        Exchange& exchange = *over.front();
        over.remove(exchange);
        exchange.over_at_ = base::MonotonicTime::min();
        delivering.push_back(exchange);
    }
    while (!delivering.empty()) {
        Exchange& exchange = *delivering.front();
        delivering.remove(exchange);
        exchange.place_ = Exchange::Place::kCaller;
        exchange.on_done();
    }
    arm_delivery();
}

OriginPool* Client::Impl::find_pool(const RenderedRequest& request) {
    if (last_pool != nullptr && last_pool->serves(request)) {
        return last_pool;
    }
    std::vector<OriginPool*>& same_host = pools_by_host[request.origin.host];
    for (OriginPool* pool : same_host) {
        if (pool->serves(request)) {
            last_pool = pool;
            return pool;
        }
    }
    auto pool = make_pool(request);
    if (!pool) {
        return nullptr;
    }
    last_pool = pool.get();
    same_host.push_back(last_pool);
    pools.push_back(std::move(pool));
    if (pools.size() > kPoolsBeforeCleaning) {
        drop_unused_pools();
    }
    return last_pool;
}

void Client::Impl::drop_unused_pools() {
    std::erase_if(pools, [&](const std::unique_ptr<OriginPool>& pool) {
        if (pool.get() == last_pool || pool->connections > 0 || !pool->waiting.empty() ||
            pool->resolving) {
            return false;
        }
        std::erase(pools_by_host[pool->origin.host], pool.get());
        return true;
    });
    std::erase_if(pools_by_host, [](const auto& entry) { return entry.second.empty(); });
}

std::unique_ptr<OriginPool> Client::Impl::make_pool(const RenderedRequest& request) {
    auto pool = std::make_unique<OriginPool>();
    pool->origin = request.origin;
    pool->verify_tls = request.verify_tls;
    pool->ca_file = request.ca_file;
    pool->certificate = request.certificate;
    pool->key = request.key;
    pool->proxy = request.proxy;
    auto tls = tls_context(request.origin.scheme, request);
    auto proxy_tls =
        tls_context(request.proxy ? request.proxy->origin.scheme : Scheme::kHttp, request);
    if (!tls.ok() || !proxy_tls.ok()) {
        return nullptr;
    }
    pool->tls = *tls;
    pool->proxy_tls = *proxy_tls;
    return pool;
}

Result<io::TlsContext*> Client::Impl::tls_context(Scheme scheme, const RenderedRequest& request) {
    if (scheme == Scheme::kHttp) {
        return nullptr;
    }
    const bool own = !request.certificate.empty();
    io::TlsClientOptions tls{.verification = request.verify_tls
                                                 ? io::TlsVerification::kVerify
                                                 : io::TlsVerification::kAcceptAnything,
                             .ca_file = request.ca_file.empty() ? options.ca_file : request.ca_file,
                             .certificate = own ? request.certificate : options.certificate,
                             .key = own ? request.key : "",
                             .alpn = {"http/1.1"}};
    std::string name = request.verify_tls ? "verify " + tls.ca_file : "accept";
    name += '\n' + tls.certificate + '\n' + tls.key;
    auto& context = tls_contexts[name];
    if (!context) {
        context = TRY(io::TlsContext::client(tls));
    }
    return context.get();
}

OriginPool* Client::Impl::longest_waiting() {
    OriginPool* longest = nullptr;
    for (const auto& pool : pools) {
        if (!pool->waiting.empty() &&
            (longest == nullptr ||
             pool->waiting.front()->order_ < longest->waiting.front()->order_)) {
            longest = pool.get();
        }
    }
    return longest;
}

void Client::Impl::release(Connection& connection) {
    wheel.set(connection, DeadlineWheel::kNever, loop.now());
    if (waiting == 0) {
        return put_to_idle(connection);
    }
    OriginPool& own = *connection.pool;
    OriginPool* const longest = longest_waiting();
    const bool own_turn = longest == &own;
    passed_over = own_turn ? 0 : passed_over + 1;
    if (own_turn || (!own.waiting.empty() && passed_over <= kMaxPassedOver)) {
        Exchange& exchange = *own.waiting.front();
        own.waiting.remove(exchange);
        --waiting;
        return send(connection, exchange);
    }
    passed_over = 0;
    retire(connection);
    serve_waiting();
}

void Client::Impl::serve_waiting() {
    if (serving_waiting) {
        return;  // an attempt that failed at once: the loop below goes on
    }
    serving_waiting = true;
    while (waiting > 0 && !at_limit()) {
        OriginPool& pool = *longest_waiting();
        Exchange& exchange = *pool.waiting.front();
        pool.waiting.remove(exchange);
        --waiting;
        open(pool, exchange);
        if (exchange.place_ == Exchange::Place::kWaiting) {
            break;  // no descriptors
        }
    }
    serving_waiting = false;
}

Client::Client(io::Loop& loop, io::Resolver& resolver, ClientOptions options)
    : impl_(std::make_unique<Impl>(loop, resolver, std::move(options))) {}
Client::~Client() = default;

void Client::start(Exchange& exchange) {
    impl_->start(exchange);
}
bool Client::cancel(Exchange& exchange) {
    return impl_->cancel(exchange);
}
std::size_t Client::in_flight() const noexcept {
    return impl_->in_flight;
}
std::size_t Client::waiting() const noexcept {
    return impl_->waiting;
}
std::size_t Client::connections() const noexcept {
    return impl_->open_connections;
}

}  // namespace galileo::http
