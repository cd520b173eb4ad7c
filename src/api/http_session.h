#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_set>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include "api/http_server.h"
#include "api/message.h"

namespace galileo::api {

class HttpSession;

/// What the sessions of a server share. Loop-bound.
struct HttpShared {
    const HttpServer::Options options;
    const Admit admit;
    boost::asio::io_context& loop;
    boost::asio::thread_pool& pool;
    std::function<void()> on_closed;  ///< a session has gone

    std::unordered_set<HttpSession*> sessions;
    std::size_t waiting = 0;         ///< requests that are with the pool
    std::uint64_t bodies_bytes = 0;  ///< that sessions have reserved
    bool stopping = false;
};

/// One connection: reads a request, has it answered, writes the answer, and so on. Lives as long as
/// an operation of it is under way. Loop-bound.
class HttpSession : public std::enable_shared_from_this<HttpSession> {
  public:
    HttpSession(boost::asio::ip::tcp::socket socket, HttpShared& shared);
    HttpSession(const HttpSession&) = delete;
    HttpSession& operator=(const HttpSession&) = delete;
    ~HttpSession();

    void start();
    /// Closes now, or after the answer in progress.
    void finish();
    /// Closes now.
    void close();

  private:
    using Code = boost::beast::error_code;
    using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

    template <typename Body>
    struct Outgoing {
        boost::beast::http::response<Body> message;
        /// Begun once the message is complete: it looks at the body at once.
        std::optional<boost::beast::http::response_serializer<Body>> serializer;
    };

    void await_request();
    void read_head();
    void on_head(Code code);
    /// What is wrong with the head, as an answer; nothing when it is fine.
    std::optional<Response> judge_head();
    void admit();
    bool reserve(std::uint64_t bytes);
    void release();
    void welcome_body();
    void read_body();
    void on_body(Code code);
    void run();
    void refuse(Response response);
    void fail(Code code);
    void send(Response response);
    template <typename Body>
    void send_body(Response& response, typename Body::value_type body);
    template <typename Body>
    void write_some(std::shared_ptr<Outgoing<Body>> outgoing);
    void on_sent();
    void linger();
    void drain();

    HttpShared& shared_;
    boost::beast::tcp_stream stream_;
    boost::beast::flat_buffer buffer_;
    std::optional<Parser> parser_;
    Request request_;
    Admission admission_;
    std::chrono::steady_clock::time_point body_deadline_{};
    std::uint64_t reserved_ = 0;  ///< part of shared_.bodies_bytes
    std::size_t drained_ = 0;
    bool first_ = true;       ///< no request has come yet
    bool answering_ = false;  ///< from the complete request to the end of its answer
    bool keep_ = false;       ///< the connection serves another request after this one
    bool finishing_ = false;
};

}  // namespace galileo::api
