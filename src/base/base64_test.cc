#include "base/base64.h"

#include <gtest/gtest.h>

namespace galileo::base {
namespace {

TEST(Base64, FollowsTheVectorsOfRfc4648) {
    const std::pair<const char*, const char*> rows[] = {{"", ""},
                                                        {"f", "Zg=="},
                                                        {"fo", "Zm8="},
                                                        {"foo", "Zm9v"},
                                                        {"foob", "Zm9vYg=="},
                                                        {"fooba", "Zm9vYmE="},
                                                        {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : rows) {
        EXPECT_EQ(to_base64(bytes), text);
        EXPECT_EQ(from_base64(text).value(), bytes);
    }
}

TEST(Base64, CarriesEveryByte) {
    std::string bytes;
    for (int byte = 0; byte < 256; ++byte) {
        bytes.push_back(static_cast<char>(byte));
    }
    EXPECT_EQ(from_base64(to_base64(bytes)).value(), bytes);
}

TEST(Base64, RefusesWhatItDoesNotWrite) {
    for (const char* text : {"Z", "Zg=", "Z===", "====", "Zm9v\n", " Zm9", "Zm9*", "Zg==Zg=="}) {
        EXPECT_FALSE(from_base64(text).ok()) << text;
    }
}

}  // namespace
}  // namespace galileo::base
