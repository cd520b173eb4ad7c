#include "store/columns.h"

#include <gtest/gtest.h>

#include <string>

namespace galileo::store {
namespace {

TEST(ColumnsTest, CutsAtCharactersNotBytes) {
    const std::string text = "a\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80z";  // a ü € 😀 z
    EXPECT_EQ(cut_to_characters(text, 0), "");
    EXPECT_EQ(cut_to_characters(text, 2), "a\xC3\xBC");
    EXPECT_EQ(cut_to_characters(text, 4), "a\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80");
    EXPECT_EQ(cut_to_characters(text, 5), text);
    EXPECT_EQ(cut_to_characters(text, 99), text);
}

TEST(ColumnsTest, CutsAtBytesWithoutHalfACharacter) {
    const std::string text = "a\xC3\xBC\xE2\x82\xACz";  // at 0, 1, 3 and 6
    EXPECT_EQ(cut_to_bytes(text, 0), "");
    EXPECT_EQ(cut_to_bytes(text, 1), "a");
    EXPECT_EQ(cut_to_bytes(text, 2), "a");
    EXPECT_EQ(cut_to_bytes(text, 3), "a\xC3\xBC");
    EXPECT_EQ(cut_to_bytes(text, 5), "a\xC3\xBC");
    EXPECT_EQ(cut_to_bytes(text, 6), "a\xC3\xBC\xE2\x82\xAC");
    EXPECT_EQ(cut_to_bytes(text, 7), text);
}

}  // namespace
}  // namespace galileo::store
