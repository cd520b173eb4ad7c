#include "report/text.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "base/assert.h"
#include "model/utf8.h"

namespace galileo::report {

namespace {

constexpr int kColumnGap = 2;
constexpr int kItemGap = 3;

struct Range {
    char32_t first;
    char32_t last;
};
// Unicode 15: combining marks and invisible characters that occur in names, and the blocks that
// East Asian Width calls W or F. Coarse on purpose: unassigned gaps inside a block do not matter.
constexpr std::array kZeroWidth = {
    Range{0x0300, 0x036F}, Range{0x0483, 0x0489}, Range{0x0591, 0x05BD}, Range{0x0610, 0x061A},
    Range{0x064B, 0x065F}, Range{0x1AB0, 0x1AFF}, Range{0x1DC0, 0x1DFF}, Range{0x200B, 0x200F},
    Range{0x20D0, 0x20FF}, Range{0xFE00, 0xFE0F}, Range{0xFE20, 0xFE2F}, Range{0xE0100, 0xE01EF}};
constexpr std::array kWide = {
    Range{0x1100, 0x115F},   Range{0x2E80, 0x303E},   Range{0x3041, 0x33FF},
    Range{0x3400, 0x4DBF},   Range{0x4E00, 0x9FFF},   Range{0xA000, 0xA4CF},
    Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},   Range{0xFE30, 0xFE6F},
    Range{0xFF00, 0xFF60},   Range{0xFFE0, 0xFFE6},   Range{0x1F300, 0x1F64F},
    Range{0x1F680, 0x1F6FF}, Range{0x1F900, 0x1F9FF}, Range{0x20000, 0x3FFFD}};

template <std::size_t Size>
bool lies_in(char32_t character, const std::array<Range, Size>& ranges) {
    return std::any_of(ranges.begin(), ranges.end(), [&](const Range& range) {
        return character >= range.first && character <= range.last;
    });
}

int width_of(char32_t character) {
    if (lies_in(character, kZeroWidth)) {
        return 0;
    }
    return lies_in(character, kWide) ? 2 : 1;
}

/// What stands for a character in ASCII.
std::string_view in_ascii(char32_t character) {
    switch (character) {
        case U'µ':
        case U'μ':
            return "u";
        case U'→':
            return "->";
        case U'–':
        case U'—':
        case U'−':
            return "-";
        case U'…':
            return "...";
        case U'·':
            return ".";
        case U'×':
            return "x";
        case U'±':
            return "+-";
        case U'≥':
            return ">=";
        case U'≤':
            return "<=";
        case U'≠':
            return "!=";
        case U'✓':
            return "ok";
        case U'✗':
            return "FAIL";
        case U'■':
        case U'█':
            return "#";
        case U'▏':
            return ".";
        case U'▁':
            return "_";
        case U'▂':
            return ".";
        case U'▃':
            return "-";
        case U'▄':
            return "=";
        case U'▅':
            return "+";
        case U'▆':
            return "*";
        case U'▇':
            return "%";
        default:
            return "?";
    }
}

std::string_view code_of(Style style) {
    switch (style) {
        case Style::kPlain:
            return "";
        case Style::kBold:
            return "\x1b[1m";
        case Style::kDim:
            return "\x1b[2m";
        case Style::kGood:
            return "\x1b[32m";
        case Style::kWarn:
            return "\x1b[33m";
        case Style::kBad:
            return "\x1b[31m";
        case Style::kAccent:
            return "\x1b[36m";
    }
    return "";
}

std::string spaces(int count) {
    return std::string(static_cast<std::size_t>(std::max(count, 0)), ' ');
}

}  // namespace

int display_width(std::string_view text) {
    int width = 0;
    while (!text.empty()) {
        const model::CodePoint next = model::decode_utf8(text, 0);
        width += next.valid ? width_of(next.value) : 1;
        text.remove_prefix(next.length);
    }
    return width;
}

std::string showable(std::string_view text, const TerminalTraits& traits) {
    std::string shown;
    while (!text.empty()) {
        const model::CodePoint next = model::decode_utf8(text, 0);
        const std::string_view bytes = text.substr(0, next.length);
        text.remove_prefix(next.length);
        // C1 controls (U+0080 to U+009F) are commands too, to some terminals.
        const bool is_control = next.value < 0x20U || (next.value >= 0x7FU && next.value < 0xA0U);
        if (!next.valid || is_control) {
            shown += '?';
        } else if (next.value < 0x80U || traits.unicode) {
            shown += bytes;
        } else {
            shown += in_ascii(next.value);
        }
    }
    return shown;
}

std::string cut(std::string_view text, int columns, const TerminalTraits& traits) {
    if (display_width(text) <= columns) {
        return std::string(text);
    }
    if (columns <= 0) {
        return {};
    }
    std::string kept;
    int width = 0;
    while (!text.empty()) {
        const model::CodePoint next = model::decode_utf8(text, 0);
        width += next.valid ? width_of(next.value) : 1;
        if (width > columns - 1) {
            break;
        }
        kept += text.substr(0, next.length);
        text.remove_prefix(next.length);
    }
    return kept + (traits.unicode ? "…" : "~");
}

Line& Line::add(std::string_view text, Style style) {
    append(showable(text, traits_), style);
    return *this;
}

void Line::append(std::string shown, Style style) {
    width_ += display_width(shown);
    if (!spans_.empty() && spans_.back().style == style) {
        spans_.back().text += shown;
    } else if (!shown.empty()) {
        spans_.push_back(Span{std::move(shown), style});
    }
}

