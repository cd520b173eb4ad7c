#include "io/stream.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/listener.h"
#include "io/testing/loop_helpers.h"
#include "io/testing/test_certificate.h"
#include "io/tls.h"

namespace galileo::io {
namespace {

using testing::TestCertificate;
using testing::turn_until;

struct Peer final : StreamHandler {
    explicit Peer(Loop& loop) : stream(loop, *this) {}
    void on_connected() override { connected = true; }
    void on_data(std::string_view bytes, base::MonotonicTime when) override {
        received += bytes;
        received_at = when;
        if (on_bytes) {
            on_bytes(bytes);
        }
    }
    void on_drained() override { drained = true; }
    void on_closed(const Closure& closure) override {
        closed = closure.kind;
        error = closure.error.message();
        if (on_end) {
            on_end();
        }
    }

    Stream stream;
    bool connected = false;
    bool drained = false;
    std::string received;
    std::string error;
    base::MonotonicTime received_at{};
    std::optional<CloseKind> closed;
    std::function<void(std::string_view)> on_bytes;
    std::function<void()> on_end;
};

class StreamTest : public ::testing::TestWithParam<bool> {
  protected:
    void listen(const std::string& host = "127.0.0.1") {
        listener_ =
            Listener::open(
                *loop_, Address::literal(host, 0).release_value(), {},
                [this](base::UniqueFd socket, const Address&) {
                    server_.emplace(*loop_);
                    if (on_accept_) {
                        on_accept_();
                    }
                    ASSERT_TRUE(
                        server_->stream.adopt(std::move(socket), {.tls = server_tls_.get()}).ok());
                })
                .release_value();
    }
    void use_tls(const std::string& ca_file) {
        server_tls_ = TlsContext::server(certificate().certificate_path(), certificate().key_path())
                          .release_value();
        client_tls_ = TlsContext::client({.ca_file = ca_file}).release_value();
    }
    static TestCertificate& certificate() {
        static TestCertificate made({"galileo.test", "127.0.0.1"});
        return made;
    }
    void connect(StreamOptions options = {}) {
        options.tls = client_tls_.get();
        if (options.server_name.empty()) {
            options.server_name = "galileo.test";
        }
        ASSERT_TRUE(client_.stream.connect(listener_->address(), options).ok());
    }
    void establish(const StreamOptions& options = {}) {
        if (GetParam()) {
            use_tls(certificate().certificate_path());
        }
        listen();
        connect(options);
        ASSERT_TRUE(turn_until(*loop_, [&] {
            return client_.connected && server_ && server_->stream.is_connected();
        })) << client_.error;
    }

