#pragma once

#include "experiment/progress.h"
#include "model/json.h"
#include "report/terminal.h"

namespace galileo::report {

/// For programs: one JSON object a line. `event` says what it is: `plan`, `tick` (every second),
/// `mark` (something happened), `end`. Times are microseconds since 1970 (UTC), latencies
/// microseconds, of the second that the tick covers; what is not known is null, not 0. Keys are
/// only ever added. Loop-bound.
class JsonView final : public experiment::ProgressListener {
  public:
    explicit JsonView(Terminal& terminal) : terminal_(terminal) {}

    void on_plan(const experiment::RunPlan& plan) override;
    void on_progress(const experiment::Progress& progress) override;
    void on_event(const experiment::RunEvent& event) override;
    void on_tick(std::chrono::nanoseconds /*elapsed*/) override {}
    void on_summary(const experiment::RunSummary& summary) override;

  private:
    void write(const model::Json& object);

    Terminal& terminal_;
    std::string run_;
    std::uint64_t sequence_ = 0;
};

}  // namespace galileo::report
