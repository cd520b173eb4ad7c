#include "api/http_server.h"

#include <exception>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include "api/http_session.h"
#include "base/log.h"

namespace galileo::api {

namespace asio = boost::asio;
using asio::ip::tcp;
using Code = boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds kAcceptPause{100};  ///< when descriptors have run out

}  // namespace

struct HttpServer::Impl {
    Impl(const Options& options, Admit admit)
        : pool(options.threads),
          shared{options, std::move(admit), loop, pool, [this] { on_closed(); }, {}, 0, 0, false} {}

    Result<void> listen();
    void accept();
    void on_accepted(Code code, tcp::socket socket);
    void on_closed();
    void run();
    void begin_stop();
    void end_if_empty();

    // In this order: what is left of sessions ends with the loop, and looks at `shared` then.
    asio::thread_pool pool;
    HttpShared shared;
    asio::io_context loop{1};
    tcp::acceptor acceptor{loop};
    asio::steady_timer accept_timer{loop};
    asio::steady_timer stop_timer{loop};
    std::uint16_t port = 0;
    bool paused = false;  ///< there are as many connections as are allowed
    bool stopped = false;
    bool over = false;  ///< the loop does not run any more
    std::thread thread;
};

Result<void> HttpServer::Impl::listen() {
    Code code;
    const auto address = asio::ip::make_address(shared.options.address, code);
    if (code) {
        return Error(ErrorCode::kInvalidInput,
                     "'" + shared.options.address + "' is not an IPv4 or IPv6 address");
    }
    const tcp::endpoint endpoint(address, shared.options.port);
    acceptor.open(endpoint.protocol(), code);
    if (!code) {
        acceptor.set_option(tcp::acceptor::reuse_address(true), code);
    }
    if (!code) {
        acceptor.bind(endpoint, code);
    }
    if (!code) {
        acceptor.listen(tcp::acceptor::max_listen_connections, code);
    }
    if (code) {
        return base::errno_error(code.value(),
                                 shared.options.address + ":" + std::to_string(endpoint.port()));
    }
    port = acceptor.local_endpoint(code).port();
    return {};
}

void HttpServer::Impl::accept() {
    if (shared.stopping) {
        return;
    }
    paused = shared.sessions.size() >= shared.options.connections_max;
    if (!paused) {
        acceptor.async_accept(
            [this](Code code, tcp::socket socket) { on_accepted(code, std::move(socket)); });
    }
}

void HttpServer::Impl::on_accepted(Code code, tcp::socket socket) {
    if (code == asio::error::operation_aborted) {
        return;
    }
    if (code) {
        base::log_warn("a connection could not be taken: {}", code.message());
        accept_timer.expires_after(kAcceptPause);
        accept_timer.async_wait([this](Code cancelled) {
            if (!cancelled) {
                accept();
            }
        });
        return;
    }
    std::make_shared<HttpSession>(std::move(socket), shared)->start();
    accept();
}

void HttpServer::Impl::on_closed() {
    if (over) {
        return;
    }
    if (shared.stopping) {
        end_if_empty();
    } else if (std::exchange(paused, false)) {
        asio::post(loop, [this] { accept(); });
    }
}

void HttpServer::Impl::run() {
    const auto work = asio::make_work_guard(loop);
    while (true) {
        try {
            loop.run();
            return;
        } catch (const std::exception& wrong) {
            base::log_error("HTTP server: {}", wrong.what());
        }
    }
}

void HttpServer::Impl::begin_stop() {
    shared.stopping = true;
    Code ignored;
    acceptor.close(ignored);
    accept_timer.cancel();
    // A copy, because closing takes sessions out.
    const std::vector<HttpSession*> sessions(shared.sessions.begin(), shared.sessions.end());
    for (auto* session : sessions) {
        session->finish();
    }
    stop_timer.expires_after(shared.options.stop_patience);
    stop_timer.async_wait([this](Code cancelled) {
        if (!cancelled) {
            loop.stop();
        }
    });
    end_if_empty();
}

void HttpServer::Impl::end_if_empty() {
    if (shared.sessions.empty()) {
        loop.stop();
    }
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() {
    stop();
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(const Options& options, Admit admit) {
    auto impl = std::make_unique<Impl>(options, std::move(admit));
    if (auto listening = impl->listen(); !listening) {
        impl->over = true;
        return std::move(listening).error();
    }
    impl->accept();
    impl->thread = std::thread([server = impl.get()] { server->run(); });
    return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

void HttpServer::stop() {
    if (!impl_ || std::exchange(impl_->stopped, true)) {
        return;
    }
    asio::post(impl_->loop, [server = impl_.get()] { server->begin_stop(); });
    if (impl_->thread.joinable()) {
        impl_->thread.join();
    }
    impl_->over = true;
    impl_->pool.join();
}

std::uint16_t HttpServer::port() const noexcept {
    return impl_->port;
}

}  // namespace galileo::api
