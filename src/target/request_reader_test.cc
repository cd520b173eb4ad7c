#include "target/request_reader.h"

#include <gmock/gmock.h>

namespace galileo::target {
namespace {

using State = RequestReader::State;

RequestReader reader(BodyUse body = BodyUse::kKeep) {
    return RequestReader({.max_head_bytes = 1024, .max_body_bytes = 100, .body = body});  // elided
}

/// The state after `text`, given in pieces of `piece` bytes.
State fed(RequestReader& reader, std::string_view text, std::size_t piece) {
    while (!text.empty() && (reader.state() == State::kHead || reader.state() == State::kBody)) {
        std::string_view part = text.substr(0, piece);
        const std::size_t size = part.size();
        reader.feed(part);
        text.remove_prefix(size - part.size());
    }
    return reader.state();
}

class RequestReaderInPieces : public testing::TestWithParam<std::size_t> {};

TEST_P(RequestReaderInPieces, ReadsARequestWithoutBody) {
    auto subject = reader();
    ASSERT_EQ(
        fed(subject, "\r\nGET /a?b=c HTTP/1.1\r\nHost: x\r\nAccept-Encoding: deflate, GZIP\r\n\r\n",
            GetParam()),
        State::kComplete);
    EXPECT_EQ(subject.method(), "GET");
    EXPECT_EQ(subject.target(), "/a?b=c");
    EXPECT_TRUE(subject.keeps_alive());
    EXPECT_TRUE(subject.accepts_gzip());
    EXPECT_EQ(subject.body_bytes(), 0U);
}

TEST_P(RequestReaderInPieces, ReadsABodyByItsLength) {
    auto subject = reader();
    ASSERT_EQ(fed(subject,
                  "POST / HTTP/1.1\r\ncontent-length: 5\r\nContent-Type:  text/x \r\nConnection: "
                  "close\r\n\r\nhello",
                  GetParam()),
              State::kComplete);
    EXPECT_EQ(subject.body(), "hello");
    EXPECT_EQ(subject.content_type(), "text/x");
    EXPECT_FALSE(subject.keeps_alive());
}

TEST_P(RequestReaderInPieces, ReadsAChunkedBody) {
    auto subject = reader();
    ASSERT_EQ(fed(subject,
                  "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
                  "A;x=y\r\n0123456789\r\n0\r\nTrailer: z\r\n\r\n",
                  GetParam()),
              State::kComplete);
    EXPECT_EQ(subject.body(), "abc0123456789");
    EXPECT_EQ(subject.body_bytes(), 13U);
}

TEST_P(RequestReaderInPieces, CountsABodyThatIsNotKept) {
    auto subject = reader(BodyUse::kCount);
    ASSERT_EQ(fed(subject, "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", GetParam()),
              State::kComplete);
    EXPECT_EQ(subject.body_bytes(), 5U);
    EXPECT_TRUE(subject.body().empty());
}

TEST_P(RequestReaderInPieces, FindsWhatIsNoRequest) {
    for (const auto* text : {
             "junk\r\n\r\n",
             "GET /\r\n\r\n",
             "GET / HTTP/2.0\r\n\r\n",
             "GET  HTTP/1.1\r\n\r\n",
             "GET / HTTP/1.1\r\nno colon\r\n\r\n",
             "GET / HTTP/1.1\r\n: x\r\n\r\n",
             "GET / HTTP/1.1\r\na b: x\r\n\r\n",
             "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
             "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
             "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
             "GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
             "GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
             "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
             "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
             "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\n",
         }) {
        auto subject = reader();
        EXPECT_EQ(fed(subject, text, GetParam()), State::kMalformed) << text;
    }
}

TEST_P(RequestReaderInPieces, HoldsItsLimits) {
    auto head = reader();
    EXPECT_EQ(fed(head, "GET /" + std::string(2000, 'a') + " HTTP/1.1\r\n\r\n", GetParam()),
              State::kHeadTooLarge);
    auto length = reader();
    EXPECT_EQ(fed(length, "GET / HTTP/1.1\r\nContent-Length: 101\r\n\r\n", GetParam()),
              State::kBodyTooLarge);
    auto chunks = reader();
    EXPECT_EQ(fed(chunks, "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n64\r\n",
                  GetParam()),
              State::kBodyTooLarge);
    auto line = reader();
    EXPECT_EQ(
        fed(line, "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(5000, '0'),
            GetParam()),
        State::kMalformed);
}

INSTANTIATE_TEST_SUITE_P(Sizes, RequestReaderInPieces, testing::Values(1, 2, 7, 64, 100'000));

TEST(RequestReader, LeavesTheNextRequestAlone) {
    auto subject = reader();
    std::string_view bytes = "GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.0\r\n\r\n";
    ASSERT_EQ(subject.feed(bytes), State::kComplete);
    EXPECT_EQ(subject.target(), "/1");
    subject.next();
    EXPECT_FALSE(subject.begun());
    ASSERT_EQ(subject.feed(bytes), State::kComplete);
    EXPECT_EQ(subject.target(), "/2");
    EXPECT_FALSE(subject.keeps_alive());
    EXPECT_TRUE(bytes.empty());
}

TEST(RequestReader, KeepsAnOldConnectionAliveWhenAsked) {
    auto subject = reader();
    std::string_view bytes = "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n";
    subject.feed(bytes);
    EXPECT_TRUE(subject.keeps_alive());
}

TEST(RequestReader, SeesThatGzipIsRefused) {
    auto subject = reader();
    std::string_view bytes = "GET / HTTP/1.1\r\nAccept-Encoding: gzip;q=0, *;q=0.0\r\n\r\n";
    subject.feed(bytes);
    EXPECT_FALSE(subject.accepts_gzip());
}

TEST(RequestReader, TellsThatAClientWaitsForItsGo) {
    auto subject = reader();
    std::string_view bytes = "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
    EXPECT_EQ(subject.feed(bytes), State::kBody);
    EXPECT_TRUE(subject.expects_continue());
}

}  // namespace
}  // namespace galileo::target
