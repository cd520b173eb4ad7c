#include "model/utf8.h"

#include <gtest/gtest.h>

namespace galileo::model {
namespace {

TEST(Utf8, TellsValidFromInvalid) {
    for (const char* good : {"", "plain ascii of some length", "\xC3\xBC",
                             "longer text \xE2\x82\xAC", "\xF0\x9F\x9A\x80", "\xF4\x8F\xBF\xBF",
                             "12345678\xC3\xBC"
                             "12345678"}) {
        EXPECT_TRUE(is_utf8(good)) << good;
        EXPECT_EQ(to_utf8(good), good);
    }
    for (const char* bad : {"\xFF", "12345678\x80", "\xC3", "1234567\xC3", "\xC0\xAF",
                            "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"}) {
        EXPECT_FALSE(is_utf8(bad));
        EXPECT_TRUE(is_utf8(to_utf8(bad)));
    }
    EXPECT_EQ(to_utf8("a\xE2\x82z"), "a\xEF\xBF\xBDz");
}

TEST(Utf8, CountsCodePoints) {
    EXPECT_EQ(count_code_points(""), 0U);
    EXPECT_EQ(count_code_points("a\xC3\xBC\xF0\x9F\x9A\x80"), 3U);
    EXPECT_EQ(count_code_points("\xE2\x82z"), 2U);
}

}  // namespace
}  // namespace galileo::model
