#include "redis/options.h"

#include <gtest/gtest.h>

namespace galileo::redis {
namespace {

TEST(RedisOptions, ReadsEveryForm) {
    struct Row {
        std::string text;
        std::string shown;
    };
    for (const auto& row : std::initializer_list<Row>{
             {"example.org", "redis://example.org:6379/0"},
             {"10.0.0.1:7000", "redis://10.0.0.1:7000/0"},
             {"redis://h", "redis://h:6379/0"},
             {"redis://h:1/3", "redis://h:1/3"},
             {"redis://h/", "redis://h:6379/0"},
             {"redis://[::1]:7/2", "redis://[::1]:7/2"},
             {"rediss://u:p@h:7", "rediss://h:7/0"},
             {"redis://h?db=4", "redis://h:6379/4"},
             {"unix:///run/r.sock", "unix:///run/r.sock"},
             {"unix://:pw@/run/r.sock?db=2", "unix:///run/r.sock?db=2"},
             {"/run/r.sock", "unix:///run/r.sock"},
         }) {
        const auto options = RedisOptions::parse(row.text);
        ASSERT_TRUE(options.ok()) << row.text << ": " << options.error().message();
        EXPECT_EQ(options->to_string(), row.shown);
    }
}

TEST(RedisOptions, DecodesLoginAndTlsOptions) {
    const auto options =
        RedisOptions::parse("rediss://al%69ce:p%40ss:w@h:7/1?ca_file=/etc/ca.pem&verify=none");
    ASSERT_TRUE(options.ok()) << options.error().message();
    EXPECT_EQ(options->user, "alice");
    EXPECT_EQ(options->password, "p@ss:w");
    EXPECT_EQ(options->ca_file, "/etc/ca.pem");
    EXPECT_EQ(options->tls, Tls::kOn);
    EXPECT_EQ(options->verify, TlsVerify::kNone);
    EXPECT_EQ(options->database, 1U);
}

TEST(RedisOptions, RefusesWhatItCannotRead) {
    for (const std::string text :
         {"", "redis://", ":6379", "h:0", "h:65536", "h:x", "h:", "http://h", "redis://h/x",
          "redis://user@h", "redis://:%zz@h", "redis://h?x=1", "unix://relative", "unix://", "[::1",
          "[::1]x", "redis://h?verify=maybe"}) {
        const auto options = RedisOptions::parse(text);
        ASSERT_FALSE(options.ok()) << text;
        EXPECT_EQ(options.error().code(), ErrorCode::kInvalidInput) << text;
    }
}

TEST(RedisOptions, MessagesNeverRepeatThePassword) {
    for (const std::string text : {"redis://u:topsecret@h:99999", "redis://:topsecret%@h",
                                   "redis://u:topsecret@h/x", "redis://u:topsecret@[h"}) {
        const auto options = RedisOptions::parse(text);
        ASSERT_FALSE(options.ok()) << text;
        EXPECT_EQ(options.error().message().find("topsecret"), std::string::npos) << text;
    }
}

}  // namespace
}  // namespace galileo::redis
