#include "http/response.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

#include "base/random.h"

namespace galileo::http {
namespace {

std::string head(const std::string& fields) {
    return "HTTP/1.1 200 OK\r\n" + fields;
}

std::string compress(const std::string& text, int window_bits) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string out(deflateBound(&stream, text.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

constexpr int kGzip = 15 + 16;
constexpr int kZlib = 15;
constexpr int kRaw = -15;
constexpr std::size_t kLimit = 1'000'000;

TEST(Headers, BecomeTheJsonThatPythonWrites) {
    EXPECT_EQ(headers_to_json(head("Server: x\r\nSet-Cookie: a=1\r\ncontent-length: 2\r\n"
                                   "set-cookie: b=2\r\nX-Quote: \"\\\xe4\r\n")),
              R"({"Server": "x", "Set-Cookie": "a=1, b=2", "content-length": "2", )"
              R"("X-Quote": "\"\\\u00e4"})");
    EXPECT_EQ(headers_to_json(head("")), "{}");
    EXPECT_EQ(headers_to_json(""), "{}");
    EXPECT_EQ(headers_to_json(head("X:a\r\n  b\r\n\tc\r\nY:\r\n")), R"({"X": "a b c", "Y": ""})");
    EXPECT_EQ(headers_to_json("HTTP/1.1 200 OK\nA: b\n"), R"({"A": "b"})");
}

TEST(Headers, AreFoundInAnyCase) {
    const std::string text = head("Content-Type: a\r\nLOCATION:  /x \r\nLocation: /y\r\n");
    EXPECT_EQ(find_header(text, "location"), "/x");
    EXPECT_EQ(find_header(text, "Content-type"), "a");
    EXPECT_EQ(find_header(text, "HTTP/1.1 200 OK"), "");
    EXPECT_EQ(find_header(text, "none"), "");
}

TEST(Body, IsReadInItsCharset) {
    const auto decode = [](const std::string& type, const std::string& body) {
        return decode_body(head(type.empty() ? "" : "Content-Type: " + type + "\r\n"), body,
                           kLimit);
    };
    const std::string utf8 = "\xc3\xa4\xe2\x82\xac";
    EXPECT_EQ(decode("application/json", utf8), utf8);
    EXPECT_EQ(decode("text/plain; charset=UTF-8", utf8), utf8);
    EXPECT_EQ(decode("text/plain; a=b; Charset = \"utf-8\" ; c=d", utf8), utf8);
    EXPECT_EQ(decode("text/html", "\xe4"), "\xc3\xa4");
    EXPECT_EQ(decode("application/x; charset=ISO-8859-1", "\xe4"), "\xc3\xa4");
    EXPECT_EQ(decode("text/plain; charset=us-ascii", "a\xe4z"), "a\xef\xbf\xbdz");
    EXPECT_EQ(decode("", utf8), utf8);
    EXPECT_EQ(decode("text/plain; charset=klingon", utf8), utf8);
    EXPECT_EQ(decode("application/json",
                     "a\xff"
                     "b\xe2\x82"),
              "a\xef\xbf\xbd"
              "b\xef\xbf\xbd");
}

TEST(Body, LosesWhiteSpaceAtBothEnds) {
    EXPECT_EQ(decode_body("", " \t\r\n\x0b\x0c\x1c ok there \n", kLimit), "ok there");
    EXPECT_EQ(decode_body("", "\xc2\xa0\xe3\x80\x80ok\xe2\x80\x83", kLimit), "ok");
    EXPECT_EQ(decode_body("", " \n ", kLimit), "");
    EXPECT_EQ(decode_body("", "", kLimit), "");
}

TEST(Body, IsDecompressed) {
    const std::string text = "some text, some text, some text";
    const auto encoded = [](const std::string& coding) {
        return head("Content-Encoding: " + coding + "\r\n");
    };
    EXPECT_EQ(decode_body(encoded("gzip"), compress(text, kGzip), kLimit), text);
    EXPECT_EQ(decode_body(encoded("X-GZIP"), compress(text, kGzip), kLimit), text);
    EXPECT_EQ(decode_body(encoded("deflate"), compress(text, kZlib), kLimit), text);
    EXPECT_EQ(decode_body(encoded("deflate"), compress(text, kRaw), kLimit), text);
    EXPECT_EQ(decode_body(encoded("deflate, gzip"), compress(compress(text, kZlib), kGzip), kLimit),
              text);
    EXPECT_EQ(decode_body(encoded("gzip"), compress("a", kGzip) + compress("b", kGzip), kLimit),
              "ab");
    EXPECT_EQ(decode_body(encoded("br"), "as it is", kLimit), "as it is");
    EXPECT_EQ(decode_body(encoded("gzip"), "not gzip", kLimit), "not gzip");
    EXPECT_EQ(decode_body(encoded("gzip"), "", kLimit), "");
}

TEST(Body, CutShortYieldsWhatCanBeDecoded) {
    std::string text;
    base::Rng rng(3);
    for (int i = 0; i < 20'000; ++i) {
        text += static_cast<char>('a' + rng.below(26));
    }
    const std::string whole = compress(text, kGzip);
    const std::string decoded =
        decode_body(head("Content-Encoding: gzip\r\n"), whole.substr(0, whole.size() / 2), kLimit);
    EXPECT_GT(decoded.size(), text.size() / 4);
    EXPECT_TRUE(text.starts_with(decoded));
}

TEST(Body, NeverGrowsBeyondTheLimit) {
    const std::string bomb = compress(compress(std::string(50'000'000, 'x'), kGzip), kGzip);
    EXPECT_EQ(decode_body(head("Content-Encoding: gzip, gzip\r\n"), bomb, 1000).size(), 1000U);
    EXPECT_EQ(decode_body("", std::string(5000, 'x'), 1000).size(), 1000U);
}

TEST(BodyFuzz, AnyBytesInAnyCodingGiveValidText) {
    base::Rng rng(11);
    const std::string gzip = compress(std::string(300, 'q') + "tail", kGzip);
    for (int round = 0; round < 3000; ++round) {
        std::string body = gzip;
        for (std::uint64_t i = rng.below(5); i > 0; --i) {
            body[rng.below(body.size())] = static_cast<char>(rng.below(256));
        }
        body.resize(rng.below(body.size() + 1));
        const char* coding = rng.below(2) == 0 ? "gzip" : "deflate";
        const std::string text =
            decode_body(head(std::string("Content-Encoding: ") + coding + "\r\n"), body, 10'000);
        EXPECT_EQ(decode_body("", text, text.size()), text) << "round " << round;
    }
}

}  // namespace
}  // namespace galileo::http
