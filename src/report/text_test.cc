#include "report/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace galileo::report {
namespace {

constexpr TerminalTraits kUnicode{20, 0, false, false, true};
constexpr TerminalTraits kAscii{20, 0, false, false, false};
constexpr TerminalTraits kColour{20, 0, false, true, true};

TEST(Text, WidthCountsColumnsNotBytes) {
    EXPECT_EQ(display_width(""), 0);
    EXPECT_EQ(display_width("12µs"), 4);
    EXPECT_EQ(display_width("█▏→"), 3);
    EXPECT_EQ(display_width("負荷"), 4);
    EXPECT_EQ(display_width("😀"), 2);
    EXPECT_EQ(display_width("e\xCC\x81"), 1);  // e and a combining accent
    EXPECT_EQ(display_width("\xff\xfe"), 2);   // not UTF-8: one column each
}

TEST(Text, ForeignTextCannotSteerTheTerminal) {
    EXPECT_EQ(showable("a\x1b[2Jb\nc\x7f", kUnicode), "a?[2Jb?c?");
    EXPECT_EQ(showable("\xC2\x9B", kUnicode), "?");  // CSI as one C1 character
    EXPECT_EQ(showable("\xE2\x82", kUnicode), "?");
    EXPECT_EQ(showable("\xED\xA0\x80", kUnicode), "???");  // a surrogate
}

TEST(Text, AsciiHasWordsForWhatWeUse) {
    EXPECT_EQ(showable("12µs ✓ ✗ ≥ 1 → 2 … ■", kAscii), "12us ok FAIL >= 1 -> 2 ... #");
    EXPECT_EQ(showable("ü負", kAscii), "??");
}

TEST(Text, CutsToColumns) {
    EXPECT_EQ(cut("abcdef", 6, kUnicode), "abcdef");
    EXPECT_EQ(cut("abcdef", 4, kUnicode), "abc…");
    EXPECT_EQ(cut("abcdef", 4, kAscii), "abc~");
    EXPECT_EQ(cut("負荷試験", 4, kUnicode), "負…");
    EXPECT_EQ(cut("abc", 0, kUnicode), "");
}

TEST(Text, LinesAlignAndColour) {
    Line line(kColour);
    line.add_cell("ab", 4, Align::kRight)
        .add("|")
        .add_cell("µ", 3, Align::kLeft, Style::kBad)
        .add("|");
    EXPECT_EQ(line.width(), 9);
    EXPECT_EQ(line.render(), "  ab|\x1b[31mµ\x1b[0m  |");
    EXPECT_EQ(Line(kUnicode).add("ab").pad_to(4).add("c").render(), "ab  c");
    EXPECT_EQ(Line(kUnicode).add("abc  ").render(), "abc");
}

TEST(Text, CutLinesKeepTheirColours) {
    Line line(kColour);
    line.add("0123456789").add("0123456789abc", Style::kBad);
    EXPECT_EQ(line.render_cut(), "0123456789\x1b[31m012345678…\x1b[0m");
    Line exact(kUnicode);
    exact.add("0123456789").add("0123456789");
    EXPECT_EQ(exact.render_cut(), "01234567890123456789");
    Line many(kUnicode);
    many.add("0123456789").add("0123456789").add("x");
    EXPECT_EQ(many.render_cut(), "0123456789012345678…");
}

TEST(Text, ParagraphsHangUnderTheirFirstWord) {
    Page page(kUnicode);
    page.paragraph(std::move(Line(kUnicode).add("  a ")), "one two three four");
    EXPECT_EQ(page.render(Overflow::kCut), "  a one two three\n    four\n");
}

Table sample_table() {
    Table table(
        {{"name", Align::kLeft}, {"rate"}, {"p50", Align::kRight, 2}, {"p90", Align::kRight, 1}});
    table.add_row({{"a"}, {"1,000.0"}, {"1ms"}, {"2ms"}});
    table.add_row({{"a-very-long-name"}, {"5.0"}, {"10µs"}, {"200ms"}});
    return table;
}

std::string drawn(int columns) {
    Page page({columns, 0, false, false, true});
    sample_table().draw(page, 1);
    return page.render(Overflow::kCut);
}

TEST(Text, TablesAlignTheirColumns) {
    EXPECT_EQ(drawn(80),
              " name                 rate   p50    p90\n"
              " a                 1,000.0   1ms    2ms\n"
              " a-very-long-name      5.0  10µs  200ms\n");
}

TEST(Text, NarrowTablesShortenNamesThenDropColumns) {
    EXPECT_EQ(drawn(36),
              " name              rate   p50    p90\n"
              " a              1,000.0   1ms    2ms\n"
              " a-very-long-…      5.0  10µs  200ms\n");
    EXPECT_EQ(drawn(30),
              " name               rate   p50\n"
              " a               1,000.0   1ms\n"
              " a-very-long-n…      5.0  10µs\n");
    EXPECT_EQ(drawn(20),
              " name           rate\n"
              " a           1,000.0\n"
              " a-very-lo…      5.0\n");
}

}  // namespace
}  // namespace galileo::report
