#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace galileo::report::testing {

/// The visible effect of what is written to a terminal: text, `\r`, `\n`, and the codes that our
/// views use (cursor up, erase below, colours). Lines longer than the screen break, and break anew
/// when it is resized, as in today's terminals. Wide characters are not known. Thread-compatible.
class Screen {
  public:
    Screen(int columns, int rows) : columns_(columns), rows_(rows), rows_of_text_(1) {}

    void feed(std::string_view text);
    void resize(int columns);

    /// Logical lines, empty ones at the end left out.
    [[nodiscard]] std::vector<std::string> lines() const;
    [[nodiscard]] std::string text() const;

  private:
    struct Row {
        std::vector<std::string> cells;
        bool continues = false;  ///< the next row is part of the same line
    };

    void put(std::string character);
    void new_row(bool continues);
    void escape(std::string_view parameters, char command);

    int columns_;
    int rows_;
    std::vector<Row> rows_of_text_;
    std::size_t row_ = 0;
    std::size_t column_ = 0;
};

}  // namespace galileo::report::testing
