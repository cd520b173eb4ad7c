#include "http/redirect.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/client.h"
#include "http/testing/test_server.h"
#include "io/testing/loop_helpers.h"

namespace galileo::http {
namespace {

const Origin kHome{.host = "home", .port = 80, .authority = "home"};

RenderedRequest request(const std::string& method,
                        const std::string& fields = "",
                        const std::string& body = "") {
    return {.origin = kHome,
            .bytes = method + " /dir/start?q HTTP/1.1\r\nHost: home\r\n" + fields + "\r\n" + body,
            .is_head = method == "HEAD"};
}

std::string moved(const std::string& location) {
    return "HTTP/1.1 302 X\r\nLocation: " + location;
}

struct RedirectCase {
    std::string method;
    int status;
    std::string line;
    bool keeps_body;
};

class Methods : public ::testing::TestWithParam<RedirectCase> {};

TEST_P(Methods, ChangeAsInPythonRequests) {
    const auto& [method, status, line, keeps_body] = GetParam();
    const auto next =
        redirect(request(method, "X: 1\r\nContent-Type: x/y\r\nContent-Length: 4\r\n", "body"),
                 status, moved("/next"));
    ASSERT_TRUE(next.ok());
    std::string expected = line + " /next HTTP/1.1\r\nHost: home\r\n";
    expected += line == "PUT" && !keeps_body ? "Content-Length: 0\r\n" : "";
    expected += "X: 1\r\n";
    if (keeps_body) {
        expected += "Content-Type: x/y\r\nContent-Length: 4\r\n\r\nbody";
    } else {
        expected += "\r\n";
    }
    EXPECT_EQ(next->bytes, expected);
    EXPECT_EQ(next->is_head, line == "HEAD");
}

INSTANTIATE_TEST_SUITE_P(Table,
                         Methods,
                         ::testing::Values(RedirectCase{"GET", 301, "GET", false},
                                           RedirectCase{"POST", 301, "GET", false},
                                           RedirectCase{"PUT", 301, "PUT", false},
                                           RedirectCase{"HEAD", 301, "HEAD", false},
                                           RedirectCase{"POST", 302, "GET", false},
                                           RedirectCase{"PUT", 302, "GET", false},
                                           RedirectCase{"HEAD", 302, "HEAD", false},
                                           RedirectCase{"POST", 303, "GET", false},
                                           RedirectCase{"PUT", 303, "GET", false},
                                           RedirectCase{"HEAD", 303, "HEAD", false},
                                           RedirectCase{"GET", 307, "GET", true},
                                           RedirectCase{"POST", 307, "POST", true},
                                           RedirectCase{"PUT", 308, "PUT", true},
                                           RedirectCase{"POST", 308, "POST", true}));

TEST(Redirect, LeavesSecretsBehindWhenThePlaceChanges) {
    const RenderedRequest from = request("GET", "Authorization: s\r\nCookie: c=1\r\nX: 1\r\n");
    const auto fields = [&](const std::string& location) {
        const std::string bytes = redirect(from, 302, moved(location)).value().bytes;
        std::string kept;
        kept += bytes.find("Authorization: s") != std::string::npos ? "authorization " : "";
        kept += bytes.find("Cookie: c=1") != std::string::npos ? "cookie " : "";
        kept += bytes.find("X: 1") != std::string::npos ? "x" : "";
        return kept;
    };
    EXPECT_EQ(fields("/other"), "authorization x");
    EXPECT_EQ(fields("http://home/other"), "authorization x");
    EXPECT_EQ(fields("https://home/other"), "authorization x");
    EXPECT_EQ(fields("http://home:8080/other"), "x");
    EXPECT_EQ(fields("https://home:8443/other"), "x");
    EXPECT_EQ(fields("http://away/other"), "x");
    EXPECT_EQ(fields("//away/other"), "x");
}

TEST(Redirect, NamesTheNewHostUnlessTheUserNamedOne) {
    EXPECT_NE(redirect(request("GET"), 302, moved("http://away:81/"))
                  .value()
                  .bytes.find("Host: away:81\r\n"),
              std::string::npos);
    RenderedRequest custom = request("GET");
    custom.bytes = "GET / HTTP/1.1\r\nHost: custom\r\n\r\n";
    EXPECT_NE(
        redirect(custom, 302, moved("http://away:81/")).value().bytes.find("Host: custom\r\n"),
        std::string::npos);
}

TEST(Redirect, RefusesWhatCannotBeFollowed) {
    EXPECT_FALSE(redirect(request("GET"), 302, moved("mailto:x")).ok());
    EXPECT_FALSE(redirect(request("GET"), 302, moved("ftp://x/")).ok());
}

struct RecordedRedirect final : Exchange {
    void on_sent() override { ++sent_calls; }
    void on_done() override {
        over = true;
        body_text = body;
        server_text = server;
    }
    int sent_calls = 0;
    bool over = false;
    std::string body_text;
    std::string server_text;
};

class FollowTest : public ::testing::Test {
  protected:
    using Server = testing::TestServer;

