#include "report/experiment_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "base/base64.h"
#include "base/clock.h"
#include "base/units.h"
#include "report/figures.h"
#include "report/latency_json.h"
#include "report/service_table.h"
#include "report/text.h"

namespace galileo::report {

namespace {

constexpr int kNameColumns = 30;
constexpr int kCreatorColumns = 24;
constexpr double kSecondsMax = 1e11;  ///< some 3,000 years; beyond it no clock could have been

using store::Visit;

std::string time_text(const std::optional<double>& seconds) {
    if (!seconds || !(std::abs(*seconds) < kSecondsMax)) {
        return std::string(kUnknown);
    }
    return base::format_local_time(base::from_epoch_seconds(*seconds));
}

std::string duration_text(const model::Experiment& experiment) {
    const double length = experiment.end.value_or(NAN) - experiment.start.value_or(NAN);
    if (!(length >= 0 && length < 1e9)) {
        return std::string(kUnknown);
    }
    return base::format_clock(base::from_seconds(length));
}

std::string or_unknown(const std::optional<std::string>& text) {
    return text && !text->empty() ? *text : std::string(kUnknown);
}

template <typename Counts>
std::uint64_t sum(const Counts& counts) {
    std::uint64_t total = 0;
    for (const auto& [key, count] : counts) {
        total += count;
    }
    return total;
}

std::uint64_t total_of(const ExperimentDetails& details, std::uint64_t store::HostTraces::* count) {
    std::uint64_t total = 0;
    for (const auto& host : details.hosts) {
        total += host.*count;
    }
    return total;
}

TerminalTraits as_wide_as_needed(TerminalTraits traits) {
    traits.columns = std::numeric_limits<int>::max();
    return traits;
}

void draw_head(Page& page, const model::Experiment& experiment) {
    const std::pair<const char*, std::string> lines[] = {
        {"experiment", experiment.id},
        {"name", or_unknown(experiment.name)},
        {"creator", or_unknown(experiment.creator)},
        {"status", experiment.status},
        {"created", time_text(experiment.created)},
        {"start", time_text(experiment.start)},
        {"end", time_text(experiment.end)},
        {"duration", duration_text(experiment)}};
    for (const auto& [label, text] : lines) {
        page.line().add(fmt::format(" {}", label)).pad_to(kLabelWidth + 2).add(text);
    }
}

void draw_metadata(Page& page, const ExperimentDetails& details) {
    page.gap();
    if (!details.metadata_problem.empty()) {
        page.line()
            .add(" metadata")
            .pad_to(kLabelWidth + 2)
            .add(details.metadata_problem, Style::kBad);
        return;
    }
    if (!details.metadata) {
        page.line().add(" metadata").pad_to(kLabelWidth + 2).add("none");
        return;
    }
    page.line().add(" metadata");
    std::istringstream lines(
        details.metadata->dump(2, ' ', false, model::Json::error_handler_t::replace));
    for (std::string line; std::getline(lines, line);) {
        page.line().add("   " + line);
    }
}

void draw_count(Page& page, const char* label, std::uint64_t count, const std::string& more = "") {
    page.gap();
    page.line()
        .add(fmt::format(" {}", label))
        .pad_to(kLabelWidth + 2)
        .add(base::format_count(count) + more);
}

void draw_traces(Page& page, const ExperimentDetails& details) {
    const std::uint64_t total = total_of(details, &store::HostTraces::traces);
    const std::uint64_t failed = total_of(details, &store::HostTraces::failed);
    draw_count(page, "traces", total,
               total == 0 ? ""
                          : fmt::format(", {} failed ({})", base::format_count(failed),
                                        format_percent(failed, total)));
    if (total == 0) {
        return;
    }
    Table table(
        {{.title = "HOST", .align = Align::kLeft}, {.title = "TRACES"}, {.title = "FAILED"}});
    for (const auto& host : details.hosts) {
        table.add_row({{host.server.value_or("(no host)")},
                       {base::format_count(host.traces)},
                       {base::format_count(host.failed)}});
    }
    table.draw(page, 3);
}

void draw_statistics(Page& page, const ExperimentDetails& details) {
    if (!details.statistics) {
        return;
    }
    const auto& [total, seconds] = *details.statistics;
    page.gap();
    page.line()
        .add(" statistics")
        .pad_to(kLabelWidth + 2)
        .add(fmt::format("{} s of load; latencies from the intended start", seconds));
    draw_services(page, total, std::chrono::seconds(seconds));
}

model::Json statistics_json(const std::optional<StoredStatistics>& statistics) {
    if (!statistics) {
        return {};
    }
    model::Json services = model::Json::array();
    for (const auto& [name, tally] : statistics->total.services) {
        services.push_back(
            {{"service", name},
             {"planned", tally.planned},
             {"sent", tally.sent},
             {"dropped", tally.dropped},
             {"completed", tally.completed},
             {"failed", tally.failed},
             {"latency_us",
              {{"intended", latency_us(tally.intended)}, {"service", latency_us(tally.service)}}}});
    }
    return {{"seconds", statistics->seconds}, {"services", std::move(services)}};
}

Result<std::optional<StoredStatistics>> read_statistics(store::ExperimentStore& store,
                                                        const std::string& exp_id) {
    StoredStatistics statistics;
    std::optional<Error> failure;
    TRY(store.for_each_second(exp_id, [&](const store::StatisticsSecond& second) {
        const auto bytes = base::from_base64(second.data);
        const auto snapshot = bytes ? stats::decode_snapshot(*bytes) : bytes.error();
        if (!snapshot) {
            failure = Error(snapshot.error()).within("statistics of experiment " + exp_id);
            return Visit::kStop;
        }
        statistics.total.merge(*snapshot);
        ++statistics.seconds;
        return Visit::kContinue;
    }));
    if (failure) {
        return *std::move(failure);
    }
    return statistics.seconds == 0 ? std::nullopt : std::optional(std::move(statistics));
}

/// Whether the account of the requests says that all are stored, as many as the statistics have.
bool cover_all_traces(const ExperimentDetails& details) {
    if (!details.statistics || !details.metadata || !details.metadata->is_object()) {
        return false;
    }
    const auto recorded = details.metadata->find("recorded");
    if (recorded == details.metadata->end() || !recorded->is_object()) {
        return false;
    }
    const auto completed = details.statistics->total.total().completed;
    return recorded->value("traces", model::Json()) == completed &&
           recorded->value("lost", model::Json()) == 0;
}

std::vector<store::HostTraces> hosts_of(const stats::Snapshot& snapshot) {
    std::vector<store::HostTraces> hosts;
    const auto total = snapshot.total();
    store::HostTraces none{std::nullopt, total.completed, total.failed};
    for (const auto& [host, tally] : merged_hosts(snapshot)) {
        if (tally.completed > 0) {
            hosts.push_back({host, tally.completed, tally.failed});
            none.traces -= tally.completed;
            none.failed -= tally.failed;
        }
    }
    if (none.traces > 0) {
        hosts.insert(hosts.begin(), none);
    }
    return hosts;
}

void draw_names(Page& page,
                const char* label,
                const char* title,
                const std::map<std::string, std::uint64_t>& counts) {
    draw_count(page, label, sum(counts));
    if (counts.empty()) {
        return;
    }
    Table table({{.title = title, .align = Align::kLeft}, {.title = "ROWS"}});
    for (const auto& [name, count] : counts) {
        table.add_row({{name}, {base::format_count(count)}});
    }
    table.draw(page, 3);
}

void draw_telemetry(Page& page, const ExperimentDetails& details) {
    draw_count(page, "telemetry", sum(details.telemetry));
    if (details.telemetry.empty()) {
        return;
    }
    Table table({{.title = "NODE", .align = Align::kLeft},
                 {.title = "METRIC", .align = Align::kLeft},
                 {.title = "ROWS"}});
    for (const auto& [series, count] : details.telemetry) {
        table.add_row({{series.first}, {series.second}, {base::format_count(count)}});
    }
    table.draw(page, 3);
}

model::Json names_json(const char* list,
                       const char* key,
                       const std::map<std::string, std::uint64_t>& counts) {
    model::Json json = {{"rows", sum(counts)}, {list, model::Json::array()}};
    for (const auto& [name, count] : counts) {
        json[list].push_back({{key, name}, {"rows", count}});
    }
    return json;
}

}  // namespace

Result<ExperimentDetails> read_details(store::ExperimentStore& store,
                                       const model::Experiment& experiment) {
    ExperimentDetails details;
    details.experiment = experiment;
    if (auto metadata = store.metadata(experiment.id)) {
        details.metadata = std::move(*metadata);
    } else if (metadata.error().code() == ErrorCode::kInvalidInput) {
        details.metadata_problem = metadata.error().message();  // the rest is good all the same
    } else {
        return std::move(metadata).error();
    }
    details.statistics = TRY(read_statistics(store, experiment.id));
    details.hosts = cover_all_traces(details) ? hosts_of(details.statistics->total)
                                              : TRY(store.traces_per_host(experiment.id));
    TRY(store.for_each_telemetry(experiment.id, [&details](const model::TelemetryPoint& point) {
        ++details.telemetry[{point.node, point.metric}];
        return Visit::kContinue;
    }));
    TRY(store.for_each_event(experiment.id, [&details](const model::Event& event) {
        ++details.events[event.name];
        return Visit::kContinue;
    }));
    for (const auto& info : TRY(store.node_infos(experiment.id))) {
        ++details.node_infos[info.node];
    }
    return details;
}

std::string experiments_text(std::span<const model::Experiment> experiments,
                             const TerminalTraits& traits) {
    Page page(as_wide_as_needed(traits));
    Table table({{.title = "ID", .align = Align::kLeft},
                 {.title = "NAME", .align = Align::kLeft},
                 {.title = "CREATOR", .align = Align::kLeft},
                 {.title = "STATUS", .align = Align::kLeft},
                 {.title = "START", .align = Align::kLeft},
                 {.title = "DURATION"}});
    for (const auto& experiment : experiments) {
        table.add_row(
            {{experiment.id},
             {cut(showable(or_unknown(experiment.name), traits), kNameColumns, traits)},
             {cut(showable(or_unknown(experiment.creator), traits), kCreatorColumns, traits)},
             {experiment.status},
             {time_text(experiment.start)},
             {duration_text(experiment)}});
    }
    table.draw(page, 1);
    return page.render(Overflow::kKeep);
}

model::Json experiments_json(std::span<const model::Experiment> experiments) {
    model::Json list = model::Json::array();
    for (const auto& experiment : experiments) {
        list.push_back(model::to_json(experiment));
    }
    return {{"experiments", std::move(list)}};
}

std::string details_text(const ExperimentDetails& details, const TerminalTraits& traits) {
    Page page(as_wide_as_needed(traits));
    draw_head(page, details.experiment);
    draw_metadata(page, details);
    draw_traces(page, details);
    draw_statistics(page, details);
    draw_telemetry(page, details);
    draw_names(page, "events", "NAME", details.events);
    draw_names(page, "nodeinfo", "NODE", details.node_infos);
    return page.render(Overflow::kKeep);
}

model::Json details_json(const ExperimentDetails& details) {
    model::Json hosts = model::Json::array();
    for (const auto& host : details.hosts) {
        hosts.push_back({{"host", host.server ? model::Json(*host.server) : model::Json()},
                         {"traces", host.traces},
                         {"failed", host.failed}});
    }
    model::Json series = model::Json::array();
    for (const auto& [key, count] : details.telemetry) {
        series.push_back({{"node", key.first}, {"metric", key.second}, {"rows", count}});
    }
    model::Json json = model::Json::object();
    json["experiment"] = model::to_json(details.experiment);
    json["metadata"] = details.metadata.value_or(model::Json());
    if (!details.metadata_problem.empty()) {
        json["metadata_problem"] = details.metadata_problem;
    }
    json["traces"] = {{"total", total_of(details, &store::HostTraces::traces)},
                      {"failed", total_of(details, &store::HostTraces::failed)},
                      {"hosts", std::move(hosts)}};
    json["statistics"] = statistics_json(details.statistics);
    json["telemetry"] = {{"rows", sum(details.telemetry)}, {"series", std::move(series)}};
    json["events"] = names_json("names", "name", details.events);
    json["nodeinfo"] = names_json("nodes", "node", details.node_infos);
    return json;
}

}  // namespace galileo::report
