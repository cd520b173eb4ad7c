#include "telemd/ini_file.h"

#include <gmock/gmock.h>

namespace galileo::telemd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(IniFileTest, ReadsSectionsAndValues) {
    const auto entries = parse_ini(
        "a=1\r\n; whole line\n[ s 1 ]\n  b = two words # rest\n c = \"quoted # not \"\n"
        "[t]\n\te =\nurl = redis://:p#w@h ; x = y\n[u]");
    ASSERT_TRUE(entries.ok());
    // A comment begins after a blank, also within quotes.
    EXPECT_THAT(*entries,
                ElementsAre(IniEntry{"", "a", "1", 1}, IniEntry{"s 1", "b", "two words", 4},
                            IniEntry{"s 1", "c", "\"quoted", 5}, IniEntry{"t", "e", "", 7},
                            IniEntry{"t", "url", "redis://:p#w@h", 8}));
    EXPECT_THAT(*parse_ini(""), IsEmpty());
}

TEST(IniFileTest, RefusesOtherLines) {
    for (const auto* text : {"word", "[open", "= value", "a = 1\n]"}) {
        const auto entries = parse_ini(text);
        ASSERT_FALSE(entries.ok()) << text;
        EXPECT_EQ(entries.error().code(), ErrorCode::kInvalidInput);
    }
}

}  // namespace
}  // namespace galileo::telemd
