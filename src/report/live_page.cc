// What the live view shows; live_view.cc has how it gets on the screen.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "base/units.h"
#include "report/figures.h"
#include "report/live_view.h"
#include "report/service_table.h"

namespace galileo::report {

namespace {

using experiment::Progress;
using experiment::RunPlan;
using std::chrono::nanoseconds;

constexpr std::size_t kSparkSeconds = 60;
constexpr int kNameWidthMax = 16;
constexpr std::size_t kLiveListMax = 5;
constexpr std::size_t kTargetsMax = 3;
constexpr std::size_t kBarsMax = 8;
constexpr nanoseconds kReportLate = std::chrono::seconds(3);

Line labelled(const TerminalTraits& traits, std::string_view label) {
    Line line(traits);
    line.add(" ").add(label, Style::kDim);
    line.pad_to(kLabelWidth);
    return line;
}

/// `3 (galileo_zone A 2, B 1)`.
std::string describe_workers(const RunPlan& plan) {
    std::map<std::string, std::map<std::string, int>> labels;
    for (const auto& worker : plan.workers) {
        for (const auto& [label, value] : worker.labels) {
            if (label != "galileo_worker_name") {  // tells them apart, and so groups nothing
                ++labels[label][value];
            }
        }
    }
    std::string text = std::to_string(plan.workers.size());
    constexpr std::size_t kLabelsMax = 2;
    std::size_t shown = 0;
    for (const auto& [label, values] : labels) {
        if (++shown > kLabelsMax) {
            break;
        }
        std::vector<std::string> parts;
        for (const auto& [value, count] : values) {
            parts.push_back(fmt::format("{} {}", value, count));
        }
        text += fmt::format(" ({} {})", label, fmt::join(parts, ", "));
    }
    return text;
}

std::string describe_targets(const RunPlan& plan) {
    std::string text;
    for (std::size_t at = 0; at < std::min(plan.targets.size(), kTargetsMax); ++at) {
        text += (at == 0 ? "" : " ") + plan.targets[at];
    }
    if (plan.targets.size() > kTargetsMax) {
        text += fmt::format(" and {} more", plan.targets.size() - kTargetsMax);
    }
    return text;
}

int name_width(const Progress& progress) {
    int width = 4;
    for (const auto& workload : progress.workloads) {
        width = std::max(width, display_width(workload.name));
    }
    return std::min(width, kNameWidthMax);
}

/// `398.0/400.0 /s`, or only what is known of it.
std::string rate_against_target(const LivePicture& picture,
                                const experiment::WorkloadProgress& workload) {
    // The statistics tell services apart, not workloads: with several on one, only their sum is
    // known.
    const auto& all = picture.progress.workloads;
    const auto sharing = std::count_if(all.begin(), all.end(), [&](const auto& other) {
        return other.service == workload.service;
    });
    const auto found = picture.progress.interval.services.find(workload.service);
    std::string text;
    if (sharing == 1 && found != picture.progress.interval.services.end()) {
        text = format_rate(per_second(found->second.sent, picture.progress.interval_length));
    }
    if (workload.target_rate) {
        text +=
            fmt::format("{}{}", text.empty() ? "wants " : "/", format_rate(*workload.target_rate));
    }
    return text.empty() ? "" : text + " /s";
}

void add_bars(Page& page, const LivePicture& picture) {
    const int names = name_width(picture.progress);
    std::size_t shown = 0;
    for (const auto& workload : picture.progress.workloads) {
        if (++shown > kBarsMax) {
            page.line().add(fmt::format(" and {} more workloads",
                                        picture.progress.workloads.size() - kBarsMax));
            break;
        }
        const auto length =
            workload.duration.count() > 0 ? workload.duration : picture.progress.duration;
        const auto elapsed = std::clamp(picture.elapsed, nanoseconds(0), length);
        const double fraction = length.count() > 0 ? static_cast<double>(elapsed.count()) /
                                                         static_cast<double>(length.count())
                                                   : 0;
        const std::string clock =
            fmt::format("{}/{}", base::format_clock(elapsed), base::format_clock(length));
        const std::string rate = rate_against_target(picture, workload);
        constexpr int kRateWidth = 18;
        const int taken = 1 + names + 1 + 2 + 4 + 2 + display_width(clock) + 2 + kRateWidth;
        const int bar = std::clamp(page.traits().columns - taken, 0, 34);
        Line& line = page.line().add(" ").add_cell(workload.name, names, Align::kLeft).add(" ");
        if (bar >= 6) {
            line.add(progress_bar(fraction, bar), Style::kAccent);
        }
        line.add_cell(fmt::format("{:.0f}%", fraction * 100), 6, Align::kRight)
            .add("  " + clock)
            .add("  " + rate);
    }
}

void add_table(Page& page, const Progress& progress) {
    Table table({{"", Align::kLeft},
                 {"rate/s"},
                 {"p50", Align::kRight, 5},
                 {"p90", Align::kRight, 1},
                 {"p99", Align::kRight, 6},
                 {"p99.9", Align::kRight, 2},
                 {"max", Align::kRight, 3},
                 {"errors", Align::kRight, 4}});
    const auto add_row = [&](const std::string& name, const stats::Tally& tally, nanoseconds length,
                             Style style) {
        table.add_row(
            {{name, style},
             {format_rate(per_second(tally.sent, length))},
             {format_percentile(tally.intended, 50)},
             {format_percentile(tally.intended, 90)},
             {format_percentile(tally.intended, 99)},
             {format_percentile(tally.intended, 99.9)},
             {format_percentile(tally.intended, 100)},
             {format_percent(tally.failed, tally.completed), failure_style(tally.failed)}});
    };
    const nanoseconds so_far = std::clamp(progress.elapsed, nanoseconds(0), progress.duration);
    constexpr std::size_t kServicesMax = 12;
    std::size_t shown = 0;
    for (const auto& [service, tally] : progress.cumulative.services) {
        if (++shown <= kServicesMax) {
            add_row(service, tally, so_far, Style::kPlain);
        }
    }
    if (progress.cumulative.services.size() != 1) {
        add_row("all so far", progress.cumulative.total(), so_far, Style::kBold);
    }
    const std::string last = fmt::format(
        "last {}",
        base::format_duration(std::chrono::round<std::chrono::seconds>(progress.interval_length)));
    add_row(last, progress.interval.total(), progress.interval_length, Style::kDim);
    table.draw(page, 1);
}

Line spark_line(const LivePicture& picture, const TerminalTraits& traits) {
    const std::size_t shown = std::min(picture.rates.size(), kSparkSeconds);
    Line line(traits);
    line.add(fmt::format(" last {} s", shown), Style::kDim).pad_to(kLabelWidth);
    constexpr int kWords = 5 + 3 + 4;  // "rate ", the gap and "p99 "
    const int room = std::max((traits.columns - kLabelWidth - kWords) / 2, 4);
    const auto columns = std::min(static_cast<std::size_t>(room), kSparkSeconds / 2);
    line.add("rate ")
        .add(sparkline(picture.rates, columns), Style::kAccent)
        .add("   p99 ")
        .add(sparkline(picture.p99s, columns), Style::kAccent);
    return line;
}

Line status_line(const Progress& progress, const TerminalTraits& traits) {
    const stats::Tally total = progress.cumulative.total();
    const std::string errors = error_list(total, kLiveListMax);
    Line line = labelled(traits, "status");
    line.add(status_list(total, kLiveListMax))
        .add("   errors ")
        .add(errors, errors == "none" ? Style::kPlain : Style::kBad);
    return line;
}

Line rows_line(const Progress& progress, const TerminalTraits& traits) {
    Line line = labelled(traits, "stored");
    line.add(base::format_count(progress.stored)).add(" rows");
    if (progress.lost > 0) {
        line.add(fmt::format("   lost {}", base::format_count(progress.lost)), Style::kWarn);
    }
    return line;
}

/// The generator's health; when it is not well, the amber second line says what that means.
std::vector<Line> generator_lines(const Progress& progress, const TerminalTraits& traits) {
    const auto& generator = progress.generator;
    const stats::Tally last = progress.interval.total();
    std::vector<Line> lines;
    Line line = labelled(traits, "generator");
    line.add(fmt::format("lag p99 {} ", format_percentile(last.schedule_lag, 99)))
        .add(generator.saturated ? "SATURATED" : "ok",
             generator.saturated ? Style::kWarn : Style::kGood);
    if (generator.cpu_percent) {
        line.add(fmt::format("   cpu {:.0f} %", *generator.cpu_percent));
    }
    line.add(fmt::format("   in flight {}", base::format_count(generator.in_flight)));
    if (generator.waiting > 0) {
        line.add(fmt::format("   waiting {}", base::format_count(generator.waiting)), Style::kWarn);
    }
    line.add(generator.socket_limit > 0
                 ? fmt::format("   sockets {}/{}", generator.sockets, generator.socket_limit)
                 : fmt::format("   sockets {}", generator.sockets));
    lines.push_back(std::move(line));
    if (generator.saturated || progress.suspect_seconds > 0) {
        const std::string text =
            generator.saturated && !generator.reason.empty()
                ? generator.reason
                : fmt::format("{} suspect {}; add workers or lower the rate",
                              progress.suspect_seconds,
                              progress.suspect_seconds == 1 ? "second" : "seconds");
        Page page(traits);
        page.paragraph(labelled(traits, ""), text, Style::kWarn);
        lines.insert(lines.end(), page.lines().begin(), page.lines().end());
    }
    return lines;
}

std::vector<Line> worker_lines(const Progress& progress, const TerminalTraits& traits) {
    std::vector<Line> lines;
    constexpr std::size_t kWorkersMax = 3;
    for (const auto& worker : progress.workers) {
        const bool is_late = worker.report_age > kReportLate;
        if ((!worker.lost && !is_late) || lines.size() >= kWorkersMax) {
            continue;
        }
        Line line = labelled(traits, "worker");
        line.add(worker.name + " ");
        line.add(worker.lost ? "LOST"
                             : fmt::format("has not reported for {}",
                                           base::format_clock(worker.report_age)),
                 worker.lost ? Style::kBad : Style::kWarn);
        lines.push_back(std::move(line));
    }
    return lines;
}

/// A part of the table and how much it matters: on a low terminal the lowest go first.
struct Block {
    int keep;
    std::vector<Line> lines;
};

std::vector<Line> lines_of(const Page& page) {
    return page.lines();
}

std::vector<Block> blocks_of(const LivePicture& picture, const TerminalTraits& traits) {
    const Progress& progress = picture.progress;
    Page bars(traits);
    add_bars(bars, picture);
    Page table(traits);
    add_table(table, progress);
    std::vector<Block> blocks;
    blocks.push_back({5, lines_of(bars)});
    if (progress.state == experiment::RunState::kDraining) {
        blocks.push_back({6,
                          {labelled(traits, "draining")
                               .add(fmt::format("waiting for the last {} answers",
                                                base::format_count(progress.generator.in_flight +
                                                                   progress.generator.waiting)))}});
    }
    blocks.push_back({1, {Line(traits)}});
    blocks.push_back({8, lines_of(table)});
    blocks.push_back({1, {Line(traits)}});
    if (picture.rates.size() > 1) {
        blocks.push_back({2, {spark_line(picture, traits)}});
    }
    blocks.push_back({4, {status_line(progress, traits)}});
    if (!picture.plan.database.empty()) {
        blocks.push_back({3, {rows_line(progress, traits)}});
    }
    blocks.push_back({7, generator_lines(progress, traits)});
    blocks.push_back({9, worker_lines(progress, traits)});
    return blocks;
}

}  // namespace

Page plan_page(const RunPlan& plan, const TerminalTraits& traits) {
    Page page(traits);
    std::vector<Cell> head = {{"run " + (plan.name.empty() ? plan.id : plan.name), Style::kBold}};
    if (!plan.name.empty() && plan.name != plan.id) {
        head.push_back({plan.id});
    }
    page.items(std::move(Line(traits).add("galileo " GALILEO_VERSION "   ", Style::kDim)), head);
    std::uint64_t clients = 0;
    std::string_view label = "profile";
    for (const auto& workload : plan.workloads) {
        clients += workload.clients;
        std::string text = fmt::format("{}: {}", workload.name, workload.profile);
        if (workload.requests) {
            text += fmt::format("; {} requests", base::format_count(*workload.requests));
        }
        page.paragraph(labelled(traits, label), text);
        label = "";
    }
    page.paragraph(
        labelled(traits, "workers"),
        fmt::format("{}, {} {} over {}", describe_workers(plan), base::format_count(clients),
                    clients == 1 ? "client" : "clients", base::format_duration(plan.duration)));
    page.paragraph(labelled(traits, "target"), describe_targets(plan));
    page.paragraph(labelled(traits, "records"),
                   fmt::format("{}, seed {}", plan.database.empty() ? "no database" : plan.database,
                               plan.seed));
    if (!plan.redis.empty()) {
        page.paragraph(labelled(traits, "redis"), plan.redis);
    }
    return page;
}

Page live_page(const LivePicture& picture, const TerminalTraits& traits) {
    std::vector<Block> blocks = blocks_of(picture, traits);
    std::erase_if(blocks, [](const Block& block) { return block.lines.empty(); });
    // The cursor rests below the last line, so one row is not ours.
    constexpr std::size_t kUnlimited = 1000;
    const std::size_t room =
        traits.rows > 1 ? static_cast<std::size_t>(traits.rows) - 1 : kUnlimited;
    const auto height = [&] {
        return std::accumulate(
            blocks.begin(), blocks.end(), std::size_t{0},
            [](std::size_t sum, const Block& block) { return sum + block.lines.size(); });
    };
    while (height() > room && blocks.size() > 1) {
        blocks.erase(std::min_element(
            blocks.begin(), blocks.end(),
            [](const Block& left, const Block& right) { return left.keep < right.keep; }));
    }
    Page page(traits);
    for (const auto& block : blocks) {
        for (const auto& line : block.lines) {
            if (page.lines().size() < room) {
                page.line() = line;
            }
        }
    }
    return page;
}

}  // namespace galileo::report
