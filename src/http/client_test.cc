#include "http/client.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/response.h"
#include "http/testing/test_server.h"
#include "io/testing/loop_helpers.h"
#include "io/testing/test_certificate.h"

namespace galileo::http {
namespace {

using io::testing::turn_until;
using std::chrono::milliseconds;
using testing::TestServer;
using Session = TestServer::Session;

/// Remembers what the views showed.
struct Recorded final : Exchange {
    void on_sent() override { ++sent_calls; }
    void on_done() override {
        ++done_calls;
        head_text = head;
        body_text = body;
        server_text = server;
        if (then) {
            then();
        }
    }
    int sent_calls = 0;
    int done_calls = 0;
    std::string head_text;
    std::string body_text;
    std::string server_text;
    std::function<void()> then;
};

class ClientTest : public ::testing::Test {
  protected:
    void serve(TestServer::Answer answer,
               const std::string& host = "127.0.0.1",
               io::TlsContext* tls = nullptr) {
        server_ = std::make_unique<TestServer>(*loop_, std::move(answer), host, tls);
        request_.origin = server_->origin();
        request_.bytes = server_->get();
    }
    void serve_ok() {
        serve([](Session& session) { session.stream.write(TestServer::with_length(200, "ok")); });
    }
    void start(Recorded& exchange) {
        if (!client_) {
            client_ = std::make_unique<Client>(*loop_, resolver_, options_);
        }
        if (exchange.request == nullptr) {
            exchange.request = &request_;
        }
        client_->start(exchange);
    }
    bool finish(Recorded& exchange) {
        return turn_until(*loop_, [&] { return exchange.done_calls > 0; });
    }
    bool run(Recorded& exchange) {
        start(exchange);
        EXPECT_EQ(exchange.done_calls, 0);
        return finish(exchange);
    }
    void turns(int count) {
        for (int i = 0; i < count; ++i) {
            loop_->turn(milliseconds(1));
        }
    }

