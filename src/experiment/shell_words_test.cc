// Goal: instruction lines are split into words as a POSIX shell splits them.
#include "experiment/shell_words.h"

#include <gtest/gtest.h>

namespace galileo::experiment {
namespace {

TEST(ShellWords, SplitsAsAShellDoes) {
    using Words = std::vector<std::string>;
    const std::pair<const char*, Words> rows[] = {
        {"", {}},
        {"  \t ", {}},
        {"spawn a b", {"spawn", "a", "b"}},
        {"  spawn\ta  b ", {"spawn", "a", "b"}},
        {R"(x '{"a": "b c"}')", {"x", R"({"a": "b c"})"}},
        {R"(x "{\"a\": \"b\"}")", {"x", R"({"a": "b"})"}},
        {R"(a\ b 'c'"d"e)", {"a b", "cde"}},
        {R"('' "")", {"", ""}},
        {R"('a\b' "a\b" a\\b)", {R"(a\b)", R"(a\b)", R"(a\b)"}},
    };
    for (const auto& [line, words] : rows) {
        const auto split = shell_words(line);
        ASSERT_TRUE(split.ok()) << line;
        EXPECT_EQ(*split, words) << line;
    }
}

TEST(ShellWords, RefusesWhatIsNotClosed) {
    for (const char* line : {"'a", "\"a", "a\\", "a 'b\" c"}) {
        EXPECT_EQ(shell_words(line).error().code(), ErrorCode::kInvalidInput) << line;
    }
}

}  // namespace
}  // namespace galileo::experiment
