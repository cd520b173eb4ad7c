#include "target/server.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "base/clock.h"
#include "base/fd.h"
#include "io/address.h"
#include "io/testing/test_certificate.h"
#include "model/json.h"

namespace galileo::target {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr auto kGet = "GET /x HTTP/1.1\r\nHost: t\r\n\r\n";
constexpr auto kGetAndClose = "GET /x HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n";

std::unique_ptr<Server> started(Options options) {
    auto server = Server::start(std::move(options), base::system_clock());
    EXPECT_TRUE(server.ok()) << server.error().message();
    return std::move(server).value();
}

/// A blocking client; gives up after ten seconds.
class Caller {
  public:
    explicit Caller(const Server& server) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const timeval patience{.tv_sec = 10, .tv_usec = 0};
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        const auto address = io::Address::literal("127.0.0.1", server.port()).value();
        EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address.storage),
                            address.length),
                  0);
    }

    void say(std::string_view text) {
        EXPECT_EQ(::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(text.size()));
    }

    /// All bytes up to and with `end`, or up to the end of the connection.
    std::string hear_until(std::string_view end) {
        while (heard_.find(end) == std::string::npos && receive()) {
        }
        const auto found = heard_.find(end);
        return take(found == std::string::npos ? heard_.size() : found + end.size());
    }
    std::string hear_all() {
        while (receive()) {
        }
        return take(heard_.size());
    }
    /// One answer with Content-Length.
    std::string hear_answer() {
        std::string head = hear_until("\r\n\r\n");
        const auto at = head.find("Content-Length: ");
        const std::size_t length = at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
        while (heard_.size() < length && receive()) {
        }
        return head + take(length);
    }
    std::string ask(std::string_view request) {
        say(request);
        return hear_answer();
    }
    [[nodiscard]] int error() const { return error_; }

  private:
    bool receive() {
        std::array<char, 65536> buffer{};
        const ssize_t count = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
        error_ = count < 0 ? errno : 0;
        if (count > 0) {
            heard_.append(buffer.data(), static_cast<std::size_t>(count));
        }
        return count > 0;
    }
    std::string take(std::size_t count) {
        std::string taken = heard_.substr(0, count);
        heard_.erase(0, count);
        return taken;
    }

    base::UniqueFd fd_;
    std::string heard_;
    int error_ = 0;
};

TEST(Server, AnswersOnAFreePort) {
    const auto server = started({});
    EXPECT_GT(server->port(), 0);
    EXPECT_EQ(server->url(), "http://127.0.0.1:" + std::to_string(server->port()));
    Caller caller(*server);
    const std::string answer = caller.ask(kGet);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, HasSubstr("Content-Length: 64\r\n"));
    EXPECT_THAT(answer, HasSubstr("Connection: keep-alive\r\n"));
    EXPECT_THAT(
        answer,
        EndsWith("\r\n\r\n" +
                 std::string("The quick brown fox jumps over the lazy dog.\nThe quick brown fox")));
}

TEST(Server, KeepsTheConnectionForFurtherRequests) {
    const auto server = started({});
    Caller caller(*server);
    for (int i = 0; i < 5; ++i) {
        EXPECT_THAT(caller.ask(kGet), StartsWith("HTTP/1.1 200"));
    }
    caller.say(kGetAndClose);
    EXPECT_THAT(caller.hear_all(), HasSubstr("Connection: close\r\n"));
    server->stop();
    const Statistics statistics = server->statistics();
    EXPECT_EQ(statistics.requests, 6U);
    EXPECT_EQ(statistics.answered, 6U);
    EXPECT_EQ(statistics.statuses.at(200), 6U);
    EXPECT_EQ(statistics.connections_accepted, 1U);
    EXPECT_EQ(statistics.connections_open, 0U);
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
    Options options;
    options.body = BodySource::kEcho;
    options.delay = Delay::parse("1ms").value();
    const auto server = started(std::move(options));
    Caller caller(*server);
    std::string requests;
    for (int i = 0; i < 20; ++i) {
        requests +=
            "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\n" + std::to_string(10 + i);
    }
    caller.say(requests);
    for (int i = 0; i < 20; ++i) {
        EXPECT_THAT(caller.hear_answer(), EndsWith("\r\n\r\n" + std::to_string(10 + i)));
    }
}

TEST(Server, ClosesAfterEachAnswerWithoutKeepAlive) {
    Options options;
    options.persistence = Persistence::kClose;
    const auto server = started(std::move(options));
    Caller caller(*server);
    caller.say(kGet);
    EXPECT_THAT(caller.hear_all(), HasSubstr("Connection: close\r\n"));
    EXPECT_EQ(caller.error(), 0);
}

