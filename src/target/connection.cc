#include "target/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "http/response.h"

namespace galileo::target {

namespace {

constexpr std::string_view kStatisticsPath = "/_stats";
constexpr auto kPatience = std::chrono::seconds(2);  ///< for the peer to close after us
constexpr std::size_t kMostAhead = 1024UL * 1024;    ///< bytes of pipelined requests
constexpr std::size_t kSmall = 64UL * 1024;          ///< answers up to here go out in one piece

}  // namespace

Connection::Connection(LoopShared& shared, std::function<void(Connection&)> on_closed)
    : shared_(shared),
      on_closed_(std::move(on_closed)),
      stream_(shared.loop, *this),
      timer_(shared.loop, [this] { on_timer(); }),
      parser_({.body_bytes = shared.server.options.max_request_bytes}) {}

void Connection::serve(base::UniqueFd socket, std::uint64_t number) {
    fd_ = socket.get();
    number_ = number;
    ahead_.clear();
    phase_ = Phase::kIdle;
    io::StreamOptions options;
    options.tls = shared_.tls;
    const auto adopted = stream_.adopt(std::move(socket), options);
    if (!adopted) {
        base::log_warn("connection {}: {}", number_, adopted.error().message());
        close();
        return;
    }
    begin_reading();
}

void Connection::close() {
    if (phase_ == Phase::kClosed) {
        return;
    }
    phase_ = Phase::kClosed;
    timer_.disarm();
    stream_.close();
    on_closed_(*this);
}

void Connection::on_connected() {
    begin_reading();
}

void Connection::on_closed(const io::Closure& closure) {
    base::log_debug("connection {}: {}", number_, closure.error.message());
    close();
}

void Connection::begin_reading() {
    parser_.reset();
    phase_ = Phase::kIdle;
    const auto limit = shared_.server.options.idle_timeout;
    if (limit.count() > 0) {
        timer_.arm(shared_.loop.now() + limit);
    }
}

void Connection::on_data(std::string_view bytes, base::MonotonicTime received) {
    if (phase_ == Phase::kLeaving) {
        return;
    }
    arrival_ = received;
    if (phase_ != Phase::kIdle) {
        if (ahead_.size() + bytes.size() > kMostAhead) {
            close();
            return;
        }
        ahead_ += bytes;
        return;
    }
    handle(bytes);
}

/// Answers all requests in `bytes`, or as many as can be answered at once, and keeps the rest.
void Connection::handle(std::string_view bytes) {
    while (phase_ == Phase::kIdle && !bytes.empty()) {
        switch (parser_.feed(bytes)) {
            case http::RequestParser::Progress::kNeedMore:
                if (parser_.takes_expectation()) {
                    stream_.write("HTTP/1.1 100 Continue\r\n\r\n");
                }
                break;
            case http::RequestParser::Progress::kDone:
                take_request();
                plan();
                break;
            case http::RequestParser::Progress::kFailed:
                refuse(parser_.error_status());
                break;
        }
    }
    if (phase_ == Phase::kPlanned || phase_ == Phase::kDraining) {
        ahead_ += bytes;
    }
}

void Connection::take_request() {
    const Options& options = shared_.server.options;
    request_.method = parser_.method();
    request_.target = parser_.target();
    request_.body_bytes = parser_.body().size();
    request_.persistence = parser_.keeps_alive() ? Persistence::kKeepAlive : Persistence::kClose;
    if (options.coding == Coding::kGzip) {
        request_.accepted = accepts_gzip(http::find_header(parser_.head(), "Accept-Encoding"))
                                ? Coding::kGzip
                                : Coding::kIdentity;
    }
    if (options.body == BodySource::kEcho) {
        request_.body = parser_.body();
        request_.content_type = http::find_header(parser_.head(), "Content-Type");
    }
}

void Connection::plan() {
    timer_.disarm();
    if (request_.target == kStatisticsPath) {
        answer_own_page();
        return;
    }
    Shared& server = shared_.server;
    Counters::add(shared_.counters.requests);
    Counters::add(shared_.counters.body_bytes_received, request_.body_bytes);
    plan_ =
        plan_request(server.options, server.next_request.fetch_add(1, std::memory_order_relaxed));
    if (server.options.persistence == Persistence::kClose) {
        request_.persistence = Persistence::kClose;
    }
    auto due = arrival_ + plan_.delay;
    if (!server.options.freezes.empty()) {
        const std::int64_t now = arrival_.time_since_epoch().count();
        std::int64_t first = 0;
        if (server.first_request_ns.compare_exchange_strong(first, now)) {
            first = now;
        }
        const base::MonotonicTime begin{std::chrono::nanoseconds(first)};
        due = begin + thawed(server.options.freezes, due - begin);
    }
    if (due <= shared_.loop.now()) {
        answer();
    } else {
        phase_ = Phase::kPlanned;
        timer_.arm(due);
    }
}

void Connection::on_timer() {
    switch (phase_) {
        case Phase::kPlanned: {
            answer();
            if (phase_ == Phase::kIdle) {
                go_on();
            }
            break;
        }
        case Phase::kIdle:     // the idle time-out
        case Phase::kLeaving:  // the peer does not close
            close();
            break;
        case Phase::kDraining:
        case Phase::kClosed:
            break;
    }
}

void Connection::answer() {
    if (plan_.fault == Fault::kNone) {
        answer_normally();
    } else {
        send_faulty();
    }
}

AnswerChoice Connection::choice() const {
    return {plan_.status, request_.accepted, request_.persistence};
}

/// The answer as planned; `made` holds it when it is not one of the sheet.
Answer Connection::find_answer(OwnedAnswer& made) const {
    const Options& options = shared_.server.options;
    if (options.body == BodySource::kEcho && request_.body_bytes > 0) {
        const std::string_view type = request_.content_type;
        made = render_answer(choice(), options.framing,
                             type.empty() ? "application/octet-stream" : type, request_.body);
        return {made.head, made.body};
    }
    return shared_.server.answers.fixed(choice());
}

void Connection::answer_normally() {
    OwnedAnswer made;
    const Answer found = find_answer(made);
    const bool head_only = request_.method == "HEAD";
    shared_.counters.add_answered(plan_.status);
    log(std::to_string(plan_.status));
    send(found.head, head_only ? std::string_view() : found.body, request_.persistence);
}

void Connection::answer_own_page() {
    const auto page =
        render_answer({200, Coding::kIdentity, request_.persistence}, Framing::kLength,
                      "application/json", shared_.server.statistics());
    send(page.head, page.body, request_.persistence);
}

void Connection::refuse(int status) {
    Counters::add(shared_.counters.malformed);
    const auto page =
        render_answer({status, Coding::kIdentity, Persistence::kClose}, Framing::kLength,
                      "text/plain", std::string(reason_of(status)) + '\n');
    send(page.head, page.body, Persistence::kClose);
}

void Connection::send_faulty() {
    log(to_string(plan_.fault));
    if (plan_.fault == Fault::kReset) {
        Counters::add(shared_.counters.reset);
        reset_connection();
        return;
    }
    if (plan_.fault == Fault::kJunk) {
        Counters::add(shared_.counters.junk);
        send(junk(), {}, Persistence::kClose);
        return;
    }
    Counters::add(shared_.counters.closed);
    OwnedAnswer made;
    const Answer whole = find_answer(made);
    const std::string_view head =
        whole.body.empty() ? whole.head.substr(0, whole.head.size() / 2) : whole.head;
    send(head, whole.body.substr(0, whole.body.size() / 2), Persistence::kClose);
}

void Connection::send(std::string_view head, std::string_view body, Persistence persistence) {
    if (head.size() + body.size() <= kSmall) {
        buffer_.assign(head);
        buffer_ += body;
        stream_.write(buffer_);
    } else {
        stream_.write(head);
        stream_.write(body);
    }
    if (persistence == Persistence::kClose) {
        leave();
    } else if (stream_.unsent() > 0) {
        phase_ = Phase::kDraining;
    } else {
        begin_reading();
    }
}

void Connection::on_drained() {
    if (phase_ == Phase::kDraining) {
        begin_reading();
        go_on();
    } else if (phase_ == Phase::kLeaving) {
        timer_.arm(shared_.loop.now() + kPatience);
    }
}

/// Goes on with what came while the answer before was not yet sent.
void Connection::go_on() {
    if (!ahead_.empty()) {
        const std::string bytes = std::exchange(ahead_, {});
        handle(bytes);
    }
}

/// Ends our direction once all is sent. Closing at once would reset the connection when the peer
/// has sent more, and the answer might be lost.
void Connection::leave() {
    phase_ = Phase::kLeaving;
    ahead_.clear();
    stream_.finish();
    if (stream_.unsent() == 0) {
        timer_.arm(shared_.loop.now() + kPatience);
    }
}

void Connection::reset_connection() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
}

void Connection::log(std::string_view outcome) {
    if (shared_.server.options.log_path.empty()) {
        return;
    }
    const auto arrival = base::WallTime(std::chrono::duration_cast<base::WallTime::duration>(
        arrival_.time_since_epoch() + shared_.server.wall_offset));
    append_line(shared_.log_lines, {.arrival = arrival,
                                    .connection = number_,
                                    .method = request_.method,
                                    .target = request_.target,
                                    .outcome = outcome,
                                    .body_bytes = request_.body_bytes});
}

}  // namespace galileo::target
