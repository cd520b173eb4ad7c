#include "report/views.h"

#include <algorithm>

#include "report/json_view.h"
#include "report/live_view.h"
#include "report/plain_view.h"

namespace galileo::report {

namespace {

class SilentView final : public experiment::ProgressListener {
  public:
    void on_plan(const experiment::RunPlan& /*plan*/) override {}
    void on_progress(const experiment::Progress& /*progress*/) override {}
    void on_event(const experiment::RunEvent& /*event*/) override {}
    void on_tick(std::chrono::nanoseconds /*elapsed*/) override {}
    void on_summary(const experiment::RunSummary& /*summary*/) override {}
};

}  // namespace

const std::vector<std::string_view>& progress_style_names() {
    static const std::vector<std::string_view> names = {"auto", "live", "plain", "json", "none"};
    return names;
}

std::optional<ProgressStyle> parse_progress_style(std::string_view word) {
    const auto& names = progress_style_names();
    const auto found = std::find(names.begin(), names.end(), word);
    if (found == names.end()) {
        return std::nullopt;
    }
    return static_cast<ProgressStyle>(found - names.begin());
}

std::unique_ptr<experiment::ProgressListener> make_progress_view(ProgressStyle style,
                                                                 Terminal& terminal) {
    if (style == ProgressStyle::kNone) {
        return std::make_unique<SilentView>();
    }
    if (style == ProgressStyle::kJson) {
        return std::make_unique<JsonView>(terminal);
    }
    if (style != ProgressStyle::kPlain && terminal.traits().can_redraw) {
        return std::make_unique<LiveView>(terminal);
    }
    return std::make_unique<PlainView>(terminal);
}

}  // namespace galileo::report
