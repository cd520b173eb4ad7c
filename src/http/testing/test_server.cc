#include "http/testing/test_server.h"

#include <algorithm>
#include <utility>

namespace galileo::http::testing {

TestServer::Session::Session(TestServer& server, io::Loop& loop)
    : stream(loop, *this), request({}), server_(server), loop_(loop) {}

void TestServer::Session::on_data(std::string_view bytes, base::MonotonicTime /*received*/) {
    while (!bytes.empty() && stream.is_open()) {
        const auto progress = request.feed(bytes);
        if (progress == RequestParser::Progress::kNeedMore) {
            return;
        }
        if (progress == RequestParser::Progress::kFailed) {
            stream.close();
            gone = true;
            return;
        }
        ++requests;
        ++server_.requests;
        if (server_.record) {
            server_.seen.push_back(std::string(request.head()) + std::string(request.body()));
        }
        server_.answer_(*this);
        request.reset();
    }
    gone = gone || !stream.is_open();
}

void TestServer::Session::write_later(std::string bytes) {
    // Twice: what is posted within a turn may run in the same one.
    loop_.post([this_one = weak_from_this(), bytes = std::move(bytes), &loop = loop_] {
        loop.post([this_one, bytes] {
            if (const auto session = this_one.lock()) {
                session->stream.write(bytes);
            }
        });
    });
}

void TestServer::Session::on_closed(const io::Closure& /*closure*/) {
    gone = true;
}

TestServer::TestServer(io::Loop& loop, Answer answer, const std::string& host, io::TlsContext* tls)
    : loop_(loop), answer_(std::move(answer)), tls_(tls), host_(host) {
    const auto address = io::Address::literal(host, 0).release_value();
    listener_ =
        io::Listener::open(loop, address, {}, [this](base::UniqueFd socket, const io::Address&) {
            ++accepted;
            std::erase_if(sessions_, [](const auto& session) { return session->gone; });
            sessions_.push_back(std::make_shared<Session>(*this, loop_));
            if (!sessions_.back()->stream.adopt(std::move(socket), {.tls = tls_}).ok()) {
                sessions_.pop_back();
            }
        }).release_value();
}

Origin TestServer::origin() const {
    const std::uint16_t port = listener_->address().port();
    const std::string shown = host_.find(':') == std::string::npos ? host_ : "[" + host_ + "]";
    return {.scheme = tls_ != nullptr ? Scheme::kHttps : Scheme::kHttp,
            .host = host_,
            .port = port,
            .authority = shown + ":" + std::to_string(port)};
}

std::string TestServer::get(const std::string& target) const {
    return "GET " + target + " HTTP/1.1\r\nHost: " + origin().authority + "\r\n\r\n";
}

void TestServer::stop() {
    listener_.reset();
    close_sessions();
}

void TestServer::close_sessions() {
    sessions_.clear();
}

std::size_t TestServer::open_sessions() const {
    return static_cast<std::size_t>(std::count_if(
        sessions_.begin(), sessions_.end(), [](const auto& session) { return !session->gone; }));
}

std::string TestServer::with_length(int status,
                                    std::string_view body,
                                    std::string_view more_fields) {
    std::string answer = "HTTP/1.1 " + std::to_string(status) + " X\r\n";
    answer += more_fields;
    answer += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    answer += body;
    return answer;
}

}  // namespace galileo::http::testing
