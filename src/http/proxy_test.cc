#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "http/client.h"
#include "http/request_environment.h"
#include "http/testing/test_server.h"
#include "io/testing/loop_helpers.h"
#include "io/testing/test_certificate.h"

namespace galileo::http {
namespace {

using model::Json;
using testing::TestServer;

/// One connection through a proxy: what the client asks for, then bytes both ways.
class Relay final : public io::StreamHandler {
  public:
    Relay(io::Loop& loop, std::string answer)
        : client(loop, *this), upstream_(loop, back_), answer_(std::move(answer)) {}

    void on_data(std::string_view bytes, base::MonotonicTime /*received*/) override {
        if (upstream_.is_open()) {
            upstream_.write(bytes);
            return;
        }
        asked += bytes;
        if (!asked.ends_with("\r\n\r\n")) {
            return;
        }
        const std::string port = asked.substr(0, asked.find(" HTTP"));
        const auto address = io::Address::literal(
            "127.0.0.1", static_cast<std::uint16_t>(std::stoi(port.substr(port.rfind(':') + 1))));
        if (!answer_.starts_with("HTTP/1.0 200") || !upstream_.connect(address.value(), {}).ok()) {
            client.write(answer_);
        }
    }
    void on_closed(const io::Closure& /*closure*/) override { upstream_.close(); }

    io::Stream client;
    std::string asked;

  private:
    struct Back final : io::StreamHandler {
        explicit Back(Relay& the_relay) : relay(the_relay) {}
        void on_connected() override { relay.client.write(relay.answer_); }
        void on_data(std::string_view bytes, base::MonotonicTime /*received*/) override {
            relay.client.write(bytes);
        }
        void on_closed(const io::Closure& /*closure*/) override { relay.client.close(); }
        Relay& relay;
    };

    Back back_{*this};
    io::Stream upstream_;
    std::string answer_;
};

/// A proxy for CONNECT.
class TunnelServer {
  public:
    explicit TunnelServer(io::Loop& loop, std::string answer = "HTTP/1.0 200 Established\r\n\r\n") {
        const auto address = io::Address::literal("127.0.0.1", 0).release_value();
        listener_ = io::Listener::open(
                        loop, address, {},
                        [this, &loop, answer](base::UniqueFd socket, const io::Address& /*peer*/) {
                            relays.push_back(std::make_unique<Relay>(loop, answer));
                            ASSERT_TRUE(relays.back()->client.adopt(std::move(socket), {}).ok());
                        })
                        .release_value();
    }
    [[nodiscard]] std::string url(const std::string& user = "") const {
        return "http://" + user + "127.0.0.1:" + std::to_string(listener_->address().port());
    }

    std::vector<std::unique_ptr<Relay>> relays;

  private:
    std::unique_ptr<io::Listener> listener_;
};

struct ProxiedExchange final : Exchange {
    void on_done() override {
        over = true;
        body_text = body;
        server_text = server;
    }
    bool over = false;
    std::string body_text;
    std::string server_text;
};

class ProxyTest : public ::testing::Test {
  protected:
    std::unique_ptr<ProxiedExchange> run(const Json& parameters, const Origin& origin) {
        auto made = RequestTemplate::from_parameters(parameters);
        EXPECT_TRUE(made.ok());
        requests_.push_back(std::make_unique<RenderedRequest>(render_request(*made, origin, "")));
        auto exchange = std::make_unique<ProxiedExchange>();
        exchange->request = requests_.back().get();
        client_.start(*exchange);
        EXPECT_TRUE(io::testing::turn_until(*loop_, [&] { return exchange->over; }));
        return exchange;
    }
    static Json through(const std::string& scheme, const std::string& proxy, Json more = {}) {
        more["proxies"] = {{scheme, proxy}};
        return {{"path", "/x"}, {"kwargs", std::move(more)}};
    }

