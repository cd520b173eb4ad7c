#include "http/response_parser.h"

#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "base/random.h"

namespace galileo::http {
namespace {

using Progress = ResponseParser::Progress;

constexpr ResponseParser::Limits kLimits{
    .head_bytes = 300, .body_bytes = 1000, .capture_bytes = 40};

/// What an answer came to, for comparison.
struct Outcome {
    bool done = false;
    Failure failure = Failure::kNone;
    int status = 0;
    std::string head{};
    std::string body{};
    std::uint64_t body_bytes = 0;
    bool keeps_alive = false;
    std::size_t surplus = 0;

    bool operator==(const Outcome&) const = default;
    friend std::ostream& operator<<(std::ostream& stream, const Outcome& outcome) {
        return stream << (outcome.done ? "done " : "failed ") << to_string(outcome.failure) << ' '
                      << outcome.status << " head '" << outcome.head << "' body '" << outcome.body
                      << "' of " << outcome.body_bytes << " keeps_alive " << outcome.keeps_alive
                      << " surplus " << outcome.surplus;
    }
};

/// Parses `pieces`, each from memory of its own that is gone afterwards, then the end of the
/// connection.
Outcome parse(const std::vector<std::string_view>& pieces,
              AnswerTo answer_to = AnswerTo::kOther,
              const ResponseParser::Limits& limits = kLimits) {
    ResponseParser parser(limits);
    parser.expect(answer_to);
    Progress progress = Progress::kNeedMore;
    std::size_t surplus = 0;
    std::unique_ptr<char[]> memory;
    for (const std::string_view piece : pieces) {
        if (progress != Progress::kNeedMore) {
            surplus += piece.size();
            continue;
        }
        memory = std::make_unique<char[]>(piece.size());
        piece.copy(memory.get(), piece.size());
        std::string_view bytes(memory.get(), piece.size());
        progress = parser.feed(bytes);
        surplus = bytes.size();
        if (progress == Progress::kNeedMore) {
            EXPECT_TRUE(bytes.empty());
        }
    }
    if (progress == Progress::kNeedMore) {
        progress = parser.end();
        EXPECT_NE(progress, Progress::kNeedMore);
    }
    if (progress == Progress::kFailed) {
        return {.failure = parser.failure()};
    }
    return {.done = true,
            .status = parser.status(),
            .head = std::string(parser.head()),
            .body = std::string(parser.body()),
            .body_bytes = parser.body_bytes(),
            .keeps_alive = parser.keeps_alive(),
            .surplus = surplus};
}

Outcome good(int status, std::string head, std::string body, bool keeps_alive = true) {
    const std::uint64_t size = body.size();
    return {.done = true,
            .status = status,
            .head = std::move(head),
            .body = std::move(body),
            .body_bytes = size,
            .keeps_alive = keeps_alive};
}

Outcome bad(Failure failure = Failure::kMalformed) {
    return {.failure = failure};
}

struct ResponseCase {
    std::string name;
    std::string bytes;
    Outcome outcome;
    AnswerTo answer_to = AnswerTo::kOther;
};

ResponseCase simple(std::string name,
                    const std::string& head,
                    const std::string& rest,
                    Outcome outcome) {
    outcome.head = head;
    return {std::move(name), head + "\r\n" + rest, std::move(outcome)};
}

std::vector<ResponseCase> good_cases() {
    std::vector<ResponseCase> cases;
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    cases.push_back(simple("Length", ok + "Content-Length: 2\r\n", "ok", good(200, "", "ok")));
    cases.push_back(simple("EmptyBody", ok + "Content-Length: 0\r\n", "", good(200, "", "")));
    cases.push_back(
        simple("NoReason", "HTTP/1.1 200\r\nContent-Length: 2\r\n", "ok", good(200, "", "ok")));
    cases.push_back(
        simple("EmptyReason", "HTTP/1.1 404 \r\nContent-Length: 2\r\n", "no", good(404, "", "no")));
    cases.push_back(simple("Utf8Reason", "HTTP/1.1 200 \xc3\x84h\r\nContent-Length: 0\r\n", "",
                           good(200, "", "")));
    cases.push_back(simple("UntilClose", ok, "all of it", good(200, "", "all of it", false)));
    cases.push_back(simple("UntilCloseEmpty", ok, "", good(200, "", "", false)));
    cases.push_back(simple("NoContent", "HTTP/1.1 204 No Content\r\n", "", good(204, "", "")));
    cases.push_back(simple("NotModified", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n", "",
                           good(304, "", "")));
    cases.push_back(simple("LengthGivenTwice", ok + "Content-Length: 2\r\ncontent-length:2\r\n",
                           "ok", good(200, "", "ok")));
    cases.push_back(
        simple("LengthList", ok + "Content-Length: 2, 2\r\n", "ok", good(200, "", "ok")));
    cases.push_back(
        simple("LengthOddlySpaced", ok + "cOnTeNt-LeNgTh:\t 2 \t\r\n", "ok", good(200, "", "ok")));
    cases.push_back(
        simple("LengthFolded", ok + "Content-Length:\r\n 2\r\n", "ok", good(200, "", "ok")));
    cases.push_back(simple("Folded", ok + "X-Long: a\r\n\tb\r\n  c\r\nContent-Length: 2\r\n", "ok",
                           good(200, "", "ok")));
    cases.push_back(
        simple("EmptyValue", ok + "X-Empty:\r\nContent-Length: 2\r\n", "ok", good(200, "", "ok")));
    cases.push_back(simple("Chunked", ok + "Transfer-Encoding: chunked\r\n", "2\r\nok\r\n0\r\n\r\n",
                           good(200, "", "ok")));
    cases.push_back(simple("ChunkedPieces", ok + "Transfer-Encoding: chunked\r\n",
                           "3\r\nabc\r\n00A\r\n0123456789\r\n1;x=\"y\"\r\n!\r\n000\r\n\r\n",
                           good(200, "", "abc0123456789!")));
    cases.push_back(simple("ChunkedTrailers", ok + "Transfer-Encoding: chunked\r\n",
                           "2 ; a=b\r\nok\r\n0\r\nX-Sum: 1\r\nY:\r\n\r\n", good(200, "", "ok")));
    cases.push_back(simple("ChunkedEmpty", ok + "Transfer-Encoding: CHUNKED\r\n", "0\r\n\r\n",
                           good(200, "", "")));
    cases.push_back(simple("GzipThenChunked", ok + "Transfer-Encoding: gzip, chunked\r\n",
                           "2\r\nok\r\n0\r\n\r\n", good(200, "", "ok")));
    cases.push_back(simple("ChunkedNotLast", ok + "Transfer-Encoding: chunked, gzip\r\n", "bytes",
                           good(200, "", "bytes", false)));
    cases.push_back(simple("ChunkedAndLength",
                           ok + "Content-Length: 9\r\nTransfer-Encoding: chunked\r\n",
                           "2\r\nok\r\n0\r\n\r\n", good(200, "", "ok", false)));
    cases.push_back(simple("Close", ok + "Connection: close\r\nContent-Length: 2\r\n", "ok",
                           good(200, "", "ok", false)));
    cases.push_back(simple("CloseInList", ok + "Connection: x, Close\r\nContent-Length: 2\r\n",
                           "ok", good(200, "", "ok", false)));
    cases.push_back(simple("Version10", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n", "ok",
                           good(200, "", "ok", false)));
    cases.push_back(simple("Version10Kept",
                           "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n",
                           "ok", good(200, "", "ok")));
    cases.push_back({"BareLineFeeds", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
                     good(200, "HTTP/1.1 200 OK\nContent-Length: 2\n", "ok")});
    cases.push_back({"Interim",
                     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" + ok +
                         "Content-Length: 2\r\n\r\nok",
                     good(200, ok + "Content-Length: 2\r\n", "ok")});
    cases.push_back({"Head", ok + "Content-Length: 9\r\n\r\n",
                     good(200, ok + "Content-Length: 9\r\n", ""), AnswerTo::kHead});
    Outcome surplus = good(200, ok + "Content-Length: 2\r\n", "ok");
    surplus.surplus = 4;
    cases.push_back({"Surplus", ok + "Content-Length: 2\r\n\r\nokHTTP", surplus});
    Outcome cut = good(200, ok + "Content-Length: 60\r\n", std::string(40, 'b'));
    cut.body_bytes = 60;
    cases.push_back(
        {"CapturesTheBeginning", ok + "Content-Length: 60\r\n\r\n" + std::string(60, 'b'), cut});
    return cases;
}

std::vector<ResponseCase> bad_cases() {
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
    return {
        {"Nothing", "", bad(Failure::kClosed)},
        {"CutStatusLine", "HTTP/1.1 2", bad(Failure::kClosed)},
        {"CutHead", ok + "Content-Length: 2\r\n", bad(Failure::kClosed)},
        {"CutBody", ok + "Content-Length: 3\r\n\r\nok", bad(Failure::kClosed)},
        {"CutChunk", chunked + "5\r\nok", bad(Failure::kClosed)},
        {"CutChunkEnd", chunked + "2\r\nok\r\n0\r\n", bad(Failure::kClosed)},
        {"OnlyInterim", "HTTP/1.1 100 Continue\r\n\r\n", bad(Failure::kClosed)},
        {"Junk", "\x16\x03\x01 junk", bad()},
        {"LeadingLine", "\r\n" + ok + "\r\n", bad()},
        {"OtherProtocol", "SSH-2.0-OpenSSH_9.2\r\n", bad()},
        {"Version2", "HTTP/2.0 200 OK\r\n\r\n", bad()},
        {"LowerCase", "http/1.1 200 OK\r\n\r\n", bad()},
        {"ShortStatus", "HTTP/1.1 20 OK\r\n\r\n", bad()},
        {"LongStatus", "HTTP/1.1 2000 OK\r\n\r\n", bad()},
        {"SmallStatus", "HTTP/1.1 099 OK\r\n\r\n", bad()},
        {"Upgrade", "HTTP/1.1 101 Switching\r\n\r\n", bad()},
        {"NoColon", ok + "Content-Length 2\r\n\r\n", bad()},
        {"SpaceBeforeColon", ok + "Content-Length : 2\r\n\r\nok", bad()},
        {"EmptyName", ok + ": 2\r\n\r\n", bad()},
        {"FoldedFirst", ok + " x: 2\r\n\r\n", bad()},
        {"BareCarriageReturn", ok + "A: b\rc\r\n\r\n", bad()},
        {"Nul", ok + std::string("A: b\0c\r\n\r\n", 10), bad()},
        {"Delete", ok + "A: b\x7f\r\n\r\n", bad()},
        {"LengthsDiffer", ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok", bad()},
        {"LengthListDiffers", ok + "Content-Length: 2, 3\r\n\r\nok", bad()},
        {"LengthNegative", ok + "Content-Length: -2\r\n\r\nok", bad()},
        {"LengthSigned", ok + "Content-Length: +2\r\n\r\nok", bad()},
        {"LengthHex", ok + "Content-Length: 0x2\r\n\r\nok", bad()},
        {"LengthEmpty", ok + "Content-Length:\r\n\r\nok", bad()},
        {"LengthHuge", ok + "Content-Length: 99999999999999999999\r\n\r\n", bad()},
        {"LengthTooLarge", ok + "Content-Length: 1001\r\n\r\n", bad(Failure::kTooLarge)},
        {"HeadTooLarge", ok + "A: " + std::string(400, 'a'), bad(Failure::kTooLarge)},
        {"HeadTooLargeAndBad", ok + "A b: " + std::string(400, 'a'), bad()},
        {"UntilCloseTooLarge", ok + "\r\n" + std::string(1001, 'a'), bad(Failure::kTooLarge)},
        {"ChunkSizeMissing", chunked + "\r\nok\r\n", bad()},
        {"ChunkSizeBad", chunked + "g\r\n", bad()},
        {"ChunkSizeHuge", chunked + "1000000000000000\r\n", bad()},
        {"ChunkTooLarge", chunked + "3e9\r\n" + std::string(1001, 'x'), bad(Failure::kTooLarge)},
        {"ChunkLineFeedOnly", chunked + "2\nok\r\n0\r\n\r\n", bad()},
        {"ChunkTooLong", chunked + "2\r\nokk\r\n0\r\n\r\n", bad()},
        {"ChunkExtensionTooLong", chunked + "2;" + std::string(5000, 'x'), bad()},
        {"ChunkExtensionBinary", chunked + "2;\x01\r\n", bad()},
        {"TrailerBad", chunked + "0\r\nno colon\r\n\r\n", bad()},
        {"TrailersTooLarge", chunked + "0\r\nA: " + std::string(300, 'x'), bad(Failure::kTooLarge)},
        {"EndlessInterim",
         [] {
             std::string bytes;
             for (int i = 0; i < 20; ++i) {
                 bytes += "HTTP/1.1 100 Continue\r\n\r\n";
             }
             return bytes;
         }(),
         bad()},
    };
}

class ResponseParserTable : public ::testing::TestWithParam<ResponseCase> {};

TEST_P(ResponseParserTable, WholeOrCutAnywhereTheOutcomeIsTheSame) {
    const ResponseCase& c = GetParam();
    EXPECT_EQ(parse({c.bytes}, c.answer_to), c.outcome);
    const std::string_view bytes = c.bytes;
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
        ASSERT_EQ(parse({bytes.substr(0, cut), bytes.substr(cut)}, c.answer_to), c.outcome)
            << "cut at " << cut;
    }
    std::vector<std::string_view> single;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        single.push_back(bytes.substr(i, 1));
    }
    EXPECT_EQ(parse(single, c.answer_to), c.outcome) << "byte by byte";
}

INSTANTIATE_TEST_SUITE_P(Good,
                         ResponseParserTable,
                         ::testing::ValuesIn(good_cases()),
                         [](const auto& param) { return param.param.name; });
INSTANTIATE_TEST_SUITE_P(Bad,
                         ResponseParserTable,
                         ::testing::ValuesIn(bad_cases()),
                         [](const auto& param) { return param.param.name; });

TEST(ResponseParser, PointsIntoTheInputWhenTheAnswerComesInOnePiece) {
    const std::string bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    ResponseParser parser(kLimits);
    parser.expect(AnswerTo::kOther);
    std::string_view input = bytes;
    ASSERT_EQ(parser.feed(input), Progress::kDone);
    EXPECT_EQ(parser.head().data(), bytes.data());
    EXPECT_EQ(parser.body().data(), bytes.data() + bytes.size() - 2);
}

TEST(ResponseParser, KeepsViewsUntilTheNextFeed) {
    ResponseParser parser(kLimits);
    parser.expect(AnswerTo::kOther);
    std::string first = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab";
    std::string_view input = first;
    ASSERT_EQ(parser.feed(input), Progress::kNeedMore);
    first.assign(first.size(), '#');
    input = "cd";
    ASSERT_EQ(parser.feed(input), Progress::kDone);
    const std::string_view head = parser.head();
    const std::string_view body = parser.body();
    parser.expect(AnswerTo::kOther);
    EXPECT_EQ(head, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n");
    EXPECT_EQ(body, "abcd");
}

/// Changes some bytes, repeats, drops or swaps stretches of them.
std::string mutate(std::string text, base::Rng& rng) {
    const std::uint64_t changes = rng.below(4) + 1;
    for (std::uint64_t i = 0; i < changes && !text.empty(); ++i) {
        const auto at = static_cast<std::size_t>(rng.below(text.size()));
        const auto length = static_cast<std::size_t>(rng.below(8));
        switch (rng.below(4)) {
            case 0:
                text[at] = static_cast<char>(rng.below(256));
                break;
            case 1:
                text.insert(at, text.substr(at, length));
                break;
            case 2:
                text.erase(at, length);
                break;
            default:
                text[at] = "\r\n\t :;,0129afx"[rng.below(14)];
        }
    }
    return text;
}

TEST(ResponseParserFuzz, MutatedAnswersEndTheSameHoweverTheyAreCut) {
    std::vector<ResponseCase> seeds = good_cases();
    for (ResponseCase& c : bad_cases()) {
        seeds.push_back(std::move(c));
    }
    base::Rng rng(20261124);
    for (int round = 0; round < 20'000; ++round) {
        const ResponseCase& seed = seeds[rng.below(seeds.size())];
        const std::string bytes = mutate(seed.bytes, rng);
        const Outcome whole = parse({bytes}, seed.answer_to);
        EXPECT_TRUE(whole.done || whole.failure != Failure::kNone);
        std::vector<std::string_view> pieces;
        for (std::size_t at = 0; at < bytes.size();) {
            const auto size = static_cast<std::size_t>(rng.below(rng.below(2) == 0 ? 4 : 200) + 1);
            pieces.push_back(std::string_view(bytes).substr(at, size));
            at += size;
        }
        ASSERT_EQ(parse(pieces, seed.answer_to), whole) << "round " << round << ": " << bytes;
    }
}

}  // namespace
}  // namespace galileo::http