    void run(RecordedRedirect& exchange) {
        exchange.request = &request_;
        client_.start(exchange);
        ASSERT_TRUE(io::testing::turn_until(*loop_, [&] { return exchange.over; }));
    }
    void serve(Server::Answer answer) {
        server_ = std::make_unique<Server>(*loop_, std::move(answer));
        request_ = {.origin = server_->origin(), .bytes = server_->get("/0")};
    }
    static std::string to(const std::string& location) {
        return Server::with_length(302, "moved", "Location: " + location + "\r\n");
    }

    std::unique_ptr<io::Loop> loop_ = io::Loop::create(base::system_clock()).release_value();
    io::Resolver resolver_;
    std::unique_ptr<Server> server_;
    RenderedRequest request_;
    Client client_{*loop_, resolver_, {}};
};

TEST_F(FollowTest, GoesThroughSeveralHostsToTheFinalAnswer) {
    Server other(*loop_, [](Server::Session& session) {
        session.stream.write(Server::with_length(200, "final"));
    });
    serve([&](Server::Session& session) {
        session.stream.write(session.request.target() == "/0"
                                 ? to("/1")
                                 : to("http://" + other.origin().authority + "/2"));
    });
    RecordedRedirect exchange;
    run(exchange);
    EXPECT_EQ(exchange.status, 200);
    EXPECT_EQ(exchange.body_text, "final");
    EXPECT_EQ(exchange.server_text, other.origin().authority);
    EXPECT_EQ(exchange.sent_calls, 1);
    EXPECT_EQ(server_->accepted, 1U);
    EXPECT_EQ(client_.in_flight(), 0U);
    RecordedRedirect again;
    run(again);
    EXPECT_EQ(again.status, 200);
}

TEST_F(FollowTest, GivesUpAfterThirty) {
    serve([](Server::Session& session) { session.stream.write(to("/again")); });
    RecordedRedirect exchange;
    run(exchange);
    EXPECT_EQ(exchange.failure, Failure::kRedirects);
    EXPECT_EQ(exchange.status, -1);
    EXPECT_EQ(server_->requests, 31U);
}

TEST_F(FollowTest, LeavesThemToTheCallerWhenTold) {
    serve([](Server::Session& session) { session.stream.write(to("/1")); });
    request_.follow_redirects = false;
    RecordedRedirect exchange;
    run(exchange);
    EXPECT_EQ(exchange.status, 302);
    EXPECT_EQ(exchange.body_text, "moved");
}

TEST_F(FollowTest, WithoutLocationTheRedirectIsTheAnswer) {
    serve([](Server::Session& session) {
        session.stream.write(Server::with_length(302, "nowhere"));
    });
    RecordedRedirect exchange;
    run(exchange);
    EXPECT_EQ(exchange.status, 302);
}

TEST_F(FollowTest, ALocationThatCannotBeFollowedFails) {
    serve([](Server::Session& session) { session.stream.write(to("mailto:x")); });
    RecordedRedirect exchange;
    run(exchange);
    EXPECT_EQ(exchange.failure, Failure::kRedirects);
}

}  // namespace
}  // namespace galileo::http
