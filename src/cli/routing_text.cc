#include "cli/routing_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>

#include "routing/balancer.h"

namespace galileo::cli {

namespace {

/// `3`, `0.5`: without the `.0` that Python writes.
std::string weight_text(double weight) {
    std::string text = model::python_float(weight);
    return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
}

/// The share of each host, or nothing when none gets requests.
std::optional<std::vector<double>> shares(const model::RoutingRecord& record) {
    const routing::WheelWeights wheel(record.weights);
    const auto values = wheel.values();
    const double sum = std::accumulate(values.begin(), values.end(), 0.0);
    if (sum == 0) {
        return std::nullopt;
    }
    std::vector<double> all;
    for (const auto value : values) {
        all.push_back(static_cast<double>(value) / sum);
    }
    return all;
}

}  // namespace

Result<double> parse_weight(std::string_view text) {
    double weight = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), weight);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(weight) ||
        weight < 0) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("'{}' is not a weight; write a number of 0 or more", text));
    }
    return weight;
}

Result<HostWeight> parse_host_weight(std::string_view text) {
    const auto equals = text.rfind('=');
    HostWeight parsed;
    parsed.host = text.substr(0, equals);
    if (equals != std::string_view::npos) {
        parsed.weight = TRY(parse_weight(text.substr(equals + 1)));
    }
    if (parsed.host.empty()) {
        return Error(
            ErrorCode::kInvalidInput,
            fmt::format("'{}' names no host; write HOST=WEIGHT, for example node-a:8080=3", text));
    }
    return parsed;
}

std::string routing_table(const std::vector<model::RoutingRecord>& records) {
    const std::string rule = fmt::format("+-{:-<25}-+-{:-<20}-+-{:-<9}-+", "", "", "");
    std::string table = fmt::format("{}\n| {:<25} | {:>20} | {:>9} |\n{}", rule, "Service", "Hosts",
                                    "Weights", rule);
    for (const auto& record : records) {
        for (std::size_t i = 0; i < record.hosts.size(); ++i) {
            table += fmt::format("\n| {:<25} | {:>20} | {:>9} |", i == 0 ? record.service : "",
                                 record.hosts[i], model::python_float(record.weights.at(i)));
        }
        table += '\n' + rule;
    }
    return table;
}

std::string routing_record(const model::RoutingRecord& record) {
    std::size_t host_width = 0;
    std::size_t weight_width = 0;
    for (std::size_t i = 0; i < record.hosts.size(); ++i) {
        host_width = std::max(host_width, record.hosts[i].size());
        weight_width = std::max(weight_width, weight_text(record.weights.at(i)).size());
    }
    const auto parts = shares(record);
    std::string lines;
    for (std::size_t i = 0; i < record.hosts.size(); ++i) {
        lines += fmt::format(" {:<{}}   {:<{}}  {:>{}}  {:>5.1f} %\n", i == 0 ? record.service : "",
                             record.service.size(), record.hosts[i], host_width,
                             weight_text(record.weights.at(i)), weight_width,
                             parts ? 100 * parts->at(i) : 0.0);
    }
    return lines;
}

model::Json routing_json(const model::RoutingRecord& record) {
    const auto parts = shares(record);
    model::Json hosts = model::Json::array();
    for (std::size_t i = 0; i < record.hosts.size(); ++i) {
        model::Json host = {{"host", record.hosts[i]}, {"weight", record.weights.at(i)}};
        host["share"] = parts ? model::Json(parts->at(i)) : model::Json();
        hosts.push_back(std::move(host));
    }
    return {{"service", record.service}, {"hosts", std::move(hosts)}};
}

std::string routing_warning(const model::RoutingRecord& record) {
    if (!shares(record)) {
        return fmt::format("no host of '{}' gets requests: all weights are below 1",
                           record.service);
    }
    std::set<std::string_view> seen;
    for (const auto& host : record.hosts) {
        if (!seen.insert(host).second) {
            return fmt::format("{} stands more than once in '{}': its weights add up", host,
                               record.service);
        }
    }
    const routing::WheelWeights wheel(record.weights);
    for (std::size_t i = 0; i < record.hosts.size(); ++i) {
        if (static_cast<double>(wheel.values()[i]) != record.weights[i]) {
            return fmt::format("weights are cut to whole numbers: {} of {} counts as {}",
                               weight_text(record.weights[i]), record.hosts[i], wheel.values()[i]);
        }
    }
    return {};
}

}  // namespace galileo::cli
