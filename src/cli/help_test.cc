#include "cli/help.h"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

namespace galileo::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// Columns of a line; bytes that continue a UTF-8 character take none.
std::size_t columns(const std::string& line) {
    return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char byte) {
        return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
    }));
}

TEST(HelpText, FitsATerminalOf80Columns) {
    auto commands = all_commands();
    std::vector<std::string> pages = {to_text(overview_page(commands))};
    for (const auto& command : commands) {
        pages.push_back(to_text(help_page(*command)));
    }
    for (const auto& page : pages) {
        std::istringstream lines(page);
        bool in_code = false;  // command lines are not broken
        for (std::string line; std::getline(lines, line);) {
            if (!line.empty() && line[0] != ' ') {
                in_code = line == "Examples:" || line == "Usage:";
            }
            EXPECT_TRUE(in_code || columns(line) <= 80) << line;
        }
    }
}

TEST(HelpText, WrapsAtWordsAndKeepsTheIndent) {
    HelpPage page;
    page.name = "galileo x";
    page.sections = {{"Options", {{"--a N", "one two three four five six"}}}};
    EXPECT_THAT(to_text(page, 24), HasSubstr("  --a N  one two three\n         four five six\n"));
}

TEST(HelpText, GivesALongTermALineOfItsOwn) {
    HelpPage page;
    page.sections = {{"Options", {{"--a", "short"}, {"--a-very-long-flag-name VALUE", "text"}}}};
    EXPECT_THAT(to_text(page),
                HasSubstr("  --a  short\n  --a-very-long-flag-name VALUE\n       text\n"));
}

TEST(HelpPages, SayForEveryCommandWhatItIsAndShowAnExample) {
    std::set<std::string> names;
    for (const auto& command : all_commands()) {
        const Manual manual = command->manual();
        EXPECT_TRUE(names.insert(manual.name).second) << manual.name;
        EXPECT_THAT(manual.summary, Not(IsEmpty()));
        EXPECT_THAT(manual.group, Not(IsEmpty()));
        EXPECT_THAT(manual.description, Not(IsEmpty()));
        EXPECT_THAT(manual.examples, Not(IsEmpty())) << manual.name;
        for (const auto& example : manual.examples) {
            EXPECT_THAT(example.term, HasSubstr("galileo ")) << manual.name;
        }
    }
}

TEST(HelpPages, ExplainEveryFlag) {
    for (const auto& command : all_commands()) {
        for (const auto& section : help_page(*command).sections) {
            for (const auto& entry : section.entries) {
                EXPECT_THAT(entry.text, Not(IsEmpty())) << command->manual().name << entry.term;
            }
        }
    }
}

TEST(Markdown, EscapesWhatWouldBecomeMarkup) {
    HelpPage page;
    page.name = "galileo x";
    page.sections = {{"Options", {{"--a x|y", "one|two *three*"}}}};
    EXPECT_THAT(to_markdown(page), HasSubstr("| `--a x\\|y` | one\\|two \\*three\\* |"));
}

/// docs/cli is this program's own help; `galileo help --markdown docs/cli` makes it anew.
TEST(Markdown, IsWhatDocsSay) {
    const std::string folder = GALILEO_SOURCE_DIR "/docs/cli/";
    for (const auto& [name, text] : markdown_files(all_commands())) {
        std::ifstream file(folder + name);
        const std::string stored((std::istreambuf_iterator<char>(file)), {});
        EXPECT_EQ(stored, text) << folder + name
                                << " is out of date: galileo help --markdown docs/cli";
    }
}

}  // namespace
}  // namespace galileo::cli
