#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "experiment/progress.h"
#include "report/terminal.h"
#include "report/text.h"

namespace galileo::report {

/// A table that redraws in place at the bottom of the terminal, for people: what was asked for and
/// what is achieved, latencies, errors, and how the generator itself is doing. The head of the run
/// and its events scroll by above it and stay.
///
/// It never hides the cursor or changes a mode of the terminal, so nothing has to be restored
/// however the program ends; the destructor and on_summary() take the table away. The terminal must
/// be able to redraw (TerminalTraits::can_redraw). Loop-bound.
class LiveView final : public experiment::ProgressListener {
  public:
    explicit LiveView(Terminal& terminal) : terminal_(terminal) {}
    ~LiveView() override;
    LiveView(const LiveView&) = delete;
    LiveView& operator=(const LiveView&) = delete;

    void on_plan(const experiment::RunPlan& plan) override;
    void on_progress(const experiment::Progress& progress) override;
    void on_event(const experiment::RunEvent& event) override;
    void on_tick(std::chrono::nanoseconds elapsed) override;
    void on_summary(const experiment::RunSummary& summary) override;

  private:
    void redraw();
    /// What removes the table from the screen, as control codes.
    [[nodiscard]] std::string erasure(const TerminalTraits& traits) const;
    void remember(const experiment::Progress& progress);

    Terminal& terminal_;
    experiment::RunPlan plan_;
    std::optional<experiment::Progress> progress_;
    std::chrono::nanoseconds elapsed_{0};
    std::vector<std::optional<double>> rates_;  ///< of the last seconds, oldest first
    std::vector<std::optional<double>> p99s_;   ///< milliseconds, likewise
    std::vector<int> drawn_;                    ///< widths of the lines on the screen now
};

/// The lines that head a run, see LiveView.
Page plan_page(const experiment::RunPlan& plan, const TerminalTraits& traits);

/// What the table is made of.
struct LivePicture {
    const experiment::RunPlan& plan;
    const experiment::Progress& progress;
    std::chrono::nanoseconds elapsed{0};
    const std::vector<std::optional<double>>& rates;
    const std::vector<std::optional<double>>& p99s;
};
/// The table itself. On a low terminal, what matters least is left out.
Page live_page(const LivePicture& picture, const TerminalTraits& traits);

}  // namespace galileo::report
