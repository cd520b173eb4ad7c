#include "apps/feed.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace galileo::apps {
namespace {

std::string first_line(const http::RequestTemplate& request) {
    http::Origin origin;
    origin.authority = "host";
    const std::string bytes = request.render(origin, "");
    return bytes.substr(0, bytes.find('\r'));
}

template <typename Parsed>
std::string lines(const Parsed& parsed) {
    if (!parsed) {
        return parsed.error().message();
    }
    std::string text;
    for (const auto& request : *parsed) {
        text += first_line(*request) + "\n";
    }
    return text;
}

TEST(FeedTest, OneObjectALine) {
    EXPECT_EQ(lines(parse_feed_lines("{\"method\": \"post\", \"path\": \"/a\", \"kwargs\": "
                                     "{\"params\": {\"q\": 1}}}\n\n  \r\n{\"path\": \"/b\"}")),
              "POST /a?q=1 HTTP/1.1\nGET /b HTTP/1.1\n");
}

TEST(FeedTest, ErrorsNameTheLine) {
    EXPECT_TRUE(lines(parse_feed_lines("{}\n\n{\"path\"")).starts_with("line 3: "));
    EXPECT_EQ(lines(parse_feed_lines("[]")),
              R"(line 1: not an object such as {"method": "get", "path": "/"})");
    EXPECT_TRUE(lines(parse_feed_lines("{}\n{\"kwargs\": {\"jsn\": 1}}"))
                    .starts_with("line 2: kwargs: unknown key 'jsn'"));
}

TEST(FeedTest, TablesWithQuotesAndLineEnds) {
    EXPECT_EQ(lines(parse_feed_table("method,path,kwargs\r\n"
                                     "get,/a,\r\n"
                                     "post,\"/b,c\",\"{\"\"params\"\": {\"\"q\"\": 2}}\"\r\n"
                                     "\n"
                                     ",\"/d\",\n")),
              "GET /a HTTP/1.1\nPOST /b,c?q=2 HTTP/1.1\nGET /d HTTP/1.1\n");
}

TEST(FeedTest, TheDataColumnIsTheBody) {
    const auto requests = parse_feed_table("path,data\n/,\"two\nlines\"\n/,x,y\n");
    EXPECT_EQ(requests.error().message(), "line 4: 3 fields; the header has 2");
    const auto good = parse_feed_table("path,data\n/,\"two\nlines\"");
    ASSERT_TRUE(good.ok());
    http::Origin origin;
    EXPECT_TRUE((*good)[0]->render(origin, "").ends_with("\r\n\r\ntwo\nlines"));
}

TEST(FeedTest, WrongTables) {
    EXPECT_EQ(lines(parse_feed_table("")),
              "line 1: unknown column ''; allowed are method, path, data, kwargs");
    EXPECT_EQ(lines(parse_feed_table("method\n")), "line 1: no column 'path'");
    EXPECT_EQ(lines(parse_feed_table("path,path\n")), "line 1: column 'path' is there twice");
    EXPECT_EQ(lines(parse_feed_table("path\n\"/a\n")), "line 2: a quoted field without its end");
    EXPECT_EQ(lines(parse_feed_table("path\n\"/a\"b\n")),
              "line 2: text behind the end of a quoted field");
    EXPECT_TRUE(lines(parse_feed_table("path,kwargs\n/,{\n")).starts_with("line 2: kwargs: "));
}

std::shared_ptr<const Feed> feed_of(FeedMode mode) {
    auto feed = std::make_shared<Feed>();
    feed->requests = parse_feed_lines("{\"path\": \"/a\"}\n{\"path\": \"/b\"}").value();
    feed->mode = mode;
    return feed;
}

TEST(FeedPlayerTest, PlaysAgainOrOnce) {
    FeedPlayer cycle(feed_of(FeedMode::kCycle), base::Rng(1));
    FeedPlayer once(feed_of(FeedMode::kOnce), base::Rng(1));
    for (int i = 0; i < 5; ++i) {
        EXPECT_FALSE(cycle.used_up());
        EXPECT_EQ(first_line(*cycle.next()), i % 2 == 0 ? "GET /a HTTP/1.1" : "GET /b HTTP/1.1");
    }
    EXPECT_NE(once.next(), nullptr);
    EXPECT_FALSE(once.used_up());
    EXPECT_NE(once.next(), nullptr);
    EXPECT_TRUE(once.used_up());
    EXPECT_EQ(once.next(), nullptr);
}

TEST(FeedPlayerTest, PlaysAtRandom) {
    FeedPlayer random(feed_of(FeedMode::kRandom), base::Rng(1));
    std::set<std::string> seen;
    for (int i = 0; i < 40; ++i) {
        seen.insert(first_line(*random.next()));
    }
    EXPECT_EQ(seen.size(), 2U);
}

}  // namespace
}  // namespace galileo::apps
