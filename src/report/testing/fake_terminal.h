#pragma once

#include <string>

#include "report/terminal.h"

namespace galileo::report::testing {

/// A terminal of chosen abilities that keeps what is written to it.
class FakeTerminal final : public Terminal {
  public:
    explicit FakeTerminal(TerminalTraits traits) : traits_(traits) {}

    [[nodiscard]] TerminalTraits traits() const override { return traits_; }
    void write(std::string_view text) override { written_ += text; }

    void resize(int columns, int rows) {
        traits_.columns = columns;
        traits_.rows = rows;
    }
    [[nodiscard]] const std::string& written() const { return written_; }
    std::string take() { return std::exchange(written_, {}); }

  private:
    TerminalTraits traits_;
    std::string written_;
};

}  // namespace galileo::report::testing
