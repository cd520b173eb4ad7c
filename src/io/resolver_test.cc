#include "io/resolver.h"

#include <gtest/gtest.h>

#include <optional>

#include "io/testing/loop_helpers.h"

namespace galileo::io {
namespace {

using Answer = std::optional<Result<std::vector<Address>>>;

class ResolverTest : public ::testing::Test {
  protected:
    void resolve(const std::string& host, Answer& answer) {
        resolver_.resolve(host, 8080, *loop_, [&answer](auto result) { answer = result; });
    }

    std::unique_ptr<Loop> loop_ = Loop::create(base::system_clock()).release_value();
    Resolver resolver_;
};

TEST_F(ResolverTest, AnswersLiteralsInsideTheCall) {
    Answer four;
    Answer six;
    resolve("127.0.0.1", four);
    resolve("::1", six);
    ASSERT_TRUE(four && four->ok());
    ASSERT_TRUE(six && six->ok());
    EXPECT_EQ((**four)[0].to_string(), "127.0.0.1:8080");
    EXPECT_EQ((**six)[0].to_string(), "[::1]:8080");
}

TEST_F(ResolverTest, ResolvesNamesOnTheLoopAndRemembersThem) {
    Answer first;
    Answer second;
    resolve("localhost", first);
    resolve("localhost", second);
    ASSERT_TRUE(testing::turn_until(*loop_, [&] { return first && second; }));
    ASSERT_TRUE(first->ok()) << first->error().message();
    EXPECT_EQ((**first)[0].port(), 8080);
    Answer remembered;
    resolve("localhost", remembered);
    EXPECT_TRUE(remembered && remembered->ok());
}

TEST_F(ResolverTest, TellsThatANameDoesNotExist) {
    Answer answer;
    resolve("does-not-exist.invalid", answer);
    ASSERT_TRUE(testing::turn_until(*loop_, [&] { return answer.has_value(); }));
    ASSERT_FALSE(answer->ok());
    EXPECT_NE(answer->error().message().find("does-not-exist.invalid"), std::string::npos);
}

TEST(AddressTest, ReadsLiteralsOnly) {
    EXPECT_EQ(Address::literal("192.0.2.1", 80).value().to_string(), "192.0.2.1:80");
    EXPECT_EQ(Address::literal("2001:db8::1", 443).value().to_string(), "[2001:db8::1]:443");
    for (const char* wrong :
         {"", "localhost", "1.2.3", "1.2.3.4.5", "[::1]", "::1%", "256.1.1.1"}) {
        const auto address = Address::literal(wrong, 80);
        ASSERT_FALSE(address.ok()) << wrong;
        EXPECT_EQ(address.error().code(), ErrorCode::kInvalidInput);
    }
}

}  // namespace
}  // namespace galileo::io
