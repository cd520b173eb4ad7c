#include <fmt/format.h>

#include "base/log.h"
#include "experiment/queued_load.h"

namespace galileo::experiment {

namespace {

std::string group_of(std::size_t workload, const std::string& service) {
    return fmt::format("{}:{}", workload, service);
}

Result<void> spawn_all(const model::ExperimentConfiguration& configuration, LoadSession& session) {
    for (std::size_t i = 0; i < configuration.workloads.size(); ++i) {
        const auto& workload = configuration.workloads[i];
        model::ClientConfig config;
        config.service = workload.service;
        if (!workload.client.empty()) {
            config.client = workload.client;
        }
        config.parameters = workload.client_parameters;
        TRY_WITHIN(
            fmt::format("spawning {} clients of service {}", workload.clients, workload.service),
            session.spawn(group_of(i, workload.service), config, workload.clients));
    }
    return {};
}

}  // namespace

void LoadOutcome::add_trouble(std::string text) {
    constexpr std::size_t kMost = 100;
    base::log_warn("{}", text);
    if (troubles.size() < kMost) {
        troubles.push_back(std::move(text));
    }
}

Result<LoadOutcome> follow_ticks(const model::ExperimentConfiguration& configuration,
                                 const LoadTools& tools) {
    TRY(spawn_all(configuration, tools.session));
    LoadOutcome outcome;
    const auto set_rates = [&](const auto& rate_of) {
        for (std::size_t i = 0; i < configuration.workloads.size(); ++i) {
            const auto& workload = configuration.workloads[i];
            const auto set = tools.session.set_rate(group_of(i, workload.service),
                                                    static_cast<double>(rate_of(workload)));
            if (!set) {
                outcome.add_trouble(
                    fmt::format("service {}: {}", workload.service, set.error().message()));
            }
        }
    };
    const auto start = tools.clock.monotonic();
    const auto ticks = configuration.tick_count();
    for (std::uint64_t tick = 0; tick < ticks && !outcome.stopped; ++tick) {
        set_rates([&](const model::QueuedWorkload& workload) { return workload.ticks[tick]; });
        outcome.stopped = tools.pause(
            start + base::from_seconds(static_cast<double>(tick + 1) * configuration.interval));
    }
    set_rates([](const model::QueuedWorkload&) { return std::uint64_t{0}; });
    return outcome;
}

}  // namespace galileo::experiment
