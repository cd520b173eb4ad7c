#include "report/testing/screen.h"

#include <algorithm>
#include <cctype>

namespace galileo::report::testing {

void Screen::feed(std::string_view text) {
    while (!text.empty()) {
        if (text.starts_with("\x1b[")) {
            std::size_t end = 2;
            while (end + 1 < text.size() &&
                   std::isalpha(static_cast<unsigned char>(text[end])) == 0) {
                ++end;
            }
            escape(text.substr(2, end - 2), text[end]);
            text.remove_prefix(end + 1);
            continue;
        }
        std::size_t length = 1;
        while (length < text.size() &&
               (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) {
            ++length;
        }
        if (text[0] == '\r') {
            column_ = 0;
        } else if (text[0] == '\n') {
            new_row(false);
        } else {
            put(std::string(text.substr(0, length)));
        }
        text.remove_prefix(length);
    }
}

void Screen::put(std::string character) {
    if (column_ == static_cast<std::size_t>(columns_)) {
        new_row(true);
    }
    auto& cells = rows_of_text_[row_].cells;
    cells.resize(std::max(cells.size(), column_ + 1), " ");
    cells[column_++] = std::move(character);
}

void Screen::new_row(bool continues) {
    rows_of_text_[row_].continues = continues;
    column_ = 0;
    if (++row_ == rows_of_text_.size()) {
        rows_of_text_.emplace_back();
    }
}

void Screen::escape(std::string_view parameters, char command) {
    if (command == 'A') {
        const auto count = static_cast<std::size_t>(std::stoi("0" + std::string(parameters)));
        // The cursor stops at the top of the screen; what scrolled away is out of reach.
        const std::size_t top = rows_of_text_.size() > static_cast<std::size_t>(rows_)
                                    ? rows_of_text_.size() - static_cast<std::size_t>(rows_)
                                    : 0;
        row_ = row_ >= top + count ? row_ - count : top;
    } else if (command == 'J') {
        rows_of_text_.resize(row_ + 1);
        auto& cells = rows_of_text_[row_].cells;
        cells.resize(std::min(cells.size(), column_));
        rows_of_text_[row_].continues = false;
    }
}

void Screen::resize(int columns) {
    const auto old = lines();
    const bool at_new_line = rows_of_text_[row_].cells.empty();
    columns_ = columns;
    rows_of_text_.assign(1, {});
    row_ = 0;
    column_ = 0;
    for (std::size_t at = 0; at < old.size(); ++at) {
        feed(old[at]);
        if (at + 1 < old.size() || at_new_line) {
            new_row(false);
        }
    }
}

std::vector<std::string> Screen::lines() const {
    std::vector<std::string> lines;
    bool continues = false;
    for (const auto& row : rows_of_text_) {
        std::string text;
        for (const auto& cell : row.cells) {
            text += cell;
        }
        if (continues) {
            lines.back() += text;
        } else {
            lines.push_back(text);
        }
        continues = row.continues;
    }
    while (!lines.empty() && lines.back().empty()) {
        lines.pop_back();
    }
    return lines;
}

std::string Screen::text() const {
    std::string text;
    for (const auto& line : lines()) {
        text += line + "\n";
    }
    return text;
}

}  // namespace galileo::report::testing
