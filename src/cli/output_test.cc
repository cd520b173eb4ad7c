#include "cli/output.h"

#include <gtest/gtest.h>

namespace galileo::cli {
namespace {

TEST(PrettyJson, RepairsWhatIsNotUtf8) {
    EXPECT_EQ(pretty_json({{"a", "\xff"}}), "{\n  \"a\": \"\xEF\xBF\xBD\"\n}\n");
}

}  // namespace
}  // namespace galileo::cli
