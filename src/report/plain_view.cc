#include "report/plain_view.h"

#include <fmt/format.h>

#include <cmath>

#include "base/units.h"
#include "report/figures.h"
#include "report/text.h"

namespace galileo::report {

namespace {

constexpr std::chrono::seconds kPeriod{5};
constexpr TerminalTraits kAsciiTraits{80, 0, false, false, false};

std::string without_spaces(std::string text) {
    std::erase(text, ' ');
    return text;
}

/// Text with spaces or quotes, quoted so that one `key=value` stays one word.
std::string one_word(std::string_view text) {
    if (!text.empty() && text.find_first_of(" \"=\\") == std::string_view::npos) {
        return std::string(text);
    }
    std::string word = "\"";
    for (const char character : text) {
        if (character == '"' || character == '\\') {
            word += '\\';
        }
        word += character;
    }
    return word + '"';
}

/// A digit group mark is a comma, which other tools read as two numbers.
std::string bare_rate(double per_second) {
    return per_second < 0 ? "-" : fmt::format("{:.1f}", per_second);
}

std::string percentile_word(const stats::Histogram& histogram, double percent) {
    return histogram.count() == 0 ? "-" : format_percentile(histogram, percent);
}

}  // namespace

void PlainView::write_line(base::WallTime time, const std::string& text) {
    terminal_.write(
        showable(fmt::format("{} run={} {}", format_time_of_day(time), run_, text), kAsciiTraits) +
        "\n");
}

void PlainView::on_plan(const experiment::RunPlan& plan) {
    run_ = short_id(plan.id);
    std::uint64_t clients = 0;
    std::optional<std::uint64_t> requests = 0;
    for (const auto& workload : plan.workloads) {
        clients += workload.clients;
        requests = requests && workload.requests ? std::optional(*requests + *workload.requests)
                                                 : std::nullopt;
    }
    std::string text = fmt::format(
        "event=plan name={} id={} duration={} workers={} clients={}", one_word(plan.name), plan.id,
        base::format_duration(plan.duration), plan.workers.size(), clients);
    if (requests) {
        text += fmt::format(" requests={}", *requests);
    }
    text += fmt::format(" seed={}", plan.seed);
    if (!plan.database.empty()) {
        text += fmt::format(" database={}", one_word(plan.database));
    }
    write_line(plan.time, text);
}

std::string PlainView::window_text(const experiment::Progress& progress) const {
    const stats::Tally total = window_.total();
    const double seconds = std::chrono::duration<double>(window_length_).count();
    const double rate = seconds > 0 ? static_cast<double>(total.sent) / seconds : -1;
    std::string text = fmt::format(
        "t={}/{} rate={}",
        base::format_duration(std::chrono::floor<std::chrono::seconds>(progress.elapsed)),
        base::format_duration(progress.duration), bare_rate(rate));
    if (window_wanted_ && seconds > 0) {
        text += fmt::format("/{:.10g}", std::round(*window_wanted_ / seconds * 10) / 10);
    }
    text += fmt::format(
        " p50={} p99={} p99.9={} err={} inflight={} waiting={} lag={} stored={} state={}",
        percentile_word(total.intended, 50), percentile_word(total.intended, 99),
        percentile_word(total.intended, 99.9),
        total.completed == 0 ? "-" : without_spaces(format_percent(total.failed, total.completed)),
        progress.generator.in_flight, progress.generator.waiting,
        percentile_word(total.schedule_lag, 99), progress.stored,
        experiment::to_string(progress.state));
    if (progress.generator.saturated) {
        text += " suspect=" + one_word(progress.generator.reason);
    }
    return text;
}

void PlainView::on_progress(const experiment::Progress& progress) {
    window_.merge(progress.interval);
    window_length_ += progress.interval_length;
    const double seconds = std::chrono::duration<double>(progress.interval_length).count();
    for (const auto& workload : progress.workloads) {
        if (workload.target_rate) {
            window_wanted_ = window_wanted_.value_or(0) + *workload.target_rate * seconds;
        }
    }
    const bool is_first = !written_at_ && progress.interval_length.count() > 0;
    const bool is_due = written_at_ && progress.elapsed - *written_at_ >= kPeriod;
    const bool is_news =
        state_ != progress.state && progress.state != experiment::RunState::kRunning;
    if (!is_first && !is_due && !is_news) {
        return;
    }
    write_line(progress.time, window_text(progress));
    state_ = progress.state;
    // Lines fall on round times, so that logs of several runs compare.
    written_at_ = std::chrono::floor<std::chrono::seconds>(progress.elapsed) / kPeriod * kPeriod;
    window_ = {};
    window_length_ = {};
    window_wanted_.reset();
}

void PlainView::on_event(const experiment::RunEvent& event) {
    write_line(event.time,
               fmt::format("event={} text={}", one_word(event.kind), one_word(event.text)));
}

void PlainView::on_summary(const experiment::RunSummary& summary) {
    write_line(
        summary.started + std::chrono::duration_cast<base::WallTime::duration>(summary.duration),
        fmt::format("event=end status={} exit={} sent={} failed={} stored={} lost={}",
                    experiment::to_string(summary.status), summary.exit_code, summary.sent,
                    summary.failed, summary.stored, summary.lost));
}

}  // namespace galileo::report