    std::unique_ptr<io::Loop> loop_ = io::Loop::create(base::system_clock()).release_value();
    io::Resolver resolver_;
    std::vector<std::unique_ptr<RenderedRequest>> requests_;
    Client client_{*loop_, resolver_, {}};
};

TEST_F(ProxyTest, GetsTheWholeUrlOfAPlainRequest) {
    TestServer proxy(*loop_, [](TestServer::Session& session) {
        session.stream.write(TestServer::with_length(200, session.request.target()));
    });
    const Origin away{.host = "away.invalid", .port = 8080, .authority = "away.invalid:8080"};
    const auto exchange = run(through("http", "http://u:p@" + proxy.origin().authority), away);
    EXPECT_EQ(exchange->status, 200) << to_string(exchange->failure);
    EXPECT_EQ(exchange->body_text, "http://away.invalid:8080/x");
    EXPECT_EQ(exchange->server_text, "away.invalid:8080");
    ASSERT_EQ(proxy.seen.size(), 1U);
    EXPECT_NE(proxy.seen[0].find("Proxy-Authorization: Basic dTpw\r\n"), std::string::npos);
    EXPECT_EQ(run(through("http", "http://" + proxy.origin().authority), proxy.origin())->status,
              200);
    EXPECT_EQ(proxy.accepted, 2U) << "another proxy, another connection";
}

TEST_F(ProxyTest, IsAskedForATunnelByRequestsWithTls) {
    const io::testing::TestCertificate certificate({"127.0.0.1"});
    const auto tls = io::TlsContext::server(certificate.certificate_path(), certificate.key_path())
                         .release_value();
    TestServer target(
        *loop_,
        [](TestServer::Session& session) {
            session.stream.write(TestServer::with_length(200, "inside"));
        },
        "127.0.0.1", tls.get());
    TunnelServer proxy(*loop_);
    const Json parameters =
        through("https", proxy.url("u:p@"), {{"verify", certificate.certificate_path()}});
    for (int i = 0; i < 2; ++i) {
        const auto exchange = run(parameters, target.origin());
        EXPECT_EQ(exchange->status, 200) << to_string(exchange->failure);
        EXPECT_EQ(exchange->body_text, "inside");
    }
    ASSERT_EQ(proxy.relays.size(), 1U) << "the tunnel is used again";
    EXPECT_EQ(proxy.relays[0]->asked, "CONNECT " + target.origin().authority +
                                          " HTTP/1.0\r\nProxy-Authorization: Basic dTpw\r\n\r\n");
    EXPECT_EQ(target.seen[0].find("Proxy-Authorization"), std::string::npos);
    EXPECT_TRUE(target.seen[0].starts_with("GET /x HTTP/1.1\r\n")) << target.seen[0];

    const auto unverified = run(through("https", proxy.url()), target.origin());
    EXPECT_EQ(unverified->failure, Failure::kTls);
}

TEST_F(ProxyTest, ThatRefusesATunnelIsAFailureToConnect) {
    TunnelServer proxy(*loop_, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    const Origin away{
        .scheme = Scheme::kHttps, .host = "away.invalid", .port = 443, .authority = "away.invalid"};
    EXPECT_EQ(run(through("https", proxy.url()), away)->failure, Failure::kConnect);
    EXPECT_EQ(client_.in_flight(), 0U);
}

TEST_F(ProxyTest, ThatCannotBeUsedFailsTheRequest) {
    const base::Environment variables(
        base::Environment::Map{{"ALL_PROXY", "socks5://127.0.0.1:1"}});
    const auto made = RequestTemplate::from_parameters(
        Json(nullptr), {.environment = std::make_shared<const RequestEnvironment>(variables, "")});
    const RenderedRequest request = render_request(*made, {.host = "h", .authority = "h"}, "");
    ProxiedExchange exchange;
    exchange.request = &request;
    client_.start(exchange);
    ASSERT_TRUE(io::testing::turn_until(*loop_, [&] { return exchange.over; }));
    EXPECT_EQ(exchange.failure, Failure::kRequest);
}

TEST_F(ProxyTest, CookiesOfARedirectGoAlong) {
    TestServer server(*loop_, [](TestServer::Session& session) {
        session.stream.write(
            session.request.target() == "/x"
                ? TestServer::with_length(302, "", "Location: /y\r\nSet-Cookie: s=1; Path=/\r\n")
                : TestServer::with_length(200, "done"));
    });
    const auto exchange =
        run({{"path", "/x"}, {"kwargs", {{"cookies", {{"a", "b"}}}}}}, server.origin());
    EXPECT_EQ(exchange->body_text, "done");
    ASSERT_EQ(server.seen.size(), 2U);
    EXPECT_NE(server.seen[1].find("Cookie: a=b; s=1\r\n"), std::string::npos) << server.seen[1];
}

TEST(ParseProxy, ReadsUrlsAndKeepsSecretsOutOfMessages) {
    const auto proxy = parse_proxy("http://us%40er:pa%3Ass@proxy:3128/").release_value();
    EXPECT_EQ(proxy.origin.host, "proxy");
    EXPECT_EQ(proxy.origin.port, 3128);
    EXPECT_EQ(proxy.authorization, "Basic dXNAZXI6cGE6c3M=");
    EXPECT_EQ(parse_proxy("proxy")->origin.port, 80);
    EXPECT_EQ(parse_proxy("https://proxy")->origin.port, 443);
    const auto bad = parse_proxy("socks5://user:secret@proxy:1");
    ASSERT_FALSE(bad.ok());
    EXPECT_EQ(bad.error().message().find("secret"), std::string::npos) << bad.error().message();
}

TEST(Netrc, RefusesOtherFilesWithoutTellingTheirWords) {
    const auto bad = parse_netrc("machine a login b pasword secret");
    ASSERT_FALSE(bad.ok());
    EXPECT_EQ(bad.error().message().find("secret"), std::string::npos);
    EXPECT_FALSE(parse_netrc("machine").ok());
    EXPECT_TRUE(parse_netrc("").value().empty());
    EXPECT_EQ(parse_netrc("machine a login \"b c\" password d\\ e").value().at("a").password,
              "d e");
}

}  // namespace
}  // namespace galileo::http