Line& Line::add_cell(std::string_view text, int columns, Align align, Style style) {
    const std::string shown = cut(showable(text, traits_), columns, traits_);
    const std::string fill = spaces(columns - display_width(shown));
    if (align == Align::kRight) {
        add(fill);
    }
    append(shown, style);
    return align == Align::kLeft ? add(fill) : *this;
}

Line& Line::pad_to(int column) {
    return add(spaces(column - width_));
}

std::string Line::render() const {
    std::string text;
    for (const auto& span : spans_) {
        const std::string_view code = traits_.colour ? code_of(span.style) : "";
        text += code;
        text += span.text;
        text += code.empty() ? "" : "\x1b[0m";
    }
    while (!text.empty() && text.back() == ' ') {
        text.pop_back();
    }
    return text;
}

std::string Line::render_cut() const {
    if (width_ <= traits_.columns) {
        return render();
    }
    Line fitting(traits_);
    for (const auto& span : spans_) {
        const int room = traits_.columns - fitting.width_;
        // One column stays for the mark, unless this is the end of the line.
        const bool fits = display_width(span.text) < room;
        fitting.spans_.push_back(
            Span{fits ? span.text : cut(span.text + "  ", room, traits_), span.style});
        fitting.width_ += display_width(fitting.spans_.back().text);
        if (!fits) {
            break;
        }
    }
    return fitting.render();
}

void Page::gap() {
    if (!lines_.empty() && lines_.back().width() > 0) {
        line();
    }
}

void Page::paragraph(Line first, std::string_view words, Style style) {
    const int indent = first.width();
    Line current = std::move(first);
    bool is_empty = true;
    while (!words.empty()) {
        const std::size_t end = std::min(words.find(' '), words.size());
        const std::string word = showable(words.substr(0, end), traits_);
        words.remove_prefix(std::min(end + 1, words.size()));
        if (!is_empty && current.width() + 1 + display_width(word) > traits_.columns) {
            lines_.push_back(std::exchange(current, Line(traits_)));
            current.pad_to(indent);
            is_empty = true;
        }
        current.add(is_empty ? word : " " + word, style);
        is_empty = false;
    }
    lines_.push_back(std::move(current));
}

void Page::items(Line first, const std::vector<Cell>& cells) {
    const int indent = first.width();
    Line current = std::move(first);
    bool is_first = true;
    for (const auto& cell : cells) {
        const int width = display_width(showable(cell.text, traits_));
        if (!is_first && current.width() + kItemGap + width > traits_.columns) {
            lines_.push_back(std::exchange(current, Line(traits_)));
            current.pad_to(indent);
            is_first = true;
        }
        if (is_first && indent + width > traits_.columns) {
            paragraph(std::exchange(current, Line(traits_)), cell.text, cell.style);
            current = lines_.back();
            lines_.pop_back();
        } else {
            current.pad_to(is_first ? indent : current.width() + kItemGap)
                .add(cell.text, cell.style);
        }
        is_first = false;
    }
    lines_.push_back(std::move(current));
}

std::string Page::render(Overflow overflow) const {
    std::string text;
    for (const auto& line : lines_) {
        text += overflow == Overflow::kCut ? line.render_cut() : line.render();
        text += '\n';
    }
    return text;
}

std::vector<int> Table::fitting_widths(const TerminalTraits& traits, int room) const {
    std::vector<int> widths;
    for (std::size_t at = 0; at < columns_.size(); ++at) {
        int width = display_width(showable(columns_[at].title, traits));
        for (const auto& row : rows_) {
            width = std::max(width, display_width(showable(row[at].text, traits)));
        }
        widths.push_back(width);
    }
    const int name_width = widths.empty() ? 0 : widths[0];
    while (true) {
        int taken = 0;
        std::size_t weakest = 0;
        for (std::size_t at = 1; at < columns_.size(); ++at) {
            taken += widths[at] > 0 ? widths[at] + kColumnGap : 0;
            const bool is_weaker = widths[at] > 0 && columns_[at].keep < Column::kAlways &&
                                   (weakest == 0 || columns_[at].keep <= columns_[weakest].keep);
            weakest = is_weaker ? at : weakest;
        }
        if (taken + std::min(name_width, kNameWidthMin) <= room || weakest == 0) {
            widths[0] = std::clamp(room - taken, std::min(name_width, kNameWidthMin), name_width);
            return widths;
        }
        widths[weakest] = 0;
    }
}

void Table::draw(Page& page, int indent) const {
    const std::vector<int> widths = fitting_widths(page.traits(), page.traits().columns - indent);
    const auto draw_row = [&](const auto& text_of, const auto& style_of) {
        Line& line = page.line().pad_to(indent);
        for (std::size_t at = 0; at < columns_.size(); ++at) {
            if (widths[at] == 0) {
                continue;
            }
            line.add(at == 0 ? "" : spaces(kColumnGap));
            if (at + 1 == columns_.size() && columns_[at].align == Align::kLeft) {
                line.add(cut(showable(text_of(at), page.traits()), widths[at], page.traits()),
                         style_of(at));  // nothing to fill up before
            } else {
                line.add_cell(text_of(at), widths[at], columns_[at].align, style_of(at));
            }
        }
    };
    draw_row([&](std::size_t at) { return columns_[at].title; },
             [](std::size_t) { return Style::kDim; });
    for (const auto& row : rows_) {
        GALILEO_ASSERT(row.size() == columns_.size());
        draw_row([&](std::size_t at) { return row[at].text; },
                 [&](std::size_t at) { return row[at].style; });
    }
}

}  // namespace galileo::report
