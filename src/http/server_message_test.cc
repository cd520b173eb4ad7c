#include "http/server_message.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/random.h"

namespace galileo::http {
namespace {

using Progress = RequestParser::Progress;

constexpr RequestParser::Limits kLimits{.head_bytes = 300, .body_bytes = 100};

/// `METHOD target HTTP/1.x keeps|closes body` or `error STATUS` or `cut`, for each request in
/// `pieces`.
std::vector<std::string> parse(const std::vector<std::string_view>& pieces) {
    RequestParser parser(kLimits);
    std::vector<std::string> told;
    std::unique_ptr<char[]> memory;
    for (const std::string_view piece : pieces) {
        memory = std::make_unique<char[]>(piece.size());
        piece.copy(memory.get(), piece.size());
        std::string_view bytes(memory.get(), piece.size());
        while (!bytes.empty()) {
            const Progress progress = parser.feed(bytes);
            if (progress == Progress::kFailed) {
                told.push_back("error " + std::to_string(parser.error_status()));
                return told;
            }
            if (progress == Progress::kDone) {
                told.push_back(std::string(parser.method()) + ' ' + std::string(parser.target()) +
                               " 1." + std::to_string(parser.minor_version()) +
                               (parser.keeps_alive() ? " keeps " : " closes ") +
                               std::string(parser.body()));
                EXPECT_TRUE(parser.head().starts_with(parser.method()));
                EXPECT_TRUE(parser.head().ends_with('\n'));
                parser.reset();
            }
        }
    }
    if (parser.begun()) {
        told.emplace_back("cut");
    }
    return told;
}

struct MessageCase {
    std::string name;
    std::string bytes;
    std::vector<std::string> told;
};

const std::string kHost = "Host: a\r\n";

std::vector<MessageCase> cases() {
    const std::string get = "GET /x?y=1 HTTP/1.1\r\n";
    const std::string post = "POST / HTTP/1.1\r\n" + kHost;
    return {
        {"Plain", get + kHost + "\r\n", {"GET /x?y=1 1.1 keeps "}},
        {"Close", get + kHost + "Connection: close\r\n\r\n", {"GET /x?y=1 1.1 closes "}},
        {"Version10", "GET / HTTP/1.0\r\n\r\n", {"GET / 1.0 closes "}},
        {"Version10Kept", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", {"GET / 1.0 keeps "}},
        {"Length", post + "Content-Length: 4\r\n\r\nbody", {"POST / 1.1 keeps body"}},
        {"Chunked",
         post + "Transfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n",
         {"POST / 1.1 keeps body"}},
        {"Pipelined",
         get + kHost + "\r\n" + post + "Content-Length: 4\r\n\r\nbody\r\n" + get + kHost + "\r\n",
         {"GET /x?y=1 1.1 keeps ", "POST / 1.1 keeps body", "GET /x?y=1 1.1 keeps "}},
        {"LeadingEmptyLines", "\r\n\r\n" + get + kHost + "\r\n", {"GET /x?y=1 1.1 keeps "}},
        {"BareLineFeeds", "GET / HTTP/1.1\nHost: a\n\n", {"GET / 1.1 keeps "}},
        {"Absolute", "GET http://a/ HTTP/1.1\r\n" + kHost + "\r\n", {"GET http://a/ 1.1 keeps "}},
        {"CutHead", get + kHost, {"cut"}},
        {"CutBody", post + "Content-Length: 4\r\n\r\nbo", {"cut"}},
        {"NoHost", get + "\r\n", {"error 400"}},
        {"TwoHosts", get + kHost + kHost + "\r\n", {"error 400"}},
        {"LengthAndChunked",
         post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
         {"error 400"}},
        {"ChunkedNotLast", post + "Transfer-Encoding: chunked, gzip\r\n\r\n", {"error 400"}},
        {"OtherCoding", post + "Transfer-Encoding: gzip, chunked\r\n\r\n", {"error 501"}},
        {"ChunkedTwice",
         post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
         {"error 501"}},
        {"ChunkedIn10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", {"error 400"}},
        {"LengthsDiffer", post + "Content-Length: 4\r\nContent-Length: 5\r\n\r\n", {"error 400"}},
        {"BodyTooLarge", post + "Content-Length: 101\r\n\r\n", {"error 413"}},
        {"ChunksTooLarge",
         post + "Transfer-Encoding: chunked\r\n\r\nff\r\n" + std::string(255, 'x'),
         {"error 413"}},
        {"ChunkBad", post + "Transfer-Encoding: chunked\r\n\r\nx", {"error 400"}},
        {"TargetTooLong", "GET /" + std::string(400, 'x'), {"error 414"}},
        {"HeadTooLarge", get + kHost + "A: " + std::string(400, 'x'), {"error 431"}},
        {"Version2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {"error 505"}},
        {"NoVersion", "GET /\r\n\r\n", {"error 400"}},
        {"NoTarget", "GET HTTP/1.1\r\n\r\n", {"error 400"}},
        {"SpaceInTarget", "GET /a b HTTP/1.1\r\n\r\n", {"error 400"}},
        {"Tls", "\x16\x03\x01\x02", {"error 400"}},
        {"BadMethod", "G{T / HTTP/1.1\r\n\r\n", {"error 400"}},
    };
}

class RequestParserTable : public ::testing::TestWithParam<MessageCase> {};

TEST_P(RequestParserTable, WholeOrCutAnywhereTheOutcomeIsTheSame) {
    const MessageCase& c = GetParam();
    const std::string_view bytes = c.bytes;
    EXPECT_EQ(parse({bytes}), c.told);
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
        ASSERT_EQ(parse({bytes.substr(0, cut), bytes.substr(cut)}), c.told) << "cut at " << cut;
    }
    std::vector<std::string_view> single;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        single.push_back(bytes.substr(i, 1));
    }
    EXPECT_EQ(parse(single), c.told) << "byte by byte";
}

INSTANTIATE_TEST_SUITE_P(All,
                         RequestParserTable,
                         ::testing::ValuesIn(cases()),
                         [](const auto& param) { return param.param.name; });

TEST(RequestParser, TellsOnceThatTheClientWaitsForPermission) {
    RequestParser parser(kLimits);
    std::string_view bytes =
        "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    ASSERT_EQ(parser.feed(bytes), Progress::kNeedMore);
    EXPECT_TRUE(parser.takes_expectation());
    EXPECT_FALSE(parser.takes_expectation());
    bytes = "ok";
    EXPECT_EQ(parser.feed(bytes), Progress::kDone);
}

/// A head that is cut and bad already counts as either: it is scanned anew only when it is whole.
std::vector<std::string> finished_only(std::vector<std::string> told) {
    if (!told.empty() && (told.back() == "cut" || told.back().starts_with("error"))) {
        told.back() = "not finished";
    }
    return told;
}

TEST(RequestParserFuzz, MutatedRequestsEndTheSameHoweverTheyAreCut) {
    const std::vector<MessageCase> seeds = cases();
    base::Rng rng(20261125);
    for (int round = 0; round < 20'000; ++round) {
        std::string bytes = seeds[rng.below(seeds.size())].bytes;
        for (std::uint64_t i = rng.below(4); i > 0 && !bytes.empty(); --i) {
            const auto at = static_cast<std::size_t>(rng.below(bytes.size()));
            switch (rng.below(3)) {
                case 0:
                    bytes[at] = static_cast<char>(rng.below(256));
                    break;
                case 1:
                    bytes.erase(at, static_cast<std::size_t>(rng.below(6)));
                    break;
                default:
                    bytes.insert(at, bytes.substr(at, static_cast<std::size_t>(rng.below(6))));
            }
        }
        std::vector<std::string_view> pieces;
        for (std::size_t at = 0; at < bytes.size();) {
            const auto size = static_cast<std::size_t>(rng.below(rng.below(2) == 0 ? 4 : 200) + 1);
            pieces.push_back(std::string_view(bytes).substr(at, size));
            at += size;
        }
        ASSERT_EQ(finished_only(parse(pieces)), finished_only(parse({bytes})))
            << "round " << round << ": " << bytes;
    }
}

}  // namespace
}  // namespace galileo::http
