#include "api/http_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <future>
#include <memory>
#include <string>

#include "api/answers.h"
#include "base/fd.h"

namespace galileo::api {
namespace {

using std::chrono::milliseconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// One connection, as bytes. Waits 20 s at the most.
class Wire {
  public:
    explicit Wire(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const timeval patience{20, 0};
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how sockets take addresses
        EXPECT_EQ(
            ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
            0);
    }
    void send(std::string_view bytes) const {
        EXPECT_EQ(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
    }
    /// Everything until the server closes.
    [[nodiscard]] std::string rest() const {
        std::string all;
        std::array<char, 4096> piece{};
        for (ssize_t got = 1; got > 0; all.append(piece.data(), static_cast<std::size_t>(got))) {
            got = ::recv(socket_.get(), piece.data(), piece.size(), 0);
            EXPECT_FALSE(got < 0 && errno == EAGAIN) << "the server does not close";
            got = got < 0 ? 0 : got;
        }
        return all;
    }
    /// Up to and with `end`.
    [[nodiscard]] std::string until(std::string_view end) const {
        std::string all;
        char character = 0;
        while (!all.ends_with(end) && ::recv(socket_.get(), &character, 1, 0) == 1) {
            all += character;
        }
        return all;
    }

  private:
    base::UniqueFd socket_;
};

class HttpServerTest : public ::testing::Test {
  protected:
    HttpServerTest() {
        options_.head_patience = milliseconds(300);
        options_.idle_patience = milliseconds(300);
        options_.progress_patience = milliseconds(300);
        options_.body_patience = milliseconds(600);
        options_.threads = 2;
    }
    /// Echoes method, target and body.
    static Admission echo(const Request& /*head*/) {
        Admission admission;
        admission.body_bytes_max = 1000;
        admission.headers = {{"x-added", "1"}};
        admission.answer = [](const Request& request) {
            Response response;
            response.headers = {{"content-type", "text/plain"}};
            response.body = request.method + " " + request.target + " " + request.body;
            return response;
        };
        return admission;
    }
    HttpServer& start(Admit admit = echo) {
        auto started = HttpServer::start(options_, std::move(admit));
        EXPECT_TRUE(started.ok()) << started.error().message();
        server_ = std::move(started).value();
        return *server_;
    }
    /// The whole answer to `bytes`, after which the server closes.
    std::string exchange(std::string_view bytes) {
        const Wire wire(server_->port());
        wire.send(bytes);
        return wire.rest();
    }

