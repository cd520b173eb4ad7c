#pragma once

#include <string_view>

#include "base/environment.h"

namespace galileo::report {

/// What the place that we write to can show. A value; thread-compatible.
struct TerminalTraits {
    int columns = 80;
    int rows = 0;             ///< 0: unknown, or not a terminal
    bool can_redraw = false;  ///< a terminal that moves its cursor: a live view is possible
    bool colour = false;
    bool unicode = true;  ///< false: ASCII only

    bool operator==(const TerminalTraits&) const = default;
};

enum class ColourChoice { kAuto, kAlways, kNever };

/// What `fd` can show, as it is now (a window may have been resized). Environment: `NO_COLOR` (not
/// empty: no colour), `TERM` (`dumb`: no cursor, no colour, ASCII), `COLUMNS` (for what is not a
/// terminal), and the locale (`LC_ALL`, `LC_CTYPE`, `LANG`: ASCII unless UTF-8 or unset).
TerminalTraits detect_traits(int fd, const base::Environment& environment, ColourChoice choice);

/// Where text goes. Thread-compatible.
class Terminal {
  public:
    virtual ~Terminal() = default;
    /// May change between calls.
    [[nodiscard]] virtual TerminalTraits traits() const = 0;
    /// Writes all of `text`, in one call to the system where it takes it; may block. Errors are
    /// ignored: a reader that has gone must not stop an experiment.
    virtual void write(std::string_view text) = 0;
};

/// A file descriptor, borrowed.
class FdTerminal final : public Terminal {
  public:
    FdTerminal(int fd, base::Environment environment, ColourChoice choice)
        : fd_(fd), environment_(std::move(environment)), choice_(choice) {}

    [[nodiscard]] TerminalTraits traits() const override {
        return detect_traits(fd_, environment_, choice_);
    }
    void write(std::string_view text) override;

  private:
    int fd_;
    base::Environment environment_;
    ColourChoice choice_;
};

}  // namespace galileo::report
