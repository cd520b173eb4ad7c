#include "report/terminal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string>

#include "base/ascii.h"

namespace galileo::report {

namespace {

constexpr int kNarrowest = 20;
constexpr int kWidest = 400;
constexpr int kWriteTriesMax = 10'000;  // a non-blocking descriptor that stays full is given up

/// True when the locale of the environment shows UTF-8, or when none is set: then the machine is
/// bare, and today's terminals show UTF-8.
bool locale_has_unicode(const base::Environment& environment) {
    for (const char* const name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const std::string value = base::ascii_lower(environment.get(name, ""));
        if (value.empty()) {
            continue;
        }
        return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
    }
    return true;
}

int columns_from(const base::Environment& environment, int fallback) {
    const std::string text = environment.get("COLUMNS", "");
    int columns = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), columns);
    const bool is_good = error == std::errc() && end == text.data() + text.size() && columns > 0;
    return is_good ? columns : fallback;
}

}  // namespace

TerminalTraits detect_traits(int fd, const base::Environment& environment, ColourChoice choice) {
    TerminalTraits traits;
    const bool is_terminal = ::isatty(fd) == 1;
    const bool is_dumb = environment.get("TERM", is_terminal ? "dumb" : "") == "dumb";
    winsize window{};
    if (is_terminal && ::ioctl(fd, TIOCGWINSZ, &window) == 0 && window.ws_col > 0) {
        traits.columns = window.ws_col;
        traits.rows = window.ws_row;
    } else {
        traits.columns = columns_from(environment, traits.columns);
    }
    traits.columns = std::clamp(traits.columns, kNarrowest, kWidest);
    traits.can_redraw = is_terminal && !is_dumb;
    const bool wants_colour = is_terminal && !is_dumb && environment.get("NO_COLOR", "").empty();
    traits.colour =
        choice == ColourChoice::kAlways || (choice == ColourChoice::kAuto && wants_colour);
    traits.unicode = !is_dumb && locale_has_unicode(environment);
    return traits;
}

void FdTerminal::write(std::string_view text) {
    for (int tries = 0; !text.empty() && tries < kWriteTriesMax;) {
        const ssize_t written = ::write(fd_, text.data(), text.size());
        if (written > 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
        } else if (written < 0 && errno == EAGAIN) {
            pollfd ready{fd_, POLLOUT, 0};
            ::poll(&ready, 1, 100);
            ++tries;
        } else if (written < 0 && errno != EINTR) {
            return;
        }
    }
}

}  // namespace galileo::report
