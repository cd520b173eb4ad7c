#include "api/http_session.h"

#include <algorithm>
#include <exception>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/file_posix.hpp>

#include "api/answers.h"
#include "base/log.h"

namespace galileo::api {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

using FileBody = http::basic_file_body<beast::file_posix>;

constexpr std::size_t kBufferBytes = 131'072;
constexpr std::size_t kIdleReadBytes = 4'096;
constexpr std::size_t kDrainBytes = 8'388'608;
constexpr std::chrono::seconds kLinger{2};
constexpr std::uint64_t kSlowestBytesPerSecond = 262'144;

std::string_view text_of(beast::string_view text) {
    return {text.data(), text.size()};
}

/// A bug in a handler costs an answer, not the server.
Response answer_or_500(const std::function<Response(const Request&)>& answer,
                       const Request& request) {
    try {
        return answer(request);
    } catch (const std::exception& wrong) {
        base::log_error("{} {}: {}", request.method, request.path(), wrong.what());
        return error_answer(500, "500 Internal Server Error");
    }
}

}  // namespace

HttpSession::HttpSession(asio::ip::tcp::socket socket, HttpShared& shared)
    : shared_(shared), stream_(std::move(socket)), buffer_(kBufferBytes) {
    Code ignored;
    stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
    const auto peer = stream_.socket().remote_endpoint(ignored);
    request_.peer = ignored ? std::string() : peer.address().to_string(ignored);
    shared_.sessions.insert(this);
}

HttpSession::~HttpSession() {
    release();
    shared_.sessions.erase(this);
    shared_.on_closed();
}

void HttpSession::start() {
    await_request();
}

void HttpSession::finish() {
    finishing_ = true;
    if (!answering_) {
        close();
    }
}

void HttpSession::close() {
    Code ignored;
    stream_.socket().close(ignored);
    stream_.close();
}

void HttpSession::await_request() {
    if (finishing_ || shared_.stopping) {
        close();
        return;
    }
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(shared_.options.head_bytes_max));
    // The head says which one; see admit(). Not boost::none, which 1.74 takes for a limit of 0.
    parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
    keep_ = false;
    if (buffer_.size() > 0) {
        read_head();  // a pipelined request
        return;
    }
    // A new connection has no reason to wait.
    stream_.expires_after(first_ ? shared_.options.head_patience : shared_.options.idle_patience);
    stream_.async_read_some(buffer_.prepare(kIdleReadBytes),
                            [self = shared_from_this()](Code code, std::size_t bytes) {
                                self->first_ = false;
                                if (code) {
                                    self->close();
                                    return;
                                }
                                self->buffer_.commit(bytes);
                                self->read_head();
                            });
}

void HttpSession::read_head() {
    stream_.expires_after(shared_.options.head_patience);
    http::async_read_header(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](Code code, std::size_t /*bytes*/) { self->on_head(code); });
}

void HttpSession::on_head(Code code) {
    if (code) {
        fail(code);
        return;
    }
    const auto& head = parser_->get();
    request_.method = text_of(head.method_string());
    request_.target = text_of(head.target());
    request_.headers.clear();
    request_.body.clear();
    for (const auto& field : head) {
        request_.headers.push_back(
            {std::string(text_of(field.name_string())), std::string(text_of(field.value()))});
    }
    if (auto wrong = judge_head()) {
        keep_ = false;  // where the next request would begin is anybody's guess
        send(*std::move(wrong));
        return;
    }
    admit();
}

std::optional<Response> HttpSession::judge_head() {
    const auto& head = parser_->get();
    admission_ = {};
    if (head.version() != 10 && head.version() != 11) {
        return problem_answer(505, "HTTP Version Not Supported", "want HTTP/1.1");
    }
    const auto hosts = head.count(http::field::host);
    if (hosts > 1 || (hosts == 0 && head.version() == 11)) {
        return problem_answer(400, "Bad Request", "want exactly one Host");
    }
    const auto coding = head[http::field::transfer_encoding];
    if (!coding.empty() && !(parser_->chunked() && same_word(text_of(coding), "chunked"))) {
        return problem_answer(501, "Not Implemented", "of transfer encodings, only chunked");
    }
    return std::nullopt;
}