TEST(Server, WaitsAsToldBeforeItAnswers) {
    Options options;
    options.delay = Delay::parse("40ms").value();
    const auto server = started(std::move(options));
    Caller caller(*server);
    const auto begin = base::system_clock().monotonic();
    caller.ask(kGet);
    EXPECT_GE(base::system_clock().monotonic() - begin, std::chrono::milliseconds(39));
}

TEST(Server, HoldsAnswersBackWhileFrozen) {
    Options options;
    options.freezes = {Freeze::parse("100ms@0s").value()};
    const auto server = started(std::move(options));
    Caller caller(*server);
    const auto begin = base::system_clock().monotonic();
    caller.ask(kGet);
    EXPECT_GE(base::system_clock().monotonic() - begin, std::chrono::milliseconds(99));
    caller.ask(kGet);  // thawed
}

TEST(Server, EchoesTheBodyWithItsType) {
    Options options;
    options.body = BodySource::kEcho;
    const auto server = started(std::move(options));
    Caller caller(*server);
    const std::string answer = caller.ask(
        "POST / HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: "
        "7\r\n\r\n{\"a\":1}");
    EXPECT_THAT(answer, HasSubstr("Content-Type: application/json\r\n"));
    EXPECT_THAT(answer, EndsWith("\r\n\r\n{\"a\":1}"));
    EXPECT_THAT(caller.ask(kGet), HasSubstr("Content-Length: 64\r\n"));
}

TEST(Server, GivesStatusesByTheirShares) {
    Options options;
    options.statuses = StatusMix::parse("200=1,204=1,503=2").value();
    const auto server = started(std::move(options));
    Caller caller(*server);
    std::uint64_t without_body = 0;
    for (int i = 0; i < 200; ++i) {
        const std::string answer = caller.ask(kGet);
        without_body += answer.starts_with("HTTP/1.1 204 No Content\r\n") ? 1 : 0;
        EXPECT_EQ(answer.starts_with("HTTP/1.1 204"),
                  answer.find("Content-Length") == std::string::npos);
    }
    const auto statuses = server->statistics().statuses;
    EXPECT_EQ(statuses.at(204), without_body);
    EXPECT_GT(statuses.at(503), statuses.at(200));
    EXPECT_EQ(statuses.at(200) + statuses.at(204) + statuses.at(503), 200U);
}

TEST(Server, TreatsTheSameRequestsTheSameForTheSameSeed) {
    const auto statuses_with_seed = [](std::uint64_t seed) {
        Options options;
        options.statuses = StatusMix::parse("200=1,503=1").value();
        options.seed = seed;
        options.threads = seed == 1 ? 1 : 2;
        const auto server = started(std::move(options));
        std::string seen;
        for (int i = 0; i < 30; ++i) {
            Caller caller(*server);
            seen += caller.ask(kGet).at(9);
        }
        return seen;
    };
    EXPECT_EQ(statuses_with_seed(1), statuses_with_seed(1));
    EXPECT_EQ(statuses_with_seed(2), statuses_with_seed(2));
    EXPECT_NE(statuses_with_seed(1), statuses_with_seed(2));
}

