// What people see, as files in src/report/golden: a change is a visible difference. After a wanted
// change run this program once with GALILEO_UPDATE_GOLDEN=1 and look at the difference.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/environment.h"
#include "base/process.h"
#include "report/live_view.h"
#include "report/plain_view.h"
#include "report/summary_json.h"
#include "report/summary_text.h"
#include "report/testing/fake_terminal.h"
#include "report/testing/samples.h"
#include "report/text.h"

namespace galileo::report {
namespace {

using namespace std::chrono_literals;
using report::testing::FakeTerminal;
using report::testing::sample_plan;
using report::testing::sample_progress;
using report::testing::sample_summary;

std::filesystem::path golden_folder() {
    std::filesystem::path folder(base::own_program_path());
    while (folder.has_relative_path()) {
        folder = folder.parent_path();
        if (std::filesystem::exists(folder / "src" / "report" / "golden")) {
            return folder / "src" / "report" / "golden";
        }
    }
    ADD_FAILURE() << "no src/report/golden above " << base::own_program_path();
    return {};
}

void expect_golden(const std::string& name, const std::string& text) {
    const auto path = golden_folder() / name;
    if (base::Environment::of_process().find("GALILEO_UPDATE_GOLDEN")) {
        std::ofstream(path) << text;
    }
    std::stringstream golden;
    golden << std::ifstream(path).rdbuf();
    EXPECT_EQ(text, golden.str()) << "differs from " << path;
}

TerminalTraits wide(int columns) {
    return {columns, 0, false, false, true};
}

/// No line is wider than the terminal; escape codes count for nothing.
void expect_fits(const std::string& text, int columns) {
    std::stringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(display_width(line), columns) << line;
    }
}

class GoldenAt : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Columns, GoldenAt, ::testing::Values(40, 80, 120));

TEST_P(GoldenAt, SummaryOfAPassedRun) {
    const std::string text = summary_text(sample_summary(), wide(GetParam()));
    expect_golden("summary_passed_" + std::to_string(GetParam()) + ".txt", text);
    expect_fits(text, GetParam());
}

TEST_P(GoldenAt, LiveTable) {
    const auto plan = sample_plan();
    const auto progress = sample_progress();
    const std::vector<std::optional<double>> rates = {200, 400, 600, 800, 1000, 1200, 1400};
    const std::vector<std::optional<double>> p99s = {4, 4, {}, 5, 4, 9, 4};
    const TerminalTraits traits = wide(GetParam());
    const std::string text =
        plan_page(plan, traits).render(Overflow::kKeep) + "\n" +
        live_page({plan, progress, 7250ms, rates, p99s}, traits).render(Overflow::kCut);
    expect_golden("live_" + std::to_string(GetParam()) + ".txt", text);
    expect_fits(text, GetParam());
}

TEST(Golden, LiveTableOfASaturatedGenerator) {
    auto progress = sample_progress();
    progress.generator.saturated = true;
    progress.generator.reason =
        "sent 5,210 of 6,000/s; results since 6:41 are suspect; add workers or lower the rate";
    progress.generator.waiting = 1234;
    progress.suspect_seconds = 2;
    progress.workers[1].lost = true;
    progress.workers[2].report_age = 4s;
    progress.state = experiment::RunState::kDraining;
    progress.lost = 3;
    const std::vector<std::optional<double>> rates = {200, 400};
    expect_golden(
        "live_saturated_80.txt",
        live_page({sample_plan(), progress, 20s, rates, rates}, wide(80)).render(Overflow::kCut));
}

TEST(Golden, SummaryOfAFailedRun) {
    auto summary = sample_summary();
    summary.status = experiment::RunStatus::kUntrusted;
    summary.exit_code = 110;
    summary.load_duration = 12s;
    summary.reasons = {
        "worker w2 stopped reporting at 0:07 and was given up; its last requests are "
        "counted as lost",
        "12 suspect seconds: the generator was up to 48ms behind its schedule"};
    summary.warnings = {"3 rows could not be written: disk full"};
    summary.suspect_seconds = 12;
    summary.dropped = 120;
    summary.planned = summary.sent + summary.dropped;
    summary.stored = summary.completed - 45;
    summary.lost = 45;
    summary.lost_reasons = {{"disk full", 3}, {"worker lost", 42}};
    expect_golden("summary_untrusted_80.txt", summary_text(summary, wide(80)));
}

TEST(Golden, SummaryInAsciiWithColour) {
    auto summary = sample_summary();
    summary.status = experiment::RunStatus::kAborted;
    summary.exit_code = 105;
    summary.load_duration = 5s;
    summary.reasons = {"stopped by the user (SIGINT)"};
    summary.traces_kept = false;
    summary.stored = 0;
    TerminalTraits traits{80, 24, false, true, false};
    expect_golden("summary_aborted_ascii_80.txt", summary_text(summary, traits));
}

experiment::RunSummary empty_summary() {
    experiment::RunSummary summary;
    summary.plan.id = "202611240230-9f3a";
    summary.status = experiment::RunStatus::kFailed;
    summary.exit_code = 1;
    summary.reasons = {"no worker registered within 10s"};
    return summary;
}

TEST(Golden, SummaryOfARunWithoutRequests) {
    expect_golden("summary_empty_80.txt", summary_text(empty_summary(), wide(80)));
    expect_golden("summary_empty.json", summary_json(empty_summary()).dump(2) + "\n");
}

TEST(Golden, PlainLines) {
    FakeTerminal terminal(wide(80));
    PlainView view(terminal);
    view.on_plan(sample_plan());
    auto progress = sample_progress();
    for (int second = 1; second <= 11; ++second) {
        progress.elapsed = std::chrono::seconds(second) + 3ms;
        progress.time += 1s;
        view.on_progress(progress);
        if (second == 7) {
            view.on_event({progress.time, 7s, "worker", "w2 stopped \"reporting\"\x1b[2J"});
        }
    }
    progress.state = experiment::RunState::kDraining;
    progress.generator.saturated = true;
    progress.generator.reason = "lag p99 48ms";
    view.on_progress(progress);
    view.on_summary(sample_summary());
    expect_golden("plain.txt", terminal.written());
}

TEST(Golden, JsonSummary) {
    // tests/schema holds these files to docs/summary.schema.json.
    expect_golden("summary.json", summary_json(sample_summary()).dump(2) + "\n");
}

}  // namespace
}  // namespace galileo::report
