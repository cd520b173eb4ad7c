#include "report/summary_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/units.h"
#include "report/figures.h"
#include "report/service_table.h"
#include "report/text.h"

namespace galileo::report {

namespace {

using experiment::RunStatus;
using experiment::RunSummary;

constexpr std::size_t kHostsMax = 20;
constexpr std::size_t kSummaryListMax = 8;
constexpr std::size_t kBandsMax = 8;
constexpr int kBarWidthMax = 30;

std::string word_of(RunStatus status) {
    std::string word(experiment::to_string(status));
    std::transform(word.begin(), word.end(), word.begin(), [](unsigned char character) {
        return static_cast<char>(std::toupper(character));
    });
    return word;
}

Style style_of(RunStatus status) {
    switch (status) {
        case RunStatus::kPassed:
            return Style::kGood;
        case RunStatus::kFailed:
            return Style::kBad;
        case RunStatus::kAborted:
        case RunStatus::kUntrusted:
            break;
    }
    return Style::kWarn;
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", base::format_count(count), count == 1 ? one : many);
}

Line labelled(const Page& page, std::string_view label) {
    Line line(page.traits());
    line.add(" ").add(label, Style::kDim);
    line.pad_to(std::max(kLabelWidth, line.width() + 2));
    return line;
}

void add_caption(Page& page, std::string_view words) {
    page.gap();
    page.paragraph(std::move(Line(page.traits()).add(" ")), words, Style::kDim);
}

/// What the run was to last; for one that ended before its time, also when.
std::string length_text(const RunSummary& summary) {
    const auto wanted = summary.plan.duration;
    const auto got = std::min(summary.load_duration, wanted);
    const bool was_stopped =
        summary.status != RunStatus::kPassed && got + std::chrono::seconds(1) < wanted;
    return was_stopped ? fmt::format("stopped at {} of {}", base::format_clock(got),
                                     base::format_clock(wanted))
                       : base::format_duration(wanted);
}

void add_verdict(Page& page, const RunSummary& summary) {
    const experiment::RunPlan& plan = summary.plan;
    std::uint64_t clients = 0;
    for (const auto& workload : plan.workloads) {
        clients += workload.clients;
    }
    std::vector<Cell> items;
    items.push_back({plan.name.empty() ? plan.id : plan.name, Style::kBold});
    if (plan.duration.count() > 0) {
        items.push_back({length_text(summary)});
    }
    if (clients > 0) {
        items.push_back({counted(plan.workers.size(), "worker", "workers")});
        items.push_back({counted(clients, "client", "clients")});
    }
    Line verdict(page.traits());
    verdict.add(" ").add(word_of(summary.status), style_of(summary.status)).add("   ");
    page.items(std::move(verdict), items);
    if (!plan.name.empty() && plan.name != plan.id) {
        page.line() = std::move(labelled(page, "id").add(plan.id));
    }
}

void add_reasons(Page& page, const RunSummary& summary) {
    if (summary.reasons.empty() && summary.warnings.empty()) {
        return;
    }
    page.gap();
    const Style style = summary.status == RunStatus::kFailed ? Style::kBad : Style::kWarn;
    for (const auto& reason : summary.reasons) {
        page.paragraph(std::move(Line(page.traits()).add("   ").add("✗", style).add(" ")), reason);
    }
    for (const auto& warning : summary.warnings) {
        page.paragraph(std::move(Line(page.traits()).add("   ").add("!", Style::kWarn).add(" ")),
                       warning);
    }
}

void add_services(Page& page, const RunSummary& summary) {
    if (summary.cumulative.services.empty()) {
        return;
    }
    add_caption(page, "by service, latencies from the intended start");
    draw_services(page, summary.cumulative, summary.load_duration);
}

void add_latencies(Page& page, const stats::Tally& total) {
    if (total.completed == 0) {
        return;
    }
    Table table({{"latency from", Align::kLeft},
                 {"p50"},
                 {"p90", Align::kRight, 2},
                 {"p99"},
                 {"p99.9", Align::kRight, 1},
                 {"max"}});
    const auto add_row = [&](const std::string& name, const stats::Histogram& histogram) {
        table.add_row({{name},
                       {format_percentile(histogram, 50)},
                       {format_percentile(histogram, 90)},
                       {format_percentile(histogram, 99)},
                       {format_percentile(histogram, 99.9)},
                       {format_percentile(histogram, 100)}});
    };
    add_row(" intended start", total.intended);
    add_row(" actual send", total.service);
    page.gap();
    table.draw(page, 1);
}

void add_distribution(Page& page, const stats::Histogram& histogram) {
    const auto bands = latency_bands(histogram, kBandsMax);
    if (bands.empty()) {
        return;
    }
    add_caption(page, "distribution, from the intended start to the last byte");
    std::uint64_t largest = 1;
    int low_width = 0;
    int high_width = 0;
    int count_width = 0;
    const auto low_text = [](const LatencyBand& band) {
        return band.low.count() == 0 ? std::string("0") : format_bound(band.low);
    };
    for (const auto& band : bands) {
        largest = std::max(largest, band.count);
        low_width = std::max(low_width, display_width(low_text(band)));
        high_width = std::max(high_width, display_width(format_bound(band.high)));
        count_width = std::max(count_width, display_width(base::format_count(band.count)));
    }
    constexpr int kShareWidth = 8;
    const int taken = 3 + low_width + 3 + high_width + 2 + 2 + count_width + 2 + kShareWidth;
    const int bar_width = std::clamp(page.traits().columns - taken, 0, kBarWidthMax);
    for (const auto& band : bands) {
        const double share = static_cast<double>(band.count) / static_cast<double>(largest);
        page.line()
            .add("   ")
            .add_cell(low_text(band), low_width, Align::kRight)
            .add(" – ")
            .add_cell(format_bound(band.high), high_width, Align::kRight)
            .add("  ")
            .add_cell(share_bar(share, bar_width), bar_width, Align::kLeft, Style::kAccent)
            .add("  ")
            .add_cell(base::format_count(band.count), count_width, Align::kRight)
            .add("  ")
            .add_cell(format_share(band.count, histogram.count()), kShareWidth, Align::kRight);
    }
}

void add_hosts(Page& page, const RunSummary& summary) {
    const auto hosts = merged_hosts(summary.cumulative);
    if (hosts.empty()) {
        return;
    }
    std::uint64_t all = 0;
    for (const auto& [host, tally] : hosts) {
        all += tally.completed;
    }
    Table table({{"hosts", Align::kLeft},
                 {"share"},
                 {"requests", Align::kRight, 4},
                 {"rate/s", Align::kRight, 1},
                 {"p50", Align::kRight, 2},
                 {"p99", Align::kRight, 3},
                 {"failed"}});
    std::size_t shown = 0;
    for (const auto& [host, tally] : hosts) {
        if (++shown > kHostsMax) {
            break;
        }
        table.add_row(
            {{" " + host},
             {format_share(tally.completed, all)},
             {base::format_count(tally.completed)},
             {format_rate(per_second(tally.completed, summary.load_duration))},
             {format_percentile(tally.intended, 50)},
             {format_percentile(tally.intended, 99)},
             {format_percent(tally.failed, tally.completed), failure_style(tally.failed)}});
    }
    page.gap();
    table.draw(page, 1);
    if (hosts.size() > kHostsMax) {
        page.line().add(fmt::format("   and {} more", hosts.size() - kHostsMax));
    }
}

/// `planned 10 = sent 9 + dropped 1`; when that is not so, it says by how much.
Cell equation(std::string_view left_name,
              std::uint64_t left,
              std::string_view first_name,
              std::uint64_t first,
              std::string_view second_name,
              std::uint64_t second) {
    const bool holds = left == first + second;
    std::string text = fmt::format("{} {} {} {} {} + {} {}", left_name, base::format_count(left),
                                   holds ? "=" : "≠", first_name, base::format_count(first),
                                   second_name, base::format_count(second));
    return {std::move(text), holds ? Style::kPlain : Style::kBad};
}

void add_account(Page& page, const RunSummary& summary) {
    Cell starts =
        equation("planned", summary.planned, "sent", summary.sent, "dropped", summary.dropped);
    Cell ends =
        equation("completed", summary.completed, "stored", summary.stored, "lost", summary.lost);
    if (!summary.traces_kept) {
        ends = {
            fmt::format("completed {}, traces not kept", base::format_count(summary.completed))};
    }
    starts.text += ";";
    Line line = labelled(page, "requests");
    const int width = display_width(showable(starts.text + " " + ends.text, page.traits()));
    if (line.width() + width <= page.traits().columns) {
        line.add(starts.text, starts.style).add(" ").add(ends.text, ends.style);
        page.line() = std::move(line);
    } else {
        page.items(std::move(line), {starts, ends});
    }
    if (summary.sent != summary.completed) {
        page.line() = std::move(labelled(page, "").add(
            fmt::format("{} sent, but neither answered nor failed",
                        counted(summary.sent - std::min(summary.completed, summary.sent),
                                "request was", "requests were")),
            Style::kBad));
    }
    for (const auto& [reason, count] : summary.lost_reasons) {
        page.line() = std::move(labelled(page, "").add(
            fmt::format("lost {}: {}", base::format_count(count), reason), Style::kWarn));
    }
}

void add_trust(Page& page, const RunSummary& summary, const stats::Tally& total) {
    const auto mark = [](std::uint64_t count) { return count > 0 ? Style::kWarn : Style::kPlain; };
    std::vector<Cell> items;
    items.push_back(
        {fmt::format("lag p99 {} schedule, {} send", format_percentile(total.schedule_lag, 99),
                     format_percentile(total.send_lag, 99))});
    items.push_back({base::format_count(summary.late) + " late", mark(summary.late)});
    items.push_back({counted(summary.suspect_seconds, "suspect second", "suspect seconds"),
                     mark(summary.suspect_seconds)});
    page.items(labelled(page, "trust"), items);
}

void add_outcome(Page& page, const RunSummary& summary) {
    const stats::Tally total = summary.cumulative.total();
    page.gap();
    if (summary.planned == 0) {
        add_account(page, summary);
        return;
    }
    const std::string errors = error_list(total, kSummaryListMax);
    page.items(labelled(page, "status"),
               {{status_list(total, kSummaryListMax)},
                {"errors  " + errors, errors == "none" ? Style::kPlain : Style::kBad}});
    add_account(page, summary);
    add_trust(page, summary, total);
}

void add_end(Page& page, const RunSummary& summary) {
    page.gap();
    if (!summary.plan.database.empty() && summary.traces_kept) {
        page.line() = std::move(labelled(page, "data").add(summary.plan.database));
    }
    if (summary.planned > 0) {
        page.line() = std::move(labelled(page, "seed").add(std::to_string(summary.plan.seed)));
    }
    page.line() = std::move(labelled(page, "exit").add(std::to_string(summary.exit_code)));
}

}  // namespace

std::string summary_text(const RunSummary& summary, const TerminalTraits& traits) {
    Page page(traits);
    const stats::Tally total = summary.cumulative.total();
    page.line();
    add_verdict(page, summary);
    add_reasons(page, summary);
    add_services(page, summary);
    add_latencies(page, total);
    add_distribution(page, total.intended);
    add_hosts(page, summary);
    add_outcome(page, summary);
    add_end(page, summary);
    return page.render(Overflow::kKeep);
}

std::string verdict_text(const RunSummary& summary, const TerminalTraits& traits) {
    const stats::Tally total = summary.cumulative.total();
    Line line(traits);
    line.add(word_of(summary.status), style_of(summary.status))
        .add("   " + (summary.plan.name.empty() ? summary.plan.id : summary.plan.name))
        .add(fmt::format("   {}/s   p99 {}   errors {}",
                         format_rate(per_second(summary.sent, summary.load_duration)),
                         format_percentile(total.intended, 99),
                         format_percent(summary.failed, summary.completed)));
    if (!summary.reasons.empty()) {
        line.add("   " + summary.reasons.front());
    }
    return line.render() + "\n";
}

}  // namespace galileo::report