void HttpSession::admit() {
    admission_ = shared_.admit(request_);
    if (admission_.refusal) {
        refuse(*std::exchange(admission_.refusal, std::nullopt));
        return;
    }
    const std::uint64_t limit = admission_.body_bytes_max;
    const auto length = parser_->content_length();
    if (length && *length > limit) {
        refuse(problem_answer(413, "Payload Too Large",
                              "the body may have " + std::to_string(limit) + " bytes"));
        return;
    }
    parser_->body_limit(limit);
    if (parser_->is_done()) {
        run();
        return;
    }
    const std::uint64_t expected = length ? *length : limit;
    if (!reserve(expected)) {
        auto busy = error_answer(503, "Service unavailable", "too many large bodies at once");
        busy.headers.push_back({"retry-after", "5"});
        refuse(std::move(busy));
        return;
    }
    // tidy: the clock of Asio's timers
    body_deadline_ = std::chrono::steady_clock::now() + shared_.options.body_patience +
                     std::chrono::seconds(expected / kSlowestBytesPerSecond);
    parser_->eager(true);
    welcome_body();
}

bool HttpSession::reserve(std::uint64_t bytes) {
    if (bytes > shared_.options.bodies_bytes_max - shared_.bodies_bytes) {
        return false;
    }
    shared_.bodies_bytes += bytes;
    reserved_ = bytes;
    return true;
}

void HttpSession::release() {
    shared_.bodies_bytes -= std::exchange(reserved_, 0);
}

void HttpSession::welcome_body() {
    const auto expectation = parser_->get()[http::field::expect];
    if (expectation.empty() || parser_->get().version() == 10) {
        read_body();
        return;
    }
    if (!same_word(text_of(expectation), "100-continue")) {
        refuse(problem_answer(417, "Expectation Failed", "of expectations, only 100-continue"));
        return;
    }
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    stream_.expires_after(shared_.options.progress_patience);
    asio::async_write(stream_, asio::buffer(kContinue.data(), kContinue.size()),
                      [self = shared_from_this()](Code code, std::size_t /*bytes*/) {
                          if (code) {
                              self->close();
                          } else {
                              self->read_body();
                          }
                      });
}

void HttpSession::read_body() {
    // tidy: the clock of Asio's timers
    const auto now = std::chrono::steady_clock::now();
    stream_.expires_at(std::min(body_deadline_, now + shared_.options.progress_patience));
    http::async_read_some(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](Code code, std::size_t /*bytes*/) { self->on_body(code); });
}

void HttpSession::on_body(Code code) {
    if (code) {
        fail(code);
    } else if (parser_->is_done()) {
        run();
    } else {
        read_body();
    }
}

void HttpSession::run() {
    answering_ = true;
    keep_ = parser_->keep_alive();
    request_.body = std::move(parser_->get().body());
    stream_.expires_never();
    if (admission_.lane == Admission::Lane::kLoop) {
        send(answer_or_500(admission_.answer, request_));
        return;
    }
    if (shared_.waiting >= shared_.options.waiting_max) {
        auto busy = error_answer(503, "Service unavailable", "too many requests at once");
        busy.headers.push_back({"retry-after", "1"});
        send(std::move(busy));
        return;
    }
    ++shared_.waiting;
    asio::post(shared_.pool, [self = shared_from_this()]() mutable {
        // Shared, because Asio may copy what it is given to do.
        auto response =
            std::make_shared<Response>(answer_or_500(self->admission_.answer, self->request_));
        asio::io_context& loop = self->shared_.loop;
        asio::post(loop, [self = std::move(self), response] {
            --self->shared_.waiting;
            self->send(std::move(*response));
        });
    });
}

/// Answers a request whose body has not been read: the connection cannot go on.
void HttpSession::refuse(Response response) {
    keep_ = parser_->is_done() && parser_->keep_alive();
    send(std::move(response));
}

