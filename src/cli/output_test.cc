#include "cli/output.h"

#include <gtest/gtest.h>

namespace galileo::cli {
namespace {

TEST(PrettyJson, RepairsWhatIsNotUtf8) {
    EXPECT_EQ(pretty_json({{"a", "\xff"}}), "{\n  \"a\": \"\xEF\xBF\xBD\"\n}\n");
}

TEST(Printable, LetsNothingControlTheTerminal) {
    EXPECT_EQ(printable("a\x1b[31m\nb\x7f"), "a?[31m?b?");
    EXPECT_EQ(printable("zürich"), "zürich");
    EXPECT_EQ(columns_of("zürich"), 6U);
}

}  // namespace
}  // namespace galileo::cli