TEST(Server, SendsInChunks) {
    Options options;
    options.framing = Framing::kChunked;
    options.body_bytes = 40'000;
    const auto server = started(std::move(options));
    Caller caller(*server);
    caller.say(kGet);
    const std::string answer = caller.hear_until("\r\n0\r\n\r\n");
    EXPECT_THAT(answer,
                AllOf(HasSubstr("Transfer-Encoding: chunked\r\n"),
                      HasSubstr("\r\n\r\n4000\r\nThe quick"), Not(HasSubstr("Content-Length"))));
    EXPECT_GT(answer.size(), 40'000U);
}

TEST(Server, CompressesForThoseWhoAcceptIt) {
    Options options;
    options.coding = Coding::kGzip;
    options.body_bytes = 10'000;
    const auto server = started(std::move(options));
    Caller caller(*server);
    const std::string packed =
        caller.ask("GET / HTTP/1.1\r\nHost: t\r\nAccept-Encoding: gzip\r\n\r\n");
    EXPECT_THAT(packed,
                AllOf(HasSubstr("Content-Encoding: gzip\r\n"), HasSubstr("\r\n\r\n\x1f\x8b")));
    EXPECT_LT(packed.size(), 1'000U);
    EXPECT_THAT(caller.ask(kGet),
                AllOf(Not(HasSubstr("Content-Encoding")), HasSubstr("Content-Length: 10000\r\n")));
}

TEST(Server, AnswersHeadWithoutABody) {
    const auto server = started({});
    Caller caller(*server);
    caller.say("HEAD / HTTP/1.1\r\nHost: t\r\n\r\nGET / HTTP/1.1\r\nHost: t\r\n\r\n");
    EXPECT_THAT(caller.hear_until("\r\n\r\n"), HasSubstr("Content-Length: 64\r\n"));
    EXPECT_THAT(caller.hear_answer(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST(Server, LetsAClientGoOnThatWaitsForIt) {
    const auto server = started({});
    Caller caller(*server);
    caller.say("POST / HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    EXPECT_EQ(caller.hear_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    caller.say("abc");
    EXPECT_THAT(caller.hear_answer(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST(Server, RefusesWhatIsNotHttpAndWhatIsTooLarge) {
    Options options;
    options.max_request_bytes = 10;
    const auto server = started(std::move(options));
    const auto refusal = [&server](std::string_view request) {
        Caller caller(*server);
        caller.say(request);
        return caller.hear_all().substr(0, 12);
    };
    EXPECT_EQ(refusal("nonsense\r\n\r\n"), "HTTP/1.1 400");
    EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: t\r\nContent-Length: 11\r\n\r\n"), "HTTP/1.1 413");
    EXPECT_EQ(refusal("GET /" + std::string(70'000, 'a')), "HTTP/1.1 414");
    EXPECT_EQ(server->statistics().malformed, 3U);
    EXPECT_EQ(server->statistics().requests, 0U);
}

TEST(Server, CanEndInTheMiddleOfAnAnswer) {
    Options options;
    options.faults.close = 1;
    const auto server = started(std::move(options));
    Caller caller(*server);
    caller.say(kGet);
    const std::string answer = caller.hear_all();
    EXPECT_EQ(caller.error(), 0);
    EXPECT_THAT(answer, HasSubstr("Content-Length: 64\r\n"));
    EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, 32U);
    EXPECT_EQ(server->statistics().closed, 1U);
    EXPECT_EQ(server->statistics().answered, 0U);
}

TEST(Server, CanAnswerWithJunk) {
    Options options;
    options.faults.junk = 1;
    const auto server = started(std::move(options));
    Caller caller(*server);
    caller.say(kGet);
    EXPECT_THAT(caller.hear_all(), AllOf(Not(IsEmpty()), Not(HasSubstr("HTTP/1"))));
    EXPECT_EQ(server->statistics().junk, 1U);
}

TEST(Server, CanResetTheConnection) {
    Options options;
    options.faults.reset = 1;
    const auto server = started(std::move(options));
    Caller caller(*server);
    caller.say(kGet);
    EXPECT_THAT(caller.hear_all(), IsEmpty());
    EXPECT_EQ(caller.error(), ECONNRESET);
    EXPECT_EQ(server->statistics().reset, 1U);
}

TEST(Server, LeavesConnectionsAboveTheCapWaiting) {
    Options options;
    options.max_connections = 2;
    const auto server = started(std::move(options));
    auto first = std::make_unique<Caller>(*server);
    Caller second(*server);
    EXPECT_THAT(first->ask(kGet), StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(second.ask(kGet), StartsWith("HTTP/1.1 200"));
    Caller third(*server);
    third.say(kGet);
    EXPECT_THAT(second.ask(kGet), StartsWith("HTTP/1.1 200"));
    EXPECT_EQ(server->statistics().connections_accepted, 2U);
    first.reset();
    EXPECT_THAT(third.hear_answer(), StartsWith("HTTP/1.1 200"));
    EXPECT_EQ(server->statistics().connections_accepted, 3U);
    EXPECT_EQ(server->statistics().connections_max, 2U);
}

TEST(Server, ClosesIdleConnections) {
    Options options;
    options.idle_timeout = std::chrono::milliseconds(30);
    const auto server = started(std::move(options));
    Caller caller(*server);
    EXPECT_THAT(caller.ask(kGet), StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(caller.hear_all(), IsEmpty());
    EXPECT_EQ(caller.error(), 0);
}

TEST(Server, TellsItsStatisticsOverHttp) {
    Options options;
    options.faults.reset = 1;
    const auto server = started(std::move(options));
    Caller caller(*server);
    const std::string answer = caller.ask("GET /_stats HTTP/1.1\r\nHost: t\r\n\r\n");
    EXPECT_THAT(answer, HasSubstr("Content-Type: application/json\r\n"));
    const auto json = model::parse_json(answer.substr(answer.find("\r\n\r\n") + 4)).value();
    EXPECT_EQ(json.at("requests"), 0);
    EXPECT_EQ(json.at("connections_open"), 1);
}

TEST(Server, SpreadsConnectionsOverItsThreads) {
    Options options;
    options.threads = 3;
    options.max_connections = 6;
    const auto server = started(std::move(options));
    std::vector<std::unique_ptr<Caller>> callers;
    for (int i = 0; i < 6; ++i) {
        callers.push_back(std::make_unique<Caller>(*server));
    }
    for (auto& caller : callers) {
        EXPECT_THAT(caller->ask(kGet), StartsWith("HTTP/1.1 200"));
    }
    callers.erase(callers.begin(), callers.begin() + 3);
    Caller one_more(*server);
    EXPECT_THAT(one_more.ask(kGet), StartsWith("HTTP/1.1 200"));
    server->stop();
    EXPECT_EQ(server->statistics().requests, 7U);
    EXPECT_EQ(server->statistics().connections_open, 0U);
}

TEST(Server, SendsLargeBodiesToSlowReaders) {
    Options options;
    options.body_bytes = 8'000'000;
    const auto server = started(std::move(options));
    Caller caller(*server);
    caller.say(std::string(kGet) + kGet);
    for (int i = 0; i < 2; ++i) {
        const std::string answer = caller.hear_answer();
        EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, 8'000'000U);
    }
}

TEST(Server, LogsALineForEachRequest) {
    const std::string path = testing::TempDir() + "target_log_" + std::to_string(::getpid());
    Options options;
    options.log_path = path;
    options.faults.close = 0.5;
    const auto before = base::to_epoch_seconds(base::system_clock().wall());
    const auto server = started(std::move(options));
    for (int i = 0; i < 10; ++i) {
        Caller caller(*server);
        caller.say(
            "POST /a?b=c HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc");
        caller.hear_all();
    }
    server->stop();
    std::ifstream file(path);
    int closed = 0;
    int lines = 0;
    double arrival = 0;
    int connection = 0;
    std::string method;
    std::string target;
    std::string outcome;
    for (int bytes = 0; file >> arrival >> connection >> method >> target >> outcome >> bytes;) {
        ++lines;
        closed += outcome == "close" ? 1 : 0;
        EXPECT_EQ(connection, lines);
        EXPECT_EQ(method + target, "POST/a?b=c");
        EXPECT_TRUE(outcome == "close" || outcome == "200");
        EXPECT_EQ(bytes, 3);
        EXPECT_GE(arrival, before - 0.1);
        EXPECT_LE(arrival, base::to_epoch_seconds(base::system_clock().wall()) + 0.1);
    }
    EXPECT_EQ(lines, 10);
    EXPECT_EQ(static_cast<std::uint64_t>(closed), server->statistics().closed);
    ::unlink(path.c_str());
}

TEST(Server, RefusesOptionsThatCannotBe) {
    const auto refused = [](auto change) {
        Options options;
        change(options);
        const auto server = Server::start(options, base::system_clock());
        return server.ok() ? std::string("accepted")
                           : std::string(to_string(server.error().code()));
    };
    EXPECT_EQ(refused([](Options& options) { options.threads = 0; }), "invalid_input");
    EXPECT_EQ(refused([](Options& options) { options.body_bytes = 1ULL << 40U; }), "invalid_input");
    EXPECT_EQ(refused([](Options& options) {
                  options.faults = {.close = 0.5, .junk = 0.5, .reset = 0.1};
              }),
              "invalid_input");
    EXPECT_EQ(refused([](Options& options) { options.address = "nowhere"; }), "invalid_input");
    EXPECT_EQ(refused([](Options& options) { options.key_file = "key.pem"; }), "invalid_input");
    EXPECT_EQ(refused([](Options& options) {
                  options.certificate_file = options.key_file = "/nowhere.pem";
              }),
              "invalid_input");
    EXPECT_EQ(refused([](Options& options) { options.log_path = "/nowhere/at/all"; }), "not_found");
    const auto server = started({});
    EXPECT_EQ(refused([&server](Options& options) { options.port = server->port(); }), "conflict");
}

TEST(Server, StopsAtOnceWithOpenConnections) {
    Options options;
    options.delay = Delay::parse("1h").value();
    const auto server = started(std::move(options));
    Caller caller(*server);
    caller.say(kGet);
    server->stop();
    server->stop();
    EXPECT_THAT(caller.hear_all(), IsEmpty());
}

}  // namespace
}  // namespace galileo::target