    HttpServer::Options options_;
    std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersOneAfterTheOther) {
    start();
    const std::string answer = exchange(
        "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
        "POST /b?c HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nxyz"
        "POST /d HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nxy\r\n0\r\n\r\n"
        "GET /e HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(answer,
                StartsWith("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nx-added: 1\r\n"));
    EXPECT_THAT(answer, HasSubstr("Content-Length: 7\r\n\r\nGET /a HTTP/1.1 200 OK"));
    EXPECT_THAT(answer, HasSubstr("\r\n\r\nPOST /b?c xyzHTTP/1.1"));
    EXPECT_THAT(answer, HasSubstr("\r\n\r\nPOST /d xyHTTP/1.1"));
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(answer, EndsWith("\r\n\r\nGET /e "));
}

TEST_F(HttpServerTest, OldClientsGetOneAnswer) {
    start();
    EXPECT_THAT(exchange("GET / HTTP/1.0\r\n\r\n"), EndsWith("\r\n\r\nGET / "));
}

TEST_F(HttpServerTest, AnswersMalformedRequests) {
    start();
    const std::string big(20'000, 'x');
    for (const auto& [bytes, status] : std::vector<std::pair<std::string, std::string>>{
             {"nonsense\r\n\r\n", "400"},
             {"GET / HTTP/1.1\r\n\r\n", "400"},
             {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
             {"GET / HTTP/3.1\r\nHost: a\r\n\r\n", "505"},
             {"GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n", "400"},
             {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", "400"},
             {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
              "400"},
             {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: "
              "chunked\r\n\r\n",
              "400"},
             {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", "501"},
             {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
              "501"},
             {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400"},
             {"POST / HTTP/1.1\r\nHost: a\r\nExpect: magic\r\nContent-Length: 1\r\n\r\n", "417"},
             {"GET /" + big + " HTTP/1.1\r\nHost: a\r\n\r\n", "431"},
             {"GET / HTTP/1.1\r\nHost: a\r\nX: " + big + "\r\n\r\n", "431"},
             {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n" + big, "413"},
             {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + big,
              "413"}}) {
        const std::string answer = exchange(bytes);
        EXPECT_THAT(answer, StartsWith("HTTP/1.1 " + status + " ")) << bytes.substr(0, 100);
        EXPECT_THAT(answer, HasSubstr("application/problem+json"));
        EXPECT_THAT(answer, HasSubstr("Connection: close"));
    }
    EXPECT_THAT(exchange("GET /a HTTP/1.0\r\n\r\n"), EndsWith("GET /a "));
}

TEST_F(HttpServerTest, ClosesWhatIsTooSlow) {
    start();
    const Wire silent(server_->port());
    const Wire head(server_->port());
    const Wire body(server_->port());
    const Wire idle(server_->port());
    head.send("GET / HTTP/1.1\r\nHo");
    body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nx");
    idle.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(silent.rest(), "");
    EXPECT_EQ(head.rest(), "");
    EXPECT_EQ(body.rest(), "");
    EXPECT_THAT(idle.rest(), EndsWith("GET /a "));
}

TEST_F(HttpServerTest, WelcomesBodiesThatWait) {
    start();
    const Wire wire(server_->port());
    wire.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    EXPECT_EQ(wire.until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    wire.send("abc");
    EXPECT_THAT(wire.until("abc"), EndsWith("POST / abc"));
}

TEST_F(HttpServerTest, RefusesWithoutReadingTheBody) {
    start([](const Request&) {
        Admission admission;
        admission.refusal = error_answer(401, "Unauthorized");
        admission.headers = {{"x-added", "1"}};
        return admission;
    });
    const std::string answer =
        exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 401 Unauthorized\r\n"));
    EXPECT_THAT(answer, HasSubstr("x-added: 1\r\n"));
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
}

TEST_F(HttpServerTest, SendsFiles) {
    start([](const Request&) {
        Admission admission;
        admission.answer = [](const Request&) {
            Response response;
            std::string path = ::testing::TempDir() + "/galileo-http-XXXXXX";
            response.file = base::UniqueFd(::mkstemp(path.data()));
            ::unlink(path.c_str());
            const std::string content(300'000, 'f');
            EXPECT_EQ(::write(response.file.get(), content.data(), content.size()),
                      static_cast<ssize_t>(content.size()));
            return response;
        };
        return admission;
    });
    const std::string answer = exchange("GET / HTTP/1.0\r\n\r\n");
    EXPECT_THAT(answer.substr(0, 200), HasSubstr("Content-Length: 300000\r\n"));
    EXPECT_TRUE(answer.ends_with("\r\n\r\n" + std::string(300'000, 'f'))) << answer.size();
}

TEST_F(HttpServerTest, AnExceptionIsAnAnswer) {
    start([](const Request&) {
        Admission admission;
        admission.answer = [](const Request&) -> Response {
            throw std::runtime_error("a bug");  // tidy: as a library may
        };
        return admission;
    });
    const std::string answer = exchange("GET / HTTP/1.0\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
    EXPECT_THAT(answer, Not(HasSubstr("a bug")));
}

TEST_F(HttpServerTest, ManyWaitForTheirTurn) {
    options_.connections_max = 2;
    options_.idle_patience = milliseconds(20'000);
    start();
    auto first = std::make_unique<Wire>(server_->port());
    const Wire second(server_->port());
    const Wire third(server_->port());
    for (const Wire* wire : {static_cast<const Wire*>(first.get()), &second}) {
        wire->send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_THAT(wire->until("GET /a "), EndsWith("GET /a "));
    }
    third.send("GET /b HTTP/1.1\r\nHost: a\r\n\r\n");
    first.reset();
    EXPECT_THAT(third.until("GET /b "), EndsWith("GET /b "));
}

TEST_F(HttpServerTest, StopsAfterTheAnswersInProgress) {
    std::promise<void> begun;
    std::promise<void> go_on;
    auto gate = go_on.get_future().share();
    options_.idle_patience = milliseconds(20'000);
    start([&](const Request&) {
        Admission admission;
        admission.answer = [&, gate](const Request&) {
            begun.set_value();
            gate.wait();
            return json_answer(200, "done");
        };
        return admission;
    });
    const Wire idle(server_->port());
    const Wire busy(server_->port());
    busy.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    begun.get_future().wait();
    auto stopped = std::async(std::launch::async, [this] { server_->stop(); });
    EXPECT_EQ(idle.rest(), "");
    go_on.set_value();
    EXPECT_THAT(busy.rest(), EndsWith("\"done\""));
    stopped.get();
}

TEST_F(HttpServerTest, SaysWhyItCannotListen) {
    const auto port = start().port();
    options_.port = port;
    EXPECT_EQ(HttpServer::start(options_, echo).error().code(), ErrorCode::kConflict);
    options_.address = "nosuch";
    EXPECT_EQ(HttpServer::start(options_, echo).error().code(), ErrorCode::kInvalidInput);
}

}  // namespace
}  // namespace galileo::api
