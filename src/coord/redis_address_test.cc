#include "coord/redis_address.h"

#include <gmock/gmock.h>

namespace galileo::coord {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Source = RedisAddress::Source;

base::Environment with(base::Environment::Map variables) {
    return base::Environment(std::move(variables));
}

TEST(FindRedis, IsOnThisMachineByDefault) {
    const auto address = find_redis("", {}).value();
    EXPECT_EQ(address.options.host, "localhost");
    EXPECT_EQ(address.options.port, 6379);
    EXPECT_EQ(address.source, Source::kDefault);
}

TEST(FindRedis, ReadsTheVariablesOfTheOriginal) {
    const auto address = find_redis("", with({{"galileo_redis_host", "node-a"},
                                              {"galileo_redis_port", "7000"},
                                              {"galileo_redis_password", "sesame"}}))
                             .value();
    EXPECT_EQ(address.options.host, "node-a");
    EXPECT_EQ(address.options.port, 7000);
    EXPECT_EQ(address.options.password, "sesame");
    EXPECT_EQ(address.source, Source::kEnvironment);
}

TEST(FindRedis, PrefersTheFlagThenTheUrl) {
    const auto environment =
        with({{"galileo_redis_host", "node-a"}, {"galileo_redis_url", "rediss://node-b:7001/2"}});
    const auto by_url = find_redis("", environment).value();
    EXPECT_EQ(by_url.options.host, "node-b");
    EXPECT_EQ(by_url.options.database, 2U);
    EXPECT_EQ(by_url.options.tls, redis::Tls::kOn);
    const auto by_flag = find_redis("node-c:7002", environment).value();
    EXPECT_EQ(by_flag.options.host, "node-c");
    EXPECT_EQ(by_flag.options.port, 7002);
    EXPECT_EQ(by_flag.source, Source::kFlag);
}

TEST(FindRedis, TakesThePasswordFromTheAddressFirst) {
    const auto environment =
        with({{"galileo_redis_password", "outer"}, {"galileo_redis_user", "ada"}});
    EXPECT_EQ(find_redis("redis://:inner@h", environment).value().options.password, "inner");
    EXPECT_EQ(find_redis("h", environment).value().options.password, "outer");
    EXPECT_EQ(find_redis("h", environment).value().options.user, "ada");
}

TEST(FindRedis, KnowsAnEmbeddedRedis) {
    const auto environment = with({{"galileo_redis_host", "file:///tmp/r"}});
    EXPECT_EQ(find_redis("", environment).value().embedded_directory, "/tmp/r");
    EXPECT_EQ(running_redis("", environment).error().code(), ErrorCode::kInvalidInput);
    EXPECT_EQ(running_redis("h:1", environment).value().host, "h");
    EXPECT_FALSE(find_redis("", with({{"galileo_redis_host", "file://"}})).ok());
}

TEST(FindRedis, NamesWhatIsWrongButNoPassword) {
    EXPECT_THAT(find_redis("", with({{"galileo_redis_port", "x"}})).error().message(),
                HasSubstr("galileo_redis_port: 'x'"));
    const auto flag = find_redis("redis://:sesame@h:99999", {});
    EXPECT_THAT(flag.error().message(), HasSubstr("--redis: "));
    EXPECT_THAT(flag.error().message(), Not(HasSubstr("sesame")));
}

}  // namespace
}  // namespace galileo::coord