    std::unique_ptr<Loop> loop_ = Loop::create(base::system_clock()).release_value();
    std::unique_ptr<TlsContext> server_tls_;
    std::unique_ptr<TlsContext> client_tls_;
    std::unique_ptr<Listener> listener_;
    std::optional<Peer> server_;
    Peer client_{*loop_};
    std::function<void()> on_accept_;
};

INSTANTIATE_TEST_SUITE_P(PlainAndTls, StreamTest, ::testing::Bool(), [](const auto& param) {
    return param.param ? "Tls" : "Plain";
});

TEST_P(StreamTest, CarriesBytesBothWays) {
    establish();
    EXPECT_TRUE(client_.stream.write("ping"));
    ASSERT_TRUE(turn_until(*loop_, [&] { return server_->received == "ping"; }));
    EXPECT_TRUE(server_->stream.write("pong"));
    ASSERT_TRUE(turn_until(*loop_, [&] { return client_.received == "pong"; }));
}

TEST_P(StreamTest, CarriesMoreThanTheKernelTakesAtOnce) {
    establish();
    std::string sent(20UL * 1024 * 1024, 'x');
    for (std::size_t i = 0; i < sent.size(); i += 997) {
        sent[i] = static_cast<char>('a' + i % 26);
    }
    EXPECT_TRUE(client_.stream.write(sent));
    EXPECT_GT(client_.stream.unsent(), 0U);
    ASSERT_TRUE(turn_until(*loop_, [&] { return server_->received.size() >= sent.size(); }));
    EXPECT_TRUE(server_->received == sent);
    EXPECT_TRUE(client_.drained);
}

TEST_P(StreamTest, RefusesToQueueBeyondItsLimit) {
    establish({.max_unsent = 1024});
    EXPECT_TRUE(client_.stream.write(std::string(20UL * 1024 * 1024, 'x')));
    EXPECT_FALSE(client_.stream.write("y"));
}

TEST_P(StreamTest, TellsTheEndAfterTheLastBytes) {
    establish();
    EXPECT_TRUE(server_->stream.write("bye"));
    server_->stream.finish();
    EXPECT_FALSE(server_->stream.write("more"));
    ASSERT_TRUE(turn_until(*loop_, [&] { return client_.closed.has_value(); }));
    EXPECT_EQ(client_.received, "bye");
    EXPECT_EQ(*client_.closed, CloseKind::kEnd);
    EXPECT_FALSE(client_.stream.is_open());
    ASSERT_TRUE(turn_until(*loop_, [&] { return server_->closed.has_value(); }));
}

TEST_P(StreamTest, AnswersSentBeforeClosingAreReadAlthoughSendingFails) {
    establish();
    EXPECT_TRUE(client_.stream.write("a"));
    ASSERT_TRUE(turn_until(*loop_, [&] { return server_->received == "a"; }));
    EXPECT_TRUE(server_->stream.write("answer"));
    server_->stream.close();
    client_.stream.write("b");
    client_.stream.write("c");
    ASSERT_TRUE(turn_until(*loop_, [&] { return client_.closed.has_value(); }));
    EXPECT_EQ(client_.received, "answer");
}

TEST_P(StreamTest, MayBeClosedAndReopenedByItsOwnCallbacks) {
    establish();
    client_.on_bytes = [&](std::string_view) {
        client_.stream.close();
        client_.connected = false;
        connect();
    };
    EXPECT_TRUE(server_->stream.write("x"));
    ASSERT_TRUE(turn_until(*loop_, [&] { return client_.connected; }));
    EXPECT_FALSE(client_.closed.has_value());
}

TEST_P(StreamTest, MayBeDestroyedByItsOwnCallbacks) {
    establish();
    server_->on_bytes = [&](std::string_view) { server_.reset(); };
    client_.stream.write("x");
    ASSERT_TRUE(turn_until(*loop_, [&] { return client_.closed.has_value(); }));
    client_.closed.reset();
    client_.connected = false;
    connect();
    ASSERT_TRUE(turn_until(*loop_, [&] { return client_.connected && server_; }));
    server_->on_end = [&] { server_.reset(); };
    client_.stream.close();
    ASSERT_TRUE(turn_until(*loop_, [&] { return !server_; }));
}

TEST_P(StreamTest, KernelReceiveTimesLieBetweenSendingAndHandling) {
    establish({.receive_time = ReceiveTime::kKernel});
    for (int i = 0; i < 3; ++i) {
        client_.received.clear();
        const auto before = loop_->fresh_now();
        EXPECT_TRUE(server_->stream.write("x"));
        ASSERT_TRUE(turn_until(*loop_, [&] { return client_.received == "x"; }));
        // The offset between the clocks is measured, so allow for its error.
        EXPECT_GE(client_.received_at, before - std::chrono::microseconds(200));
        EXPECT_LE(client_.received_at, loop_->fresh_now());
    }
}

TEST_P(StreamTest, NothingHappensAfterClose) {
    establish();
    EXPECT_TRUE(server_->stream.write("x"));
    client_.stream.close();
    ASSERT_TRUE(turn_until(*loop_, [&] { return server_->closed.has_value(); }));
    EXPECT_FALSE(client_.closed.has_value());
    EXPECT_EQ(client_.received, "");
}

TEST_F(StreamTest, TellsWhenNobodyListens) {
    listen();
    const Address address = listener_->address();
    listener_.reset();
    const auto begun = client_.stream.connect(address, {});
    if (begun.ok()) {
        ASSERT_TRUE(turn_until(*loop_, [&] { return client_.closed.has_value(); }));
        EXPECT_EQ(*client_.closed, CloseKind::kRefused);
    } else {
        EXPECT_EQ(begun.error().code(), ErrorCode::kUnavailable);
    }
    EXPECT_FALSE(client_.connected);
}

TEST_F(StreamTest, WorksOverIpv6) {
    listen("::1");
    EXPECT_EQ(listener_->address().to_string(),
              "[::1]:" + std::to_string(listener_->address().port()));
    connect();
    ASSERT_TRUE(turn_until(*loop_, [&] { return client_.connected; }));
}

TEST_F(StreamTest, RefusesACertificateItDoesNotTrust) {
    use_tls("");
    listen();
    connect();
    ASSERT_TRUE(turn_until(*loop_, [&] { return client_.closed.has_value(); }));
    EXPECT_EQ(*client_.closed, CloseKind::kTls);
    EXPECT_NE(client_.error.find("self-signed"), std::string::npos) << client_.error;
}

TEST_F(StreamTest, RefusesACertificateForAnotherName) {
    use_tls(certificate().certificate_path());
    listen();
    connect({.server_name = "other.test"});
    ASSERT_TRUE(turn_until(*loop_, [&] { return client_.closed.has_value(); }));
    EXPECT_EQ(*client_.closed, CloseKind::kTls);
    EXPECT_NE(client_.error.find("ostname mismatch"), std::string::npos) << client_.error;
}

TEST_F(StreamTest, ChecksAddressesAgainstTheCertificateToo) {
    use_tls(certificate().certificate_path());
    listen();
    connect({.server_name = "127.0.0.1"});
    ASSERT_TRUE(turn_until(*loop_, [&] { return client_.connected; }));
    client_.stream.close();
    connect({.server_name = "127.0.0.2"});
    ASSERT_TRUE(turn_until(*loop_, [&] { return client_.closed.has_value(); }));
}

TEST_F(StreamTest, AcceptsAnyCertificateWhenToldTo) {
    use_tls("");
    client_tls_ =
        TlsContext::client({.verification = TlsVerification::kAcceptAnything}).release_value();
    listen();
    connect({.server_name = "other.test"});
    ASSERT_TRUE(turn_until(*loop_, [&] { return client_.connected; }));
}

TEST_F(StreamTest, AServerThatDoesNotSpeakTlsFailsTheHandshake) {
    use_tls(certificate().certificate_path());
    server_tls_.reset();
    listen();
    connect();
    ASSERT_TRUE(turn_until(*loop_, [&] { return server_.has_value(); }));
    server_->stream.write("HTTP/1.1 400 Bad Request\r\n\r\n");
    ASSERT_TRUE(turn_until(*loop_, [&] { return client_.closed.has_value(); }));
    EXPECT_EQ(*client_.closed, CloseKind::kTls);
}

TEST(Tls, NamesTheFileThatIsWrong) {
    const auto context = TlsContext::client({.ca_file = "/does/not/exist.pem"});
    ASSERT_FALSE(context.ok());
    EXPECT_EQ(context.error().code(), ErrorCode::kInvalidInput);
    EXPECT_NE(context.error().message().find("/does/not/exist.pem"), std::string::npos);
}

TEST(ListenerTest, TellsAnAddressInUse) {
    auto loop = Loop::create(base::system_clock()).release_value();
    const auto ignore = [](base::UniqueFd, const Address&) {};
    auto first = Listener::open(*loop, Address::literal("127.0.0.1", 0).release_value(), {}, ignore)
                     .release_value();
    const auto second = Listener::open(*loop, first->address(), {}, ignore);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().code(), ErrorCode::kConflict);
}

TEST(ListenerTest, LeavesConnectionsWaitingWhilePaused) {
    auto loop = Loop::create(base::system_clock()).release_value();
    int accepted = 0;
    auto listener = Listener::open(*loop, Address::literal("127.0.0.1", 0).release_value(), {},
                                   [&](base::UniqueFd, const Address&) { ++accepted; })
                        .release_value();
    listener->pause();
    Peer client(*loop);
    ASSERT_TRUE(client.stream.connect(listener->address(), {}).ok());
    ASSERT_TRUE(turn_until(*loop, [&] { return client.connected; }));
    EXPECT_EQ(accepted, 0);
    listener->resume();
    ASSERT_TRUE(turn_until(*loop, [&] { return accepted == 1; }));
}

}  // namespace
}  // namespace galileo::io
