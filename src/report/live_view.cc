#include "report/live_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/units.h"
#include "report/figures.h"

namespace galileo::report {

namespace {

constexpr std::size_t kSecondsKept = 60;

void push_bounded(std::vector<std::optional<double>>& values, std::optional<double> value) {
    if (values.size() == kSecondsKept) {
        values.erase(values.begin());
    }
    values.push_back(value);
}

}  // namespace

LiveView::~LiveView() {
    if (!drawn_.empty()) {
        terminal_.write(erasure(terminal_.traits()));
    }
}

std::string LiveView::erasure(const TerminalTraits& traits) const {
    if (drawn_.empty()) {
        return {};
    }
    // A terminal made narrower since has broken our lines into several rows each.
    const int rows = std::accumulate(drawn_.begin(), drawn_.end(), 0, [&](int sum, int width) {
        return sum + std::max(1, (width + traits.columns - 1) / traits.columns);
    });
    return fmt::format("\r\x1b[{}A\x1b[J", rows);
}

void LiveView::redraw() {
    if (!progress_) {
        return;
    }
    const TerminalTraits traits = terminal_.traits();
    const Page page = live_page({plan_, *progress_, elapsed_, rates_, p99s_}, traits);
    // In one write, so that no half picture shows.
    const std::string frame = erasure(traits) + page.render(Overflow::kCut);
    drawn_.clear();
    for (const auto& line : page.lines()) {
        drawn_.push_back(std::min(line.width(), traits.columns));
    }
    terminal_.write(frame);
}

void LiveView::remember(const experiment::Progress& progress) {
    const double seconds = std::chrono::duration<double>(progress.interval_length).count();
    if (seconds <= 0) {
        return;
    }
    const stats::Tally total = progress.interval.total();
    push_bounded(rates_, static_cast<double>(total.sent) / seconds);
    push_bounded(p99s_,
                 total.intended.count() == 0
                     ? std::nullopt
                     : std::optional(static_cast<double>(total.intended.percentile(99).count())));
}

void LiveView::on_plan(const experiment::RunPlan& plan) {
    plan_ = plan;
    const TerminalTraits traits = terminal_.traits();
    Page page = plan_page(plan, traits);
    page.line().add(" Ctrl-C stops the run and shows its summary.", Style::kDim);
    page.line();
    terminal_.write(erasure(traits) + page.render(Overflow::kKeep));
    drawn_.clear();
}

void LiveView::on_progress(const experiment::Progress& progress) {
    progress_ = progress;
    elapsed_ = std::max(elapsed_, progress.elapsed);
    remember(progress);
    redraw();
}

void LiveView::on_tick(std::chrono::nanoseconds elapsed) {
    elapsed_ = std::max(elapsed_, elapsed);
    redraw();
}

void LiveView::on_event(const experiment::RunEvent& event) {
    const TerminalTraits traits = terminal_.traits();
    Page page(traits);
    Line when(traits);
    when.add(fmt::format(" {} {} ", base::format_clock(std::max(event.elapsed, {})), event.kind),
             event.kind == "warning" ? Style::kWarn : Style::kDim);
    page.paragraph(std::move(when), event.text);
    terminal_.write(erasure(traits) + page.render(Overflow::kKeep));
    drawn_.clear();
    redraw();
}

void LiveView::on_summary(const experiment::RunSummary& /*summary*/) {
    terminal_.write(erasure(terminal_.traits()));
    drawn_.clear();
    progress_.reset();
}

}  // namespace galileo::report
