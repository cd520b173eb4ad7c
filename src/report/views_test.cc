#include "report/views.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/fd.h"
#include "report/json_view.h"
#include "report/live_view.h"
#include "report/plain_view.h"
#include "report/summary_json.h"
#include "report/summary_text.h"
#include "report/testing/fake_terminal.h"
#include "report/testing/samples.h"
#include "report/testing/screen.h"

namespace galileo::report {
namespace {

using namespace std::chrono_literals;
using report::testing::FakeTerminal;
using report::testing::sample_plan;
using report::testing::sample_progress;
using report::testing::sample_summary;
using report::testing::Screen;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr TerminalTraits kTerminal{80, 24, true, true, true};

std::size_t tables_on(const Screen& screen) {
    std::size_t tables = 0;
    for (const auto& line : screen.lines()) {
        tables += line.find("all so far") != std::string::npos ? 1U : 0U;
    }
    return tables;
}

TEST(LiveView, RedrawsInPlaceAndLeavesOnlyItsHead) {
    FakeTerminal terminal(kTerminal);
    Screen screen(80, 24);
    LiveView view(terminal);
    view.on_plan(sample_plan());
    screen.feed(terminal.take());
    const auto head = screen.lines();
    for (int second = 0; second < 3; ++second) {
        view.on_progress(sample_progress());
        screen.feed(terminal.take());
        EXPECT_THAT(screen.text(), HasSubstr("all so far"));
        view.on_tick(7s + second * 250ms);
        screen.feed(terminal.take());
    }
    EXPECT_EQ(tables_on(screen), 1U);
    view.on_summary(sample_summary());
    screen.feed(terminal.take());
    EXPECT_EQ(screen.lines(), head);
}

TEST(LiveView, EventsStayAboveTheTable) {
    FakeTerminal terminal(kTerminal);
    Screen screen(80, 24);
    LiveView view(terminal);
    view.on_plan(sample_plan());
    view.on_progress(sample_progress());
    view.on_event({{}, 7s, "worker", "w2 joined"});
    view.on_event({{}, 8s, "warning", "w2\x1b[2J left"});
    screen.feed(terminal.take());
    const std::string text = screen.text();
    EXPECT_THAT(text, HasSubstr(" 7s worker w2 joined\n 8s warning w2?[2J left\n"));
    EXPECT_LT(text.find("w2 joined"), text.find("all so far"));
}

TEST(LiveView, SurvivesAResizeWithoutLeavingRemains) {
    FakeTerminal terminal(kTerminal);
    Screen screen(80, 40);
    LiveView view(terminal);
    view.on_progress(sample_progress());
    screen.feed(terminal.take());
    for (const int columns : {50, 120, 40, 80}) {
        terminal.resize(columns, 40);
        screen.resize(columns);
        view.on_tick(8s);
        screen.feed(terminal.take());
        EXPECT_EQ(tables_on(screen), 1U) << columns << " columns:\n" << screen.text();
    }
}

TEST(LiveView, LowTerminalsGetWhatMattersMost) {
    for (const int rows : {3, 6, 10, 14, 24}) {
        const auto plan = sample_plan();
        const auto progress = sample_progress();
        const Page page = live_page({plan, progress, 7s, {}, {}}, {80, rows, true, false, true});
        EXPECT_LT(page.lines().size(), static_cast<std::size_t>(rows));
        EXPECT_GT(page.lines().size(), 0U);
    }
}

TEST(LiveView, DestructionTakesTheTableAway) {
    FakeTerminal terminal(kTerminal);
    Screen screen(80, 24);
    {
        LiveView view(terminal);
        view.on_progress(sample_progress());
    }
    screen.feed(terminal.take());
    EXPECT_EQ(screen.text(), "");
}

TEST(LiveView, NeverTouchesTheModesOfTheTerminal) {
    FakeTerminal terminal(kTerminal);
    {
        LiveView view(terminal);
        view.on_plan(sample_plan());
        view.on_progress(sample_progress());
        view.on_event({{}, 1s, "worker", "joined"});
    }
    EXPECT_THAT(terminal.written(), Not(HasSubstr("\x1b[?")));
}

TEST(PlainView, IsAsciiWithoutControlCodes) {
    FakeTerminal terminal(kTerminal);
    PlainView view(terminal);
    view.on_plan(sample_plan());
    view.on_progress(sample_progress());
    for (const char character : terminal.written()) {
        EXPECT_TRUE(character == '\n' || (character >= ' ' && character <= '~'));
    }
}

TEST(PlainView, FirstLineComesEarlyThenEveryFiveSeconds) {
    FakeTerminal terminal(kTerminal);
    PlainView view(terminal);
    auto progress = sample_progress();
    std::vector<int> written;
    for (int second = 1; second <= 16; ++second) {
        progress.elapsed = std::chrono::seconds(second);
        view.on_progress(progress);
        if (!terminal.take().empty()) {
            written.push_back(second);
        }
    }
    EXPECT_THAT(written, ::testing::ElementsAre(1, 5, 10, 15));
}

TEST(PlainView, CountsWhatHappenedBetweenLines) {
    FakeTerminal terminal(kTerminal);
    PlainView view(terminal);
    auto progress = sample_progress();
    progress.elapsed = 1s;
    view.on_progress(progress);
    terminal.take();
    for (int second = 2; second <= 5; ++second) {
        progress.elapsed = std::chrono::seconds(second);
        progress.interval = {};
        progress.interval.services["a"].sent = second == 3 ? 400 : 0;
        view.on_progress(progress);
    }
    EXPECT_THAT(terminal.written(), HasSubstr(" rate=100.0/"));
    EXPECT_THAT(terminal.written(), HasSubstr(" p99=- "));
}

TEST(JsonView, WritesOneObjectALine) {
    FakeTerminal terminal(kTerminal);
    JsonView view(terminal);
    view.on_plan(sample_plan());
    view.on_progress(sample_progress());
    auto empty = sample_progress();
    empty.interval = {};
    view.on_progress(empty);
    view.on_event({{}, 7s, "worker", "w2 \xff left"});
    view.on_summary(sample_summary());
    std::stringstream lines(terminal.written());
    std::vector<model::Json> objects;
    for (std::string line; std::getline(lines, line);) {
        auto object = model::parse_json(line);
        ASSERT_TRUE(object.ok()) << line;
        objects.push_back(*std::move(object));
    }
    ASSERT_EQ(objects.size(), 5U);
    EXPECT_EQ(objects[0].at("event"), "plan");
    EXPECT_EQ(objects[1].at("event"), "tick");
    EXPECT_EQ(objects[1].at("target"), 1775.0);
    EXPECT_EQ(objects[1].at("sent"), 1750);
    EXPECT_EQ(objects[1].at("hosts").at("10.0.0.1:8080").at(0), 466);
    EXPECT_EQ(objects[2].at("seq"), 2);
    EXPECT_TRUE(objects[2].at("lat_us").at("p50").is_null());
    EXPECT_EQ(objects[3].at("event"), "mark");
    EXPECT_EQ(objects[4].at("status"), "passed");
}

TEST(Views, LiveOnlyWhereItCanRedraw) {
    FakeTerminal screen(kTerminal);
    FakeTerminal pipe({80, 0, false, false, true});
    const auto is_live = [](ProgressStyle style, Terminal& terminal) {
        return dynamic_cast<LiveView*>(make_progress_view(style, terminal).get()) != nullptr;
    };
    EXPECT_TRUE(is_live(ProgressStyle::kAuto, screen));
    EXPECT_TRUE(is_live(ProgressStyle::kLive, screen));
    EXPECT_FALSE(is_live(ProgressStyle::kAuto, pipe));
    EXPECT_FALSE(is_live(ProgressStyle::kLive, pipe));
    EXPECT_FALSE(is_live(ProgressStyle::kPlain, screen));
    EXPECT_EQ(parse_progress_style("json"), ProgressStyle::kJson);
    EXPECT_EQ(parse_progress_style("none"), ProgressStyle::kNone);
    EXPECT_EQ(parse_progress_style("fancy"), std::nullopt);
    const auto silent = make_progress_view(ProgressStyle::kNone, screen);
    silent->on_plan(sample_plan());
    silent->on_progress(sample_progress());
    EXPECT_EQ(screen.written(), "");
}

TEST(Terminal, DetectsWhatItCanShow) {
    const base::UniqueFd null(::open("/dev/null", O_WRONLY));
    using Map = base::Environment::Map;
    const auto traits = [&](Map variables, ColourChoice choice) {
        return detect_traits(null.get(), base::Environment(std::move(variables)), choice);
    };
    EXPECT_EQ(traits({}, ColourChoice::kAuto), (TerminalTraits{80, 0, false, false, true}));
    EXPECT_TRUE(traits({}, ColourChoice::kAlways).colour);
    EXPECT_EQ(traits({{"COLUMNS", "120"}}, ColourChoice::kAuto).columns, 120);
    EXPECT_EQ(traits({{"COLUMNS", "-3"}}, ColourChoice::kAuto).columns, 80);
    EXPECT_EQ(traits({{"COLUMNS", "5"}}, ColourChoice::kAuto).columns, 20);
    EXPECT_FALSE(traits({{"LANG", "C"}}, ColourChoice::kAuto).unicode);
    EXPECT_TRUE(traits({{"LANG", "C"}, {"LC_ALL", "C.UTF-8"}}, ColourChoice::kAuto).unicode);
    EXPECT_FALSE(traits({{"TERM", "dumb"}}, ColourChoice::kAuto).unicode);
}

TEST(Terminal, APseudoTerminalHasSizeAndColour) {
    const base::UniqueFd primary(::posix_openpt(O_RDWR | O_NOCTTY));
    ASSERT_TRUE(primary);
    ASSERT_EQ(::grantpt(primary.get()), 0);
    ASSERT_EQ(::unlockpt(primary.get()), 0);
    const base::UniqueFd secondary(::open(::ptsname(primary.get()), O_RDWR | O_NOCTTY));
    ASSERT_TRUE(secondary);
    using Map = base::Environment::Map;
    const auto traits = [&](Map variables) {
        return detect_traits(secondary.get(), base::Environment(std::move(variables)),
                             ColourChoice::kAuto);
    };
    EXPECT_TRUE(traits({{"TERM", "xterm"}}).can_redraw);
    EXPECT_TRUE(traits({{"TERM", "xterm"}}).colour);
    EXPECT_FALSE(traits({{"TERM", "xterm"}, {"NO_COLOR", "1"}}).colour);
    EXPECT_FALSE(traits({{"TERM", "dumb"}}).can_redraw);
    EXPECT_FALSE(traits({}).can_redraw);
}

TEST(Terminal, WritesAllAndIgnoresABrokenPipe) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    base::UniqueFd reader(ends[0]);
    const base::UniqueFd writer(ends[1]);
    FdTerminal terminal(writer.get(), {}, ColourChoice::kNever);
    terminal.write("hello");
    std::array<char, 16> buffer{};
    EXPECT_EQ(::read(reader.get(), buffer.data(), buffer.size()), 5);
    ::signal(SIGPIPE, SIG_IGN);
    reader.reset();
    terminal.write("nobody reads this");
}

TEST(Summary, AccountThatDoesNotAddUpSaysSo) {
    auto summary = sample_summary();
    summary.dropped = 7;
    const std::string text = summary_text(summary, {120, 0, false, false, true});
    EXPECT_THAT(text, HasSubstr("planned 37,500 ≠ sent 37,500 + dropped 7"));
    EXPECT_THAT(text, HasSubstr("completed 37,500 = stored 37,500 + lost 0"));
}

TEST(Summary, PathsAreNeverCut) {
    auto summary = sample_summary();
    summary.plan.database = "/a/very/long/path/" + std::string(100, 'x') + "/galileodb.sqlite";
    EXPECT_THAT(summary_text(summary, {40, 0, false, false, true}),
                HasSubstr(summary.plan.database));
}

TEST(Summary, VerdictIsOneLine) {
    auto summary = sample_summary();
    const TerminalTraits traits{80, 0, false, false, true};
    EXPECT_THAT(verdict_text(summary, traits),
                ::testing::MatchesRegex(
                    "PASSED   checkout-peak-17   1,875/s   p99 [0-9.]+ms   errors 0.16 %\n"));
    summary.status = experiment::RunStatus::kFailed;
    summary.reasons = {"no worker"};
    EXPECT_THAT(verdict_text(summary, traits), ::testing::EndsWith("   no worker\n"));
}

TEST(Summary, JsonOfARunWithoutRequestsHasNulls) {
    experiment::RunSummary summary;
    summary.plan.id = "x\xff";
    const auto json = model::parse_json(summary_json_text(summary));
    ASSERT_TRUE(json.ok());
    EXPECT_TRUE(json->at("rate").is_null());
    EXPECT_TRUE(json->at("latency_us").at("intended").at("p50").is_null());
    EXPECT_TRUE(json->at("hosts").is_object());
    EXPECT_EQ(json->at("experiment"), "x\xEF\xBF\xBD");
}

TEST(Summary, SpectrumGoesToAFile) {
    const auto folder =
        std::filesystem::temp_directory_path() / ("galileo-report-" + std::to_string(::getpid()));
    std::filesystem::create_directory(folder);
    const auto path = folder / "run.hgrm";
    EXPECT_TRUE(write_spectrum(sample_summary(), path).ok());
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    EXPECT_THAT(text.str(), HasSubstr("Percentile"));
    const auto failed = write_spectrum(sample_summary(), folder / "none" / "run.hgrm");
    EXPECT_FALSE(failed.ok());
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace galileo::report
