#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/process.h"
#include "redis/client.h"
#include "redis/subscriber.h"
#include "redis/testing/redis_server.h"

namespace galileo::redis {
namespace {

using testing::RedisServer;
using testing::TemporaryDirectory;

void make_certificate(const std::string& directory, std::string_view names) {
    base::ProcessOptions program;
    program.arguments = {"openssl",
                         "req",
                         "-x509",
                         "-newkey",
                         "ec",
                         "-pkeyopt",
                         "ec_paramgen_curve:prime256v1",
                         "-nodes",
                         "-days",
                         "2",
                         "-subj",
                         "/CN=galileo test",
                         "-addext",
                         fmt::format("subjectAltName={}", names),
                         "-keyout",
                         directory + "/key.pem",
                         "-out",
                         directory + "/cert.pem"};
    program.output_path = directory + "/openssl.log";
    auto process = base::ChildProcess::start(program);
    ASSERT_TRUE(process.ok()) << process.error().message();
    ASSERT_EQ(process->wait(std::chrono::seconds(30)), 0);
}

/// A server that speaks TLS on a port of its own.
class RedisTls : public ::testing::Test {
  protected:
    void serve(std::string_view certificate_names) {
        make_certificate(directory_.path(), certificate_names);
        port_ = free_loopback_port().value();
        server_.emplace(testing::RedisServerOptions{
            .password = "pw",
            .extra_configuration = {fmt::format("tls-port {}", port_),
                                    fmt::format("tls-cert-file {}/cert.pem", directory_.path()),
                                    fmt::format("tls-key-file {}/key.pem", directory_.path()),
                                    "tls-auth-clients no"}});
    }
    RedisOptions options(const std::string& host) {
        auto options = RedisOptions::parse(
            fmt::format("rediss://:pw@{}:{}?ca_file={}/cert.pem", host, port_, directory_.path()));
        return options.value();
    }

    TemporaryDirectory directory_;
    std::uint16_t port_ = 0;
    std::optional<RedisServer> server_;
};

TEST_F(RedisTls, SpeaksWithAVerifiedServer) {
    serve("DNS:localhost,IP:127.0.0.1");
    for (const auto* host : {"localhost", "127.0.0.1"}) {
        auto client = Client::open(options(host), base::system_clock());
        ASSERT_TRUE(client.ok()) << client.error().message();
        const std::string large(3'000'000, 'x');
        const auto set = (*client)->command({"SET", "k", large});
        ASSERT_TRUE(set.ok()) << set.error().message();
        const auto get = (*client)->command({"GET", "k"});
        ASSERT_TRUE(get.ok()) << get.error().message();
        EXPECT_EQ(get->view(), large);
        // Large requests, small replies: Redis 7.0 breaks its own TLS stream ("SSL routines::bad
        // length" in its log) when megabytes of small replies wait for a slow reader.
        const std::vector<Command> commands(5000, Command{"SET", "p", std::string(1000, 'p')});
        const auto replies = (*client)->pipeline(commands);
        ASSERT_TRUE(replies.ok()) << replies.error().message();
        EXPECT_EQ(replies->size(), 5000U);
        const auto list = (*client)->command({"CLIENT", "LIST"})->text().value();
        EXPECT_EQ(std::count(list.begin(), list.end(), '\n'), 1) << "the connection is kept";
    }
}

TEST_F(RedisTls, SubscribesAndReconnects) {
    serve("DNS:localhost");
    auto client = Client::open(options("localhost"), base::system_clock());
    ASSERT_TRUE(client.ok());
    std::atomic<int> received{0};
    auto subscriber = Subscriber::start(options("localhost"), base::system_clock(),
                                        {.first_pause = std::chrono::milliseconds(5)});
    ASSERT_TRUE(subscriber.ok());
    ASSERT_TRUE((*subscriber)->subscribe("c", [&](const Message&) { ++received; }).ok());
    ASSERT_EQ((*client)->command({"PUBLISH", "c", "x"})->integer().value(), 1);
    server_->restart();
    while ((*client)->command({"PUBLISH", "c", "x"})->integer().value() == 0) {
    }
    while (received < 2) {
        std::this_thread::yield();
    }
}

TEST_F(RedisTls, RefusesWrongNameAndUnknownIssuer) {
    serve("DNS:elsewhere.example");
    const auto wrong_name = Client::open(options("localhost"), base::system_clock());
    ASSERT_FALSE(wrong_name.ok());
    EXPECT_EQ(wrong_name.error().code(), ErrorCode::kDenied) << wrong_name.error().message();
    auto system_trust = options("localhost");
    system_trust.ca_file.clear();
    EXPECT_EQ(Client::open(system_trust, base::system_clock()).error().code(), ErrorCode::kDenied);
    auto unverified = options("localhost");
    unverified.verify = TlsVerify::kNone;
    EXPECT_TRUE(Client::open(unverified, base::system_clock()).ok());
}

TEST_F(RedisTls, MismatchedProtocolsFailInTime) {
    serve("DNS:localhost");
    auto plain_to_tls = options("localhost");
    plain_to_tls.tls = Tls::kOff;
    plain_to_tls.connect_timeout = std::chrono::milliseconds(500);
    EXPECT_FALSE(Client::open(plain_to_tls, base::system_clock()).ok());
    auto tls_to_plain = server_->tcp_options();
    tls_to_plain.tls = Tls::kOn;
    tls_to_plain.connect_timeout = std::chrono::milliseconds(500);
    EXPECT_FALSE(Client::open(tls_to_plain, base::system_clock()).ok());
    auto no_ca = options("localhost");
    no_ca.ca_file = directory_.path() + "/missing.pem";
    EXPECT_EQ(Client::open(no_ca, base::system_clock()).error().code(), ErrorCode::kInvalidInput);
}

}  // namespace
}  // namespace galileo::redis
