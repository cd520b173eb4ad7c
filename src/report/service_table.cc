#include "report/service_table.h"

#include <algorithm>

#include "base/units.h"
#include "report/figures.h"

namespace galileo::report {

void draw_services(Page& page, const stats::Snapshot& snapshot, std::chrono::nanoseconds length) {
    if (snapshot.services.empty()) {
        return;
    }
    Table table({{"", Align::kLeft},
                 {"requests"},
                 {"rate/s"},
                 {"ok", Align::kRight, 2},
                 {"failed"},
                 {"p50", Align::kRight, 5},
                 {"p99", Align::kRight, 6},
                 {"p99.9", Align::kRight, 3},
                 {"max", Align::kRight, 4}});
    const auto add_row = [&](const std::string& name, const stats::Tally& tally, Style style) {
        table.add_row(
            {{name, style},
             {base::format_count(tally.completed)},
             {format_rate(per_second(tally.sent, length))},
             {base::format_count(tally.completed - std::min(tally.failed, tally.completed))},
             {base::format_count(tally.failed), failure_style(tally.failed)},
             {format_percentile(tally.intended, 50)},
             {format_percentile(tally.intended, 99)},
             {format_percentile(tally.intended, 99.9)},
             {format_percentile(tally.intended, 100)}});
    };
    for (const auto& [service, tally] : snapshot.services) {
        add_row(service, tally, Style::kPlain);
    }
    if (snapshot.services.size() != 1) {
        add_row("all", snapshot.total(), Style::kBold);
    }
    table.draw(page, 1);
}

}  // namespace galileo::report
