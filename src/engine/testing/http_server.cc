#include "engine/testing/http_server.h"

#include <algorithm>
#include <future>
#include <string_view>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/clock.h"

namespace galileo::engine::testing {

namespace {

std::string answer_to(std::string_view path) {
    constexpr std::string_view kStatusPath = "/status/";
    std::string status = "200";
    if (path.substr(0, kStatusPath.size()) == kStatusPath) {
        status = path.substr(kStatusPath.size());
    }
    return "HTTP/1.1 " + status + " Fine\r\nContent-Length: 2\r\nX-Path: " + std::string(path) +
           "\r\n\r\nok";
}

std::string_view path_of(std::string_view request) {
    const auto begin = request.find(' ') + 1;
    return request.substr(begin, request.find(' ', begin) - begin);
}

}  // namespace

class HttpServer::Connection final : public io::StreamHandler {
  public:
    Connection(HttpServer& server, base::UniqueFd socket)
        : server_(server), stream_(*server.loop_, *this) {
        GALILEO_ASSERT(stream_.adopt(std::move(socket), {}).ok());
    }

    void on_data(std::string_view bytes, base::MonotonicTime /*received*/) override {
        unread_ += bytes;
        answer();
    }
    void on_closed(const io::Closure& /*closure*/) override { server_.forget(*this); }

    /// Answers what was asked, unless the server is stalled. May destroy the connection.
    void answer() {
        while (!server_.stalled_) {
            const auto end = unread_.find("\r\n\r\n");
            if (end == std::string::npos) {
                return;
            }
            const std::string path(path_of(unread_));
            unread_.erase(0, end + 4);
            ++server_.requests_;
            if (path == "/close") {
                server_.forget(*this);
                return;
            }
            stream_.write(answer_to(path));
        }
    }

  private:
    HttpServer& server_;
    io::Stream stream_;
    std::string unread_;
};

HttpServer::HttpServer() : loop_(std::move(io::Loop::create(base::system_clock())).value()) {
    auto listener = io::Listener::open(
        *loop_, io::Address::literal("127.0.0.1", 0).value(), {},
        [this](base::UniqueFd socket, const io::Address& /*peer*/) { accept(std::move(socket)); });
    listener_ = std::move(listener).value();
    authority_ = listener_->address().to_string();
    thread_ = std::thread([this] { loop_->run(); });
}

HttpServer::~HttpServer() {
    loop_->post([this] {
        listener_.reset();
        open_.clear();
    });
    loop_->stop();
    thread_.join();
}

void HttpServer::accept(base::UniqueFd socket) {
    auto connection = std::make_unique<Connection>(*this, std::move(socket));
    open_.emplace(connection.get(), std::move(connection));
    connections_ = open_.size();
    most_connections_ = std::max(most_connections_.load(), open_.size());
}

void HttpServer::forget(Connection& connection) {
    open_.erase(&connection);
    connections_ = open_.size();
}

void HttpServer::run_and_wait(std::function<void()> function) {
    std::promise<void> done;
    loop_->post([&] {
        function();
        done.set_value();
    });
    done.get_future().get();
}

void HttpServer::stall() {
    run_and_wait([this] { stalled_ = true; });
}

void HttpServer::resume() {
    run_and_wait([this] {
        stalled_ = false;
        std::vector<Connection*> connections;
        for (const auto& [connection, owner] : open_) {
            connections.push_back(connection);
        }
        for (Connection* connection : connections) {
            connection->answer();
        }
    });
}

}  // namespace galileo::engine::testing
