#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "experiment/progress.h"
#include "report/terminal.h"

namespace galileo::report {

/// For logs: one line of `key=value` every five seconds of the run, the first after its first
/// second, and one for each event; no control codes, ASCII only. Numbers are of the time since the
/// line before. Loop-bound.
class PlainView final : public experiment::ProgressListener {
  public:
    explicit PlainView(Terminal& terminal) : terminal_(terminal) {}

    void on_plan(const experiment::RunPlan& plan) override;
    void on_progress(const experiment::Progress& progress) override;
    void on_event(const experiment::RunEvent& event) override;
    void on_tick(std::chrono::nanoseconds /*elapsed*/) override {}
    void on_summary(const experiment::RunSummary& summary) override;

  private:
    void write_line(base::WallTime time, const std::string& text);
    [[nodiscard]] std::string window_text(const experiment::Progress& progress) const;

    Terminal& terminal_;
    std::string run_;
    stats::Snapshot window_;  ///< since the line before
    std::chrono::nanoseconds window_length_{0};
    std::optional<double> window_wanted_;  ///< requests that the profiles ask for in it
    std::optional<std::chrono::nanoseconds> written_at_;  ///< elapsed time of the line before
    experiment::RunState state_ = experiment::RunState::kPreparing;
};

}  // namespace galileo::report