void HttpSession::fail(Code code) {
    keep_ = false;
    if (code == beast::error::timeout) {
        // The socket of a timed-out operation is closed; see beast::basic_stream.
        close();
    } else if (code == http::error::header_limit || code == http::error::buffer_overflow) {
        admission_ = {};
        send(problem_answer(
            431, "Request Header Fields Too Large",
            "the head may have " + std::to_string(shared_.options.head_bytes_max) + " bytes"));
    } else if (code == http::error::body_limit) {
        send(problem_answer(
            413, "Payload Too Large",
            "the body may have " + std::to_string(admission_.body_bytes_max) + " bytes"));
    } else if (code == http::error::bad_version) {
        admission_ = {};
        send(problem_answer(505, "HTTP Version Not Supported", "want HTTP/1.1"));
    } else if (code.category() == make_error_code(http::error::bad_method).category() &&
               code != http::error::end_of_stream && code != http::error::partial_message) {
        send(problem_answer(400, "Bad Request", code.message()));
    } else {
        close();
    }
}

void HttpSession::send(Response response) {
    answering_ = true;
    request_.body = {};
    release();
    for (auto& header : admission_.headers) {
        response.headers.push_back(std::move(header));
    }
    admission_ = {};
    keep_ = keep_ && !finishing_ && !shared_.stopping;
    if (!response.file) {
        send_body<http::string_body>(
            response, request_.method == "HEAD" ? std::string() : std::move(response.body));
        return;
    }
    beast::file_posix file;
    file.native_handle(response.file.release());
    FileBody::value_type body;
    Code code;
    file.seek(0, code);
    if (!code) {
        body.reset(std::move(file), code);
    }
    if (code) {
        base::log_error("a file cannot be sent: {}", code.message());
        response.headers.clear();
        response.status = 500;
        send_body<http::string_body>(response, {});
        return;
    }
    send_body<FileBody>(response, std::move(body));
}

template <typename Body>
void HttpSession::send_body(Response& response, typename Body::value_type body) {
    auto outgoing = std::make_shared<Outgoing<Body>>();
    auto& message = outgoing->message;
    message.result(static_cast<unsigned>(response.status));
    message.version(11);
    for (const auto& header : response.headers) {
        message.insert(header.name, header.value);
    }
    message.body() = std::move(body);
    message.keep_alive(keep_);
    message.content_length(Body::size(message.body()));
    outgoing->serializer.emplace(message);
    write_some(std::move(outgoing));
}

/// Piece by piece, so that a slow reader has time as long as it reads at all.
template <typename Body>
void HttpSession::write_some(std::shared_ptr<Outgoing<Body>> outgoing) {
    stream_.expires_after(shared_.options.progress_patience);
    auto& serializer = *outgoing->serializer;
    http::async_write_some(stream_, serializer,
                           [self = shared_from_this(), outgoing = std::move(outgoing)](
                               Code code, std::size_t /*bytes*/) mutable {
                               if (code && code != http::error::end_of_stream) {
                                   self->close();
                               } else if (outgoing->serializer->is_done()) {
                                   self->on_sent();
                               } else {
                                   self->write_some(std::move(outgoing));
                               }
                           });
}

void HttpSession::on_sent() {
    answering_ = false;
    if (keep_) {
        await_request();
    } else {
        linger();
    }
}

/// Closing while the peer still sends would reset the connection and take our answer away from it
/// (RFC 9112, section 9.6).
void HttpSession::linger() {
    Code ignored;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    stream_.expires_after(kLinger);
    buffer_.clear();
    drained_ = 0;
    drain();
}

void HttpSession::drain() {
    buffer_.clear();
    stream_.async_read_some(
        buffer_.prepare(kBufferBytes), [self = shared_from_this()](Code code, std::size_t bytes) {
            self->drained_ += bytes;
            if (code || self->drained_ > kDrainBytes || self->shared_.stopping) {
                self->close();
            } else {
                self->drain();
            }
        });
}

}  // namespace galileo::api