    std::unique_ptr<io::Loop> loop_ = io::Loop::create(base::system_clock()).release_value();
    io::Resolver resolver_;
    ClientOptions options_;
    RenderedRequest request_;
    std::unique_ptr<TestServer> server_;
    std::unique_ptr<Client> client_;
};

TEST_F(ClientTest, BringsStatusHeadBodyAndTimes) {
    serve_ok();
    const auto before = loop_->fresh_now();
    Recorded exchange;
    ASSERT_TRUE(run(exchange));
    EXPECT_EQ(exchange.failure, Failure::kNone);
    EXPECT_EQ(exchange.status, 200);
    EXPECT_EQ(exchange.head_text, "HTTP/1.1 200 X\r\nContent-Length: 2\r\n");
    EXPECT_EQ(exchange.body_text, "ok");
    EXPECT_EQ(exchange.body_bytes, 2U);
    EXPECT_EQ(exchange.server_text, server_->origin().authority);
    EXPECT_EQ(exchange.sent_calls, 1);
    EXPECT_LE(before, exchange.sent);
    EXPECT_LE(exchange.sent, exchange.first_byte);
    EXPECT_LE(exchange.first_byte, exchange.done);
    EXPECT_LE(exchange.done, loop_->fresh_now());
    ASSERT_EQ(server_->seen.size(), 1U);
    EXPECT_EQ(server_->seen[0] + "\r\n", request_.bytes);
}

TEST_F(ClientTest, KeepsConnectionsAlive) {
    serve_ok();
    for (int i = 0; i < 5; ++i) {
        Recorded exchange;
        ASSERT_TRUE(run(exchange));
        EXPECT_EQ(exchange.status, 200);
    }
    EXPECT_EQ(server_->accepted, 1U);
    EXPECT_EQ(client_->connections(), 1U);
    EXPECT_EQ(client_->in_flight(), 0U);
}

TEST_F(ClientTest, OpensAConnectionForEachRequestWhenToldTo) {
    serve_ok();
    options_.reuse = Reuse::kPerRequest;
    for (int i = 0; i < 3; ++i) {
        Recorded exchange;
        ASSERT_TRUE(run(exchange));
        EXPECT_EQ(exchange.status, 200);
        EXPECT_EQ(client_->connections(), 0U);
    }
    EXPECT_EQ(server_->accepted, 3U);
}

TEST_F(ClientTest, AnExchangeMayStartTheNextOneWhenItIsDone) {
    serve_ok();
    Recorded exchange;
    exchange.then = [&] {
        if (exchange.done_calls < 100) {
            start(exchange);
            EXPECT_EQ(exchange.body_text, "ok");
        }
    };
    start(exchange);
    ASSERT_TRUE(turn_until(*loop_, [&] { return exchange.done_calls == 100; }));
    EXPECT_EQ(server_->accepted, 1U);
    EXPECT_EQ(exchange.sent_calls, 100);
}

TEST_F(ClientTest, ViewsStayValidWhileOnDoneStartsTheNextOne) {
    // In two pieces, so that the views point into the connection's own buffers.
    serve([&](Session& session) {
        session.stream.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst");
        session.write_later("after");
    });
    Recorded first;
    Recorded second;
    first.then = [&] {
        start(second);
        EXPECT_EQ(first.body, "firstafter");
        client_->cancel(second);
        EXPECT_EQ(first.body, "firstafter");
        EXPECT_TRUE(first.head.starts_with("HTTP/1.1 200 OK"));
        start(second);
        EXPECT_EQ(first.body, "firstafter");
    };
    ASSERT_TRUE(run(first));
    ASSERT_TRUE(finish(second));
    EXPECT_EQ(second.body_text, "firstafter");
}

TEST_F(ClientTest, NeverHasMoreConnectionsThanAllowedAndServesInOrder) {
    serve_ok();
    options_.max_connections = 2;
    std::vector<int> order;
    std::vector<std::unique_ptr<Recorded>> exchanges;
    for (int i = 0; i < 10; ++i) {
        exchanges.push_back(std::make_unique<Recorded>());
        exchanges.back()->then = [&order, i] { order.push_back(i); };
        start(*exchanges.back());
    }
    EXPECT_EQ(client_->in_flight(), 2U);
    EXPECT_EQ(client_->waiting(), 8U);
    EXPECT_EQ(exchanges[9]->sent_calls, 0);
    ASSERT_TRUE(turn_until(*loop_, [&] { return order.size() == 10; }));
    EXPECT_EQ(server_->accepted, 2U);
    EXPECT_EQ(client_->waiting(), 0U);
    for (int i = 0; i < 10; ++i) {
        EXPECT_LE(std::abs(order[static_cast<std::size_t>(i)] - i), 1);
    }
}

TEST_F(ClientTest, AtTheLimitAnIdleConnectionElsewhereIsGivenUp) {
    serve_ok();
    options_.max_connections = 1;
    Recorded first;
    ASSERT_TRUE(run(first));
    TestServer other(
        *loop_, [](Session& session) { session.stream.write(TestServer::with_length(201, "")); });
    RenderedRequest request{.origin = other.origin(), .bytes = other.get()};
    Recorded second;
    second.request = &request;
    ASSERT_TRUE(run(second));
    EXPECT_EQ(second.status, 201);
    EXPECT_EQ(client_->connections(), 1U);
}

TEST_F(ClientTest, ABusyOriginDoesNotStarveAnother) {
    serve_ok();
    options_.max_connections = 1;
    TestServer other(
        *loop_, [](Session& session) { session.stream.write(TestServer::with_length(201, "")); });
    RenderedRequest request{.origin = other.origin(), .bytes = other.get()};
    Recorded rare;
    rare.request = &request;
    std::vector<std::unique_ptr<Recorded>> busy;
    for (int i = 0; i < 3; ++i) {
        busy.push_back(std::make_unique<Recorded>());
        Recorded& exchange = *busy.back();
        exchange.then = [&] { start(exchange); };
        start(exchange);
    }
    start(rare);
    ASSERT_TRUE(finish(rare));
    EXPECT_EQ(rare.status, 201);
    EXPECT_LT(busy[0]->done_calls, 100);
    client_.reset();
}

TEST_F(ClientTest, SendsAgainWhenAnIdleConnectionTurnsOutClosed) {
    int answered = 0;
    serve([&](Session& session) {
        if (session.requests == 2) {  // the second request on a connection finds it closed
            session.stream.close();
            return;
        }
        ++answered;
        session.stream.write(TestServer::with_length(200, "ok"));
    });
    Recorded first;
    ASSERT_TRUE(run(first));
    Recorded second;
    ASSERT_TRUE(run(second));
    EXPECT_EQ(second.status, 200);
    EXPECT_EQ(second.sent_calls, 1);
    EXPECT_EQ(server_->accepted, 2U);
    EXPECT_EQ(answered, 2);
}

TEST_F(ClientTest, ForgetsIdleConnectionsThatTheServerCloses) {
    serve_ok();
    Recorded first;
    ASSERT_TRUE(run(first));
    server_->close_sessions();
    ASSERT_TRUE(turn_until(*loop_, [&] { return client_->connections() == 0; }));
    Recorded second;
    ASSERT_TRUE(run(second));
    EXPECT_EQ(second.status, 200);
}

TEST_F(ClientTest, AFreshConnectionThatClosesWithoutAnswerIsAFailure) {
    serve([](Session& session) { session.stream.close(); });
    Recorded exchange;
    ASSERT_TRUE(run(exchange));
    EXPECT_EQ(exchange.failure, Failure::kClosed);
    EXPECT_EQ(exchange.status, -1);
    EXPECT_EQ(server_->accepted, 1U);
    EXPECT_EQ(exchange.head_text, "");
    EXPECT_EQ(exchange.server_text, "");
    EXPECT_NE(exchange.sent, base::MonotonicTime{});
}

TEST_F(ClientTest, AnAnswerCutShortIsAFailure) {
    serve([](Session& session) {
        session.stream.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart");
        session.stream.close();
    });
    Recorded exchange;
    ASSERT_TRUE(run(exchange));
    EXPECT_EQ(exchange.failure, Failure::kClosed);
    EXPECT_NE(exchange.first_byte, base::MonotonicTime{});
}

TEST_F(ClientTest, JunkIsMalformed) {
    serve([](Session& session) { session.stream.write("SSH-2.0-OpenSSH\r\n"); });
    Recorded exchange;
    ASSERT_TRUE(run(exchange));
    EXPECT_EQ(exchange.failure, Failure::kMalformed);
    EXPECT_EQ(client_->connections(), 0U);
}

TEST_F(ClientTest, AStallingServerTimesOut) {
    serve([](Session& session) { session.stream.write("HTTP/1.1 200 OK\r\n"); });
    Recorded exchange;
    exchange.timeout = milliseconds(40);
    ASSERT_TRUE(run(exchange));
    EXPECT_EQ(exchange.failure, Failure::kTimeout);
    EXPECT_GE(exchange.done - exchange.sent, milliseconds(40));
    EXPECT_EQ(client_->connections(), 0U);
}

TEST_F(ClientTest, ATimeoutDoesNotTouchTheNextExchangeOnTheConnection) {
    serve_ok();
    Recorded first;
    first.timeout = milliseconds(20);
    ASSERT_TRUE(run(first));
    const auto until = loop_->fresh_now() + milliseconds(60);
    ASSERT_TRUE(turn_until(*loop_, [&] { return loop_->fresh_now() > until; }));
    Recorded second;
    ASSERT_TRUE(run(second));
    EXPECT_EQ(second.status, 200);
    EXPECT_EQ(server_->accepted, 1U);
}

TEST_F(ClientTest, ReadsUntilCloseAndChunkedBodies) {
    serve([](Session& session) {
        if (session.request.target() == "/chunked") {
            session.stream.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            session.stream.write("5\r\nhello\r\n0\r\n\r\n");
        } else {
            session.stream.write("HTTP/1.1 200 OK\r\n\r\nuntil the end");
            session.stream.finish();
        }
    });
    request_.bytes = server_->get("/chunked");
    Recorded chunked;
    ASSERT_TRUE(run(chunked));
    EXPECT_EQ(chunked.body_text, "hello");
    RenderedRequest close{.origin = server_->origin(), .bytes = server_->get("/close")};
    Recorded until_close;
    until_close.request = &close;
    ASSERT_TRUE(run(until_close));
    EXPECT_EQ(until_close.body_text, "until the end");
    EXPECT_EQ(client_->connections(), 0U);
}

TEST_F(ClientTest, CapturesALargeBodyInPartAndCountsAllOfIt) {
    const std::string body(3'000'000, 'b');
    serve([&](Session& session) { session.stream.write(TestServer::with_length(200, body)); });
    options_.capture_body_bytes = 1000;
    Recorded exchange;
    ASSERT_TRUE(run(exchange));
    EXPECT_EQ(exchange.status, 200);
    EXPECT_EQ(exchange.body_bytes, body.size());
    EXPECT_EQ(exchange.body_text, body.substr(0, 1000));
}

TEST_F(ClientTest, ReadsHeadsOfTenThousandBytesAndRefusesTooLargeOnes) {
    std::string field = "X-Long: " + std::string(10'000, 'x') + "\r\n";
    serve(
        [&](Session& session) { session.stream.write(TestServer::with_length(200, "ok", field)); });
    Recorded exchange;
    ASSERT_TRUE(run(exchange));
    EXPECT_EQ(exchange.status, 200);
    EXPECT_GT(exchange.head_text.size(), 10'000U);
    field = "X-Long: " + std::string(100'000, 'x') + "\r\n";
    Recorded too_large;
    ASSERT_TRUE(run(too_large));
    EXPECT_EQ(too_large.failure, Failure::kTooLarge);
}

TEST_F(ClientTest, SurplusBytesAfterAnAnswerEndTheConnectionOnly) {
    serve([](Session& session) {
        session.stream.write(TestServer::with_length(200, "ok") + "surplus");
    });
    for (int i = 0; i < 3; ++i) {
        Recorded exchange;
        ASSERT_TRUE(run(exchange));
        EXPECT_EQ(exchange.status, 200);
        EXPECT_EQ(client_->connections(), 0U);
    }
    EXPECT_EQ(server_->accepted, 3U);
}

TEST_F(ClientTest, AnAnswerNobodyAskedForEndsAnIdleConnection) {
    Session* session = nullptr;
    serve([&](Session& s) {
        session = &s;
        s.stream.write(TestServer::with_length(200, "ok"));
    });
    Recorded exchange;
    ASSERT_TRUE(run(exchange));
    session->stream.write(TestServer::with_length(200, "not asked for"));
    ASSERT_TRUE(turn_until(*loop_, [&] { return client_->connections() == 0; }));
    Recorded next;
    ASSERT_TRUE(run(next));
    EXPECT_EQ(next.body_text, "ok");
}

TEST_F(ClientTest, ConnectionCloseIsObeyed) {
    serve([](Session& session) {
        session.stream.write(TestServer::with_length(200, "ok", "Connection: close\r\n"));
    });
    Recorded exchange;
    ASSERT_TRUE(run(exchange));
    EXPECT_EQ(client_->connections(), 0U);
}

TEST_F(ClientTest, ARefusedConnectionFailsLaterNotInsideStart) {
    serve_ok();
    server_->stop();
    Recorded exchange;
    ASSERT_TRUE(run(exchange));
    EXPECT_EQ(exchange.failure, Failure::kRefused);
    EXPECT_NE(exchange.sent, base::MonotonicTime{});
    EXPECT_EQ(exchange.first_byte, base::MonotonicTime{});
    EXPECT_EQ(client_->connections(), 0U);
}

TEST_F(ClientTest, WhoStartsAgainAfterEachRefusalDoesNotSpin) {
    serve_ok();
    server_->stop();
    Recorded exchange;
    exchange.then = [&] { start(exchange); };
    start(exchange);
    const auto until = loop_->fresh_now() + milliseconds(300);
    ASSERT_TRUE(turn_until(*loop_, [&] { return loop_->fresh_now() > until; }));
    EXPECT_GE(exchange.done_calls, 2);
    EXPECT_LE(exchange.done_calls, 12);
    EXPECT_TRUE(client_->cancel(exchange));
}

TEST_F(ClientTest, AnUnknownNameIsADnsFailure) {
    request_.origin = {.host = "does-not-exist.invalid", .authority = "does-not-exist.invalid"};
    request_.bytes = "GET / HTTP/1.1\r\n\r\n";
    Recorded exchange;
    ASSERT_TRUE(run(exchange));
    EXPECT_EQ(exchange.failure, Failure::kDns);
}

TEST_F(ClientTest, TriesTheOtherAddressesOfAName) {
    serve_ok();  // on 127.0.0.1 only; localhost may mean ::1 as well
    request_.origin.host = "localhost";
    Recorded exchange;
    ASSERT_TRUE(run(exchange));
    EXPECT_EQ(exchange.status, 200);
}

TEST_F(ClientTest, SpeaksIpv6) {
    serve([](Session& session) { session.stream.write(TestServer::with_length(200, "six")); },
          "::1");
    Recorded exchange;
    ASSERT_TRUE(run(exchange));
    EXPECT_EQ(exchange.body_text, "six");
    EXPECT_TRUE(exchange.server_text.starts_with("[::1]:"));
}

TEST_F(ClientTest, CancelTakesBackWhatWaitsAndWhatIsOnTheWire) {
    serve([](Session&) {});
    options_.max_connections = 1;
    Recorded on_the_wire;
    Recorded waits;
    start(on_the_wire);
    start(waits);
    EXPECT_FALSE(client_->cancel(waits));
    EXPECT_TRUE(client_->cancel(on_the_wire));
    EXPECT_EQ(on_the_wire.failure, Failure::kCancelled);
    EXPECT_EQ(client_->connections(), 0U);
    EXPECT_FALSE(client_->cancel(on_the_wire));
    turns(5);
    EXPECT_EQ(on_the_wire.done_calls + waits.done_calls, 0);
}

TEST_F(ClientTest, CancellingMakesRoomForWhoWaits) {
    bool answers = false;
    serve([&](Session& session) {
        if (answers) {
            session.stream.write(TestServer::with_length(200, "ok"));
        }
    });
    options_.max_connections = 1;
    Recorded stalled;
    Recorded waits;
    start(stalled);
    start(waits);
    turns(5);
    answers = true;
    EXPECT_TRUE(client_->cancel(stalled));
    ASSERT_TRUE(finish(waits));
    EXPECT_EQ(waits.status, 200);
}

TEST_F(ClientTest, HeadHasNoBodyWhateverItsLengthSays) {
    serve([](Session& session) {
        session.stream.write("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n");
    });
    request_.bytes = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
    request_.is_head = true;
    Recorded exchange;
    ASSERT_TRUE(run(exchange));
    EXPECT_EQ(exchange.status, 200);
    EXPECT_EQ(client_->connections(), 1U);
}

class ClientTlsTest : public ClientTest {
  protected:
    void serve_tls(const std::vector<std::string>& names) {
        certificate_.emplace(names);
        server_tls_ =
            io::TlsContext::server(certificate_->certificate_path(), certificate_->key_path())
                .release_value();
        serve([](Session& session) { session.stream.write(TestServer::with_length(200, "tls")); },
              "127.0.0.1", server_tls_.get());
    }
    std::optional<io::testing::TestCertificate> certificate_;
    std::unique_ptr<io::TlsContext> server_tls_;
};

TEST_F(ClientTlsTest, VerifiesWithTheGivenCertificates) {
    serve_tls({"127.0.0.1"});
    options_.ca_file = certificate_->certificate_path();
    for (int i = 0; i < 3; ++i) {
        Recorded exchange;
        ASSERT_TRUE(run(exchange));
        EXPECT_EQ(exchange.body_text, "tls") << to_string(exchange.failure);
    }
    EXPECT_EQ(server_->accepted, 1U);
}

TEST_F(ClientTlsTest, AbandonsSessionsButNotTheServerWhenEachRequestConnects) {
    serve_tls({"127.0.0.1"});
    options_.ca_file = certificate_->certificate_path();
    options_.reuse = Reuse::kPerRequest;
    for (int i = 0; i < 3; ++i) {
        Recorded exchange;
        ASSERT_TRUE(run(exchange));
        EXPECT_EQ(exchange.body_text, "tls") << to_string(exchange.failure);
    }
    EXPECT_EQ(server_->accepted, 3U);
}

TEST_F(ClientTlsTest, TakesTheCertificatesThatTheRequestNames) {
    serve_tls({"127.0.0.1"});
    request_.ca_file = certificate_->certificate_path();
    Recorded exchange;
    ASSERT_TRUE(run(exchange));
    EXPECT_EQ(exchange.body_text, "tls");
}

TEST_F(ClientTlsTest, RefusesUnknownCertificatesAndWrongNames) {
    serve_tls({"galileo.test"});
    Recorded untrusted;
    ASSERT_TRUE(run(untrusted));
    EXPECT_EQ(untrusted.failure, Failure::kTls);
    client_.reset();
    options_.ca_file = certificate_->certificate_path();
    Recorded wrong_name;
    ASSERT_TRUE(run(wrong_name));
    EXPECT_EQ(wrong_name.failure, Failure::kTls);
    RenderedRequest unverified = request_;
    unverified.verify_tls = false;
    Recorded accepted;
    accepted.request = &unverified;
    ASSERT_TRUE(run(accepted));
    EXPECT_EQ(accepted.body_text, "tls");
}

TEST_F(ClientTlsTest, AMissingCertificateFileFailsTheExchange) {
    serve_tls({"127.0.0.1"});
    options_.ca_file = "/does/not/exist.pem";
    Recorded exchange;
    ASSERT_TRUE(run(exchange));
    EXPECT_EQ(exchange.failure, Failure::kTls);
}

}  // namespace
}  // namespace galileo::http
