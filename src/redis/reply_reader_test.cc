#include "redis/reply_reader.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "redis/command.h"

namespace galileo::redis {
namespace {

constexpr std::size_t kBytes = 10'000;
constexpr std::size_t kElements = 100;

Result<std::optional<Reply>> read_all(std::string_view bytes) {
    ReplyReader reader(kBytes, kElements);
    TRY(reader.feed(bytes));
    return reader.next();
}

Reply text(std::string value) {
    return Reply::make_text(Reply::Kind::kText, std::move(value));
}

TEST(ReplyReader, ReadsEveryKind) {
    EXPECT_EQ(**read_all("+OK\r\n"), Reply::make_text(Reply::Kind::kStatus, "OK"));
    EXPECT_EQ(**read_all("-ERR x\r\n"), Reply::make_text(Reply::Kind::kError, "ERR x"));
    EXPECT_EQ(**read_all(":-12\r\n"), Reply::make_integer(-12));
    EXPECT_EQ(**read_all("$5\r\na\r\nbc\r\n"), text("a\r\nbc"));
    EXPECT_EQ(**read_all("$0\r\n\r\n"), text(""));
    EXPECT_EQ(**read_all("$-1\r\n"), Reply());
    EXPECT_EQ(**read_all("*-1\r\n"), Reply());
    EXPECT_EQ(**read_all("*0\r\n"), Reply::make_array({}));
    EXPECT_EQ(**read_all("*3\r\n*2\r\n$1\r\na\r\n:1\r\n$-1\r\n$1\r\nb\r\n"),
              Reply::make_array(
                  {Reply::make_array({text("a"), Reply::make_integer(1)}), Reply(), text("b")}));
}

TEST(ReplyReader, ReadsRepliesThatArriveByteByByte) {
    const std::string bytes = "*2\r\n$3\r\nfoo\r\n:7\r\n+OK\r\n";
    ReplyReader reader(kBytes, kElements);
    std::vector<Reply> replies;
    for (const char byte : bytes) {
        ASSERT_TRUE(reader.feed({&byte, 1}).ok());
        auto reply = reader.next();
        ASSERT_TRUE(reply.ok());
        if (*reply) {
            replies.push_back(std::move(**reply));
        }
    }
    ASSERT_EQ(replies.size(), 2U);
    EXPECT_EQ(replies[0], Reply::make_array({text("foo"), Reply::make_integer(7)}));
}

TEST(ReplyReader, BoundsBytesElementsAndDepth) {
    EXPECT_EQ(read_all("$20000\r\n" + std::string(15'000, 'x')).error().code(),
              ErrorCode::kProtocol);
    EXPECT_EQ(read_all("*101\r\n").error().code(), ErrorCode::kProtocol);
    EXPECT_EQ(read_all("*2147483647\r\n").error().code(), ErrorCode::kProtocol);
    EXPECT_EQ(read_all("*60\r\n*60\r\n").error().code(), ErrorCode::kProtocol);
    std::string deep;
    for (int i = 0; i < 50; ++i) {
        deep += "*1\r\n";
    }
    EXPECT_EQ(read_all(deep).error().code(), ErrorCode::kProtocol);
}

TEST(ReplyReader, BudgetIsPerReply) {
    ReplyReader reader(kBytes, kElements);
    for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(
            reader.feed("*3\r\n:1\r\n:2\r\n:3\r\n$900\r\n" + std::string(900, 'x') + "\r\n").ok());
        ASSERT_TRUE((*reader.next()).has_value());
        ASSERT_TRUE((*reader.next()).has_value());
        ASSERT_FALSE((*reader.next()).has_value());
    }
}

TEST(ReplyReader, RefusesJunk) {
    for (const std::string junk : {"HTTP/1.1 200 OK\r\n\r\n", "$x\r\n", "*x\r\n", ":\r\n", "\r\n",
                                   "\x16\x03\x01", "$-2\r\n", "*-2\r\n"}) {
        const auto reply = read_all(junk);
        if (reply.ok()) {
            EXPECT_FALSE(reply->has_value()) << junk;
        } else {
            EXPECT_EQ(reply.error().code(), ErrorCode::kProtocol) << junk;
        }
    }
}

TEST(ReplyReader, SurvivesRandomChangesToAGoodStream) {
    const std::string good =
        "*3\r\n*2\r\n$1\r\na\r\n:1\r\n$-1\r\n$10\r\n0123456789\r\n+OK\r\n-ERR\r\n";
    for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
        base::Rng rng(seed);
        auto bytes = good;
        for (auto changes = 1 + rng.below(4); changes > 0; --changes) {
            bytes[rng.below(bytes.size())] = static_cast<char>(rng.below(256));
        }
        ReplyReader reader(kBytes, kElements);
        if (!reader.feed(bytes)) {
            continue;
        }
        for (int i = 0; i < 20; ++i) {
            const auto reply = reader.next();
            if (!reply || !*reply) {
                break;
            }
        }
    }
}

TEST(Reply, AccessorsNameWhatTheyMiss) {
    EXPECT_EQ(Reply::make_integer(4).integer().value(), 4);
    EXPECT_EQ(text("x").integer().error().code(), ErrorCode::kProtocol);
    EXPECT_EQ(Reply().text().error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(Reply().optional_text().value(), std::nullopt);
    EXPECT_EQ(Reply::make_array({text("a"), Reply(), text("b")}).texts().value(),
              (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(Reply::make_array({text("a"), text("1")}).text_map().value().at("a"), "1");
    EXPECT_FALSE(Reply::make_array({text("a")}).text_map().ok());
    EXPECT_FALSE(Reply::make_array({Reply::make_integer(1)}).texts().ok());
}

TEST(Reply, ErrorsCarryTheCodeThatTheirFirstWordMeans) {
    struct Row {
        std::string text;
        ErrorCode code;
    };
    for (const auto& row : std::initializer_list<Row>{
             {"NOAUTH Authentication required.", ErrorCode::kDenied},
             {"WRONGPASS invalid username-password pair", ErrorCode::kDenied},
             {"ERR invalid password", ErrorCode::kDenied},
             {"WRONGTYPE Operation against a key", ErrorCode::kConflict},
             {"OOM command not allowed", ErrorCode::kExhausted},
             {"LOADING Redis is loading", ErrorCode::kUnavailable},
             {"NOGROUP No such key", ErrorCode::kNotFound},
             {"ERR unknown command", ErrorCode::kInternal},
             {"", ErrorCode::kInternal}}) {
        const auto reply = Reply::make_text(Reply::Kind::kError, row.text);
        EXPECT_EQ(reply.check().error().code(), row.code) << row.text;
        EXPECT_EQ(reply.integer().error().code(), row.code) << row.text;
    }
}

TEST(Command, EncodesBytesOfAnyKind) {
    std::string out;
    Command{"SET", std::string_view("k\0", 2), "v\r\n"}.encode_to(out);
    EXPECT_EQ(out, std::string("*3\r\n$3\r\nSET\r\n$2\r\nk\0\r\n$3\r\nv\r\n\r\n", 30));
    out.clear();
    const std::vector<std::string> keys{"a", ""};
    Command("DEL").args(keys).arg(-7).encode_to(out);
    EXPECT_EQ(out, "*4\r\n$3\r\nDEL\r\n$1\r\na\r\n$0\r\n\r\n$2\r\n-7\r\n");
}

}  // namespace
}  // namespace galileo::redis
