#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "experiment/progress.h"
#include "report/terminal.h"

/// Ways to follow a run while it goes on. Views write progress only; the summary is for the caller
/// to write, where results go.
namespace galileo::report {

enum class ProgressStyle {
    kAuto,   ///< live on a terminal that can redraw, else plain
    kLive,   ///< a table that redraws in place; plain where that is impossible
    kPlain,  ///< one line every five seconds
    kJson,   ///< one JSON object a line, every second
    kNone,
};

/// `auto`, `live`, `plain`, `json`, `none`; nothing for other words.
std::optional<ProgressStyle> parse_progress_style(std::string_view word);
/// The words that parse_progress_style() knows, in this order.
const std::vector<std::string_view>& progress_style_names();

/// A view of that style on `terminal`, which must outlive it. Destroy it before anything else is
/// written there: a live view then takes its table away. Loop-bound, as its base says.
std::unique_ptr<experiment::ProgressListener> make_progress_view(ProgressStyle style,
                                                                 Terminal& terminal);

}  // namespace galileo::report
