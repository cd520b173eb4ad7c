#include "engine/run.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "model/trace.h"

namespace galileo::engine {

namespace {

template <typename Node>
void link(Node*& head, Node& node) noexcept {
    node.before = nullptr;
    node.after = head;
    if (head != nullptr) {
        head->before = &node;
    }
    head = &node;
}

template <typename Node>
void unlink(Node*& head, Node& node) noexcept {
    (node.before != nullptr ? node.before->after : head) = node.after;
    if (node.after != nullptr) {
        node.after->before = node.before;
    }
    node.before = node.after = nullptr;
}

// One thread writes, so a plain addition will do; no locked instruction.
void increase(std::atomic<std::uint64_t>& counter) noexcept {
    counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

Outcome outcome_of(http::Failure failure) noexcept {
    switch (failure) {
        case http::Failure::kDns:
        case http::Failure::kRefused:
        case http::Failure::kConnect:
        case http::Failure::kTls:
        case http::Failure::kNoRoute:
        case http::Failure::kRequest:
            return Outcome::kNotReached;
        default:
            return Outcome::kAnswered;
    }
}

http::Origin origin_of(const routing::Target& target) {
    return {.scheme = target.scheme == routing::Scheme::kHttps ? http::Scheme::kHttps
                                                               : http::Scheme::kHttp,
            .host = target.host,
            .port = target.port,
            .authority = target.authority};
}

}  // namespace

Run::Run(LoopContext& context, const http::ClientOptions& options)
    : context_(context), http_(context.loop, context.resolver, options) {}

Run::~Run() {
    while (clients_ != nullptr) {
        remove(*clients_);
    }
    while (!queue_.empty()) {
        pop_front();
    }
    context_.ticker.remove(continuation_);
}

void Run::add(std::unique_ptr<EmulatedClient> client) {
    client->run = this;
    client->tally = &book_->service(client->label->service);
    ++client->tally->clients;
    client->router->attach(loads_);
    if (client->sourced) {
        listen_to_source(*client);
    }
    link(clients_, *client.release());
}

void Run::remove(EmulatedClient& client) {
    stop_workload(client);
    cancel_flights(client);
    --client.tally->clients;
    client.rendered.clear();
    if (client.sourced) {
        *client.sourced->address = nullptr;
        client.sourced->source->on_supply({});
        client.sourced.reset();
    }
    unlink(clients_, client);
    if (client.queued > 0) {
        client.run = nullptr;
        link(removed_, client);
    } else {
        delete &client;
    }
}

void Run::set_workload(EmulatedClient& client, ClientWorkload workload) {
    stop_workload(client);
    client.pace = std::make_unique<Pace>(std::move(workload), context_.loop.fresh_now());
    if (client.sourced && client.sourced->used_up) {
        client.pace->close();
    }
    reschedule(client);
}

void Run::stop_workload(EmulatedClient& client) {
    ++client.generation;
    client.tally->dropped += client.waiting;
    waiting_ -= client.waiting;
    context_.waiting -= client.waiting;
    client.waiting = 0;
    if (client.sourced) {
        client.sourced->starved.clear();
    }
    drop_unsent_flights(client);
    client.pace.reset();
    context_.ticker.remove(client);
}

void Run::abandon() {
    const auto now = context_.loop.fresh_now();
    for (EmulatedClient* client = clients_; client != nullptr; client = client->after) {
        std::function<void(const std::string&)> on_finished;
        if (client->pace && client->pace->ended(now)) {
            on_finished = client->pace->on_finished();
        }
        stop_workload(*client);
        cancel_flights(*client);
        if (on_finished) {
            on_finished(client->label->client);
        }
    }
    while (!queue_.empty()) {  // all stale
        pop_front();
    }
}

void Run::serve(EmulatedClient& client, base::MonotonicTime now) {
    if (const auto created = client.pace->take(now)) {
        if (client.pace->is_open()) {
            const auto taken_up = context_.loop.fresh_now();
            client.tally->nowhere.hot().schedule_lag.record(taken_up - *created);
        }
        submit(client, *created);
    }
    reschedule(client);
}

void Run::reschedule(EmulatedClient& client) {
    if (!client.pace) {
        return;
    }
    if (const auto due = client.pace->due()) {
        context_.ticker.set(client, *due);
        return;
    }
    context_.ticker.remove(client);
    if (client.pace->finished()) {
        const auto on_finished = client.pace->on_finished();
        client.pace.reset();
        if (on_finished) {
            on_finished(client.label->client);
        }
    }
}

void Run::submit(EmulatedClient& client, base::MonotonicTime created) {
    ++client.tally->planned;
    const bool connected = queue_.empty() && http_.waiting() == 0;
    const bool starved = client.sourced && !client.sourced->starved.empty();
    if (connected && !starved) {
        launch(client, created);
        return;
    }
    if (context_.waiting >= context_.max_waiting) {
        ++client.tally->dropped;
        settle(client, client.generation, context_.loop.fresh_now(), Outcome::kNotReached);
        return;
    }
    if (connected) {
        starve(client, created);
        return;
    }
    queue_.push({&client, created, client.generation});
    ++client.queued;
    ++client.waiting;
    ++waiting_;
    ++context_.waiting;
}

void Run::launch(EmulatedClient& client, base::MonotonicTime created) {
    if (!client.sourced) {
        send(client, created, *client.request);
    } else if (!client.sourced->starved.empty() || !launch_supplied(client, created)) {
        starve(client, created);
    }
}

void Run::send(EmulatedClient& client,
               base::MonotonicTime created,
               const http::RequestTemplate& request) {
    End begun;
    begun.number = ++client.last_number;
    begun.created = created;
    const auto route = client.router->next(client.label->service, context_.loop.now());
    if (!route) {
        begun.failure = http::Failure::kNoRoute;
        end_without_network(client, client.tally->nowhere, begun);
        return;
    }
    const RenderedPtr rendered =
        client.sourced ? render(client, request, *route) : rendered_for(client, *route);
    if (client.router->type() == routing::RouterType::kDebug) {
        begun.status = 200;
        begun.server = rendered->request.origin.authority;
        end_without_network(client, *rendered->host, begun);
        return;
    }
    fly(client, rendered, begun);
}

RenderedPtr Run::render(EmulatedClient& client,
                        const http::RequestTemplate& request,
                        const routing::Route& route) {
    const routing::Target& target = *route.target;
    auto fresh = std::make_unique<Rendered>();
    fresh->request = http::render_request(request, origin_of(target), target.prefix);
    fresh->host = &client.tally->host(target.authority);
    fresh->load = route.load;
    fresh->timeout = client.timeout.value_or(request.timeout().value_or(fresh->timeout));
    return RenderedPtr(fresh.release());
}

RenderedPtr& Run::rendered_for(EmulatedClient& client, const routing::Route& route) {
    if (client.record_version != route.version) {
        client.rendered.clear();
        client.record_version = route.version;
    }
    if (client.rendered.size() <= route.host_index) {
        client.rendered.resize(route.host_index + 1);
    }
    RenderedPtr& rendered = client.rendered[route.host_index];
    if (!rendered) {
        rendered = render(client, *client.request, route);
    }
    return rendered;
}

void Run::fly(EmulatedClient& client, const RenderedPtr& rendered, const End& begun) {
    Flight& flight = context_.flights.acquire();
    flight.begin(client, rendered);
    flight.number = begun.number;
    flight.created = begun.created;
    link(client.flights, flight);
    ++flights_;
    ++rendered->host->hot().planned;
    if (rendered->load != nullptr) {
        rendered->load->begin();
    }
    launching_ = true;
    http_.start(flight);
    launching_ = false;
}

void Run::end_without_network(EmulatedClient& client, HostTally& tally, End end) {
    end.done = context_.loop.fresh_now();
    const bool answered = end.failure == http::Failure::kNone;
    if (answered) {
        end.sent = end.done;
    }
    HotTally& hot = tally.hot();
    ++hot.planned;
    ++hot.sent;
    increase(client.requests);
    count_end(client, hot, end);
    settle(client, client.generation, end.done,
           answered ? Outcome::kNoNetwork : Outcome::kNotReached);
}

void Run::pump() {
    while (!queue_.empty() && http_.waiting() == 0) {
        const Waiting next = queue_.front();
        const bool stale = next.generation != next.client->generation;
        if (!stale) {
            --next.client->waiting;
            --waiting_;
            --context_.waiting;
        }
        pop_front();
        if (!stale) {
            launch(*next.client, next.created);
        }
    }
}

void Run::pop_front() noexcept {
    EmulatedClient& client = *queue_.front().client;
    queue_.pop();
    --client.queued;
    if (client.queued == 0 && client.run == nullptr) {
        unlink(removed_, client);
        delete &client;
    }
}

void Run::Continuation::on_due(base::MonotonicTime /*now*/) {
    run.context_.ticker.remove(*this);
    run.pump();
}

void Run::note_sent(Flight& flight) {
    count_sent(flight);
    // A request that had waited in http::Client has a connection now: room for the next one.
    if (!launching_ && !queue_.empty()) {
        context_.ticker.set(continuation_, context_.loop.now());
    }
}

void Run::count_sent(Flight& flight) {
    flight.counted_as_sent = true;
    ++flights_sent_;
    increase(flight.client->requests);
    HotTally& tally = flight.rendered->host->hot();
    ++tally.sent;
    if (flight.sent != base::MonotonicTime{}) {
        const auto lag = flight.sent - flight.created;
        tally.send_lag.record(lag);
        if (lag > context_.lateness_limit) {
            ++tally.late;
        }
    }
}

void Run::note_done(Flight& flight) {
    finish(flight);
    pump();
}

void Run::finish(Flight& flight) {
    EmulatedClient& client = *flight.client;
    if (!flight.counted_as_sent) {
        count_sent(flight);
    }
    const End end{.number = flight.number,
                  .created = flight.created,
                  .sent = flight.sent,
                  .done = flight.done,
                  .status = flight.status,
                  .failure = flight.failure,
                  .server = flight.server,
                  .head = flight.head,
                  .body = flight.body,
                  .body_bytes = flight.body_bytes};
    count_end(client, flight.rendered->host->hot(), end);
    if (routing::HostLoad* const load = flight.rendered->load; load != nullptr) {
        if (end.failure == http::Failure::kCancelled) {
            load->take_back();
        } else {
            load->end(end.done - std::max(end.sent, end.created),
                      end.status < 0 || end.status >= 500, end.done);
        }
    }
    const auto generation = flight.generation;
    --flights_sent_;
    release(flight);
    settle(client, generation, end.done, outcome_of(end.failure));
}

void Run::count_end(EmulatedClient& client, HotTally& tally, const End& end) {
    ++tally.completed;
    tally.count_end(end.status, end.failure);
    tally.bytes_received += end.head.size() + end.body_bytes;
    tally.intended.record(end.done - end.created);
    if (end.sent != base::MonotonicTime{}) {
        tally.service.record(end.done - end.sent);
    }
    if (model::is_failure(end.status)) {
        ++tally.failed;
        increase(client.failed);
    }
    if (client.traced && context_.tracing.load(std::memory_order_relaxed)) {
        trace(client, end);
    }
}

void Run::trace(EmulatedClient& client, const End& end) {
    context_.wall.refresh(end.done);
    TraceView view;
    view.number = end.number;
    view.created = context_.wall.wall(end.created);
    view.sent = context_.wall.wall(end.sent);
    view.done = context_.wall.wall(end.done);
    view.status = end.status;
    view.failure = end.failure;
    view.server = end.server;
    view.head = end.head;
    view.body = end.body;
    context_.traces.append(client.label, client.label_place, view);
    if (!context_.hand_over.scheduled()) {
        context_.ticker.set(context_.hand_over, context_.loop.now() + TraceHandOver::kPatience);
    }
}

void Run::settle(EmulatedClient& client,
                 std::uint32_t generation,
                 base::MonotonicTime when,
                 Outcome outcome) {
    if (!client.pace || client.generation != generation) {
        return;
    }
    if (const auto next = client.pace->settle(when, outcome)) {
        submit(client, *next);
    }
    reschedule(client);
}

void Run::release(Flight& flight) {
    --flights_;
    unlink(flight.client->flights, flight);
    context_.flights.release(flight);
}

void Run::drop(Flight& flight) {
    ++flight.client->tally->dropped;
    ++flight.rendered->host->hot().dropped;
    if (flight.rendered->load != nullptr) {
        flight.rendered->load->take_back();
    }
    release(flight);
}

void Run::drop_unsent_flights(EmulatedClient& client) {
    for (Flight* flight = client.flights; flight != nullptr;) {
        Flight& current = *std::exchange(flight, flight->after);
        if (!current.counted_as_sent) {
            http_.cancel(current);
            drop(current);
        }
    }
}

void Run::cancel_flights(EmulatedClient& client) {
    while (client.flights != nullptr) {
        Flight& flight = *client.flights;
        http_.cancel(flight);
        flight.failure = http::Failure::kCancelled;
        flight.status = -1;
        flight.done = context_.loop.fresh_now();
        flight.server = flight.head = flight.body = {};
        flight.body_bytes = 0;
        finish(flight);
    }
}

IntervalPart Run::swap() {
    IntervalPart part = book_->swap();
    part.book = book_;
    part.in_flight = flights_sent_;
    part.waiting = waiting_ + flights_ - flights_sent_;
    part.connections = http_.connections();
    return part;
}

}  // namespace galileo::engine
