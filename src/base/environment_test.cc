#include "base/environment.h"

#include <gtest/gtest.h>

namespace galileo::base {
namespace {

TEST(Environment, FindsAndFallsBack) {
    const Environment environment({{"galileo_zone", "A"}, {"galileo_empty", ""}, {"other", "x"}});
    EXPECT_EQ(environment.find("galileo_zone"), "A");
    EXPECT_EQ(environment.get("galileo_empty", "fallback"), "");
    EXPECT_EQ(environment.get("galileo_missing", "fallback"), "fallback");
    EXPECT_EQ(environment.with_prefix("galileo_").size(), 2U);
}

TEST(NamesSecret, RecognisesWhatMustNotBePublished) {
    for (const char* name :
         {"galileo_redis_password", "galileo_API_TOKEN", "galileo_secret", "galileo_tls_key"}) {
        EXPECT_TRUE(names_secret(name)) << name;
    }
    EXPECT_FALSE(names_secret("galileo_zone"));
}

TEST(HoldsSecret, LooksAtAddressesToo) {
    EXPECT_TRUE(holds_secret("galileo_redis_password", ""));
    for (const char* value :
         {"redis://:sesame@host:1", "http://me:x@host/path", "rediss://me@host"}) {
        EXPECT_TRUE(holds_secret("galileo_redis_url", value)) << value;
    }
    for (const char* value : {"", "me@host", "redis://host:6379/0", "http://host/a@b", "://"}) {
        EXPECT_FALSE(holds_secret("galileo_redis_url", value)) << value;
    }
}

}  // namespace
}  // namespace galileo::base
