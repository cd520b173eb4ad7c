#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/terminal.h"

namespace galileo::report {

/// Columns of the words on the left of a page, one space before them included.
inline constexpr int kLabelWidth = 11;

/// The columns that UTF-8 text takes on a terminal: 2 for East Asian wide characters and emoji, 0
/// for combining marks.
int display_width(std::string_view text);

/// The text as `traits` can show it: control characters (foreign text must not steer the terminal)
/// and broken UTF-8 become `?`; without Unicode, `µ` becomes `u`, `→` `->` and so on.
std::string showable(std::string_view text, const TerminalTraits& traits);

/// Cut to `columns`, with `…` (`~` without Unicode) as the last one when something was cut.
std::string cut(std::string_view text, int columns, const TerminalTraits& traits);

enum class Style { kPlain, kBold, kDim, kGood, kWarn, kBad, kAccent };
enum class Align { kLeft, kRight };

/// One line of styled text for one kind of terminal. Text is made showable when it is added, so
/// widths are final. Thread-compatible.
class Line {
  public:
    explicit Line(const TerminalTraits& traits) : traits_(traits) {}

    Line& add(std::string_view text, Style style = Style::kPlain);
    /// Adds the text filled up with spaces to `columns`; longer text is cut.
    Line& add_cell(std::string_view text, int columns, Align align, Style style = Style::kPlain);
    /// Spaces up to the column (from 0); none when the line is longer already.
    Line& pad_to(int column);

    [[nodiscard]] int width() const { return width_; }
    /// With colours where the terminal has them.
    [[nodiscard]] std::string render() const;
    /// The same, at most as wide as the terminal.
    [[nodiscard]] std::string render_cut() const;

  private:
    struct Span {
        std::string text;
        Style style;
    };

    void append(std::string shown, Style style);

    TerminalTraits traits_;
    std::vector<Span> spans_;
    int width_ = 0;
};

/// A piece of text of one style.
struct Cell {
    std::string text;
    Style style = Style::kPlain;
};

/// Whether lines wider than the terminal are cut (what is redrawn must be) or left to it.
enum class Overflow { kCut, kKeep };

/// Lines from top to bottom. Thread-compatible.
class Page {
  public:
    explicit Page(const TerminalTraits& traits) : traits_(traits) {}

    /// A new empty line at the bottom; valid until the next call.
    Line& line() { return lines_.emplace_back(traits_); }
    /// A new empty line, unless the page is empty or ends with one.
    void gap();
    /// Words after `first`, broken into lines that fit and begin under the first word.
    void paragraph(Line first, std::string_view words, Style style = Style::kPlain);
    /// Items three spaces apart after `first`, broken into lines between items (and inside those
    /// that are too long by themselves), which begin under the first one.
    void items(Line first, const std::vector<Cell>& cells);

    [[nodiscard]] const TerminalTraits& traits() const { return traits_; }
    [[nodiscard]] const std::vector<Line>& lines() const { return lines_; }
    /// All lines, each with a line end.
    [[nodiscard]] std::string render(Overflow overflow) const;

  private:
    TerminalTraits traits_;
    std::vector<Line> lines_;
};

/// A column of a table. When the terminal is too narrow, the columns with the lowest `keep` go
/// first; those with kAlways stay.
struct Column {
    static constexpr int kAlways = 100;

    std::string title;
    Align align = Align::kRight;
    int keep = kAlways;
};

/// Aligned columns. The first one gives way, down to kNameWidthMin, before others are dropped.
/// Thread-compatible.
class Table {
  public:
    static constexpr int kNameWidthMin = 10;

    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    /// As many cells as columns.
    void add_row(std::vector<Cell> cells) { rows_.push_back(std::move(cells)); }
    /// Adds the table to a page, `indent` spaces from the left.
    void draw(Page& page, int indent) const;

  private:
    [[nodiscard]] std::vector<int> fitting_widths(const TerminalTraits& traits, int room) const;

    std::vector<Column> columns_;
    std::vector<std::vector<Cell>> rows_;
};

}  // namespace galileo::report
