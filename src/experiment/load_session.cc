#include "experiment/load_session.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"

namespace galileo::experiment {

LoadSession::~LoadSession() {
    if (const auto closed = close_all(); !closed) {
        base::log_warn("clients may stay behind: {}", closed.error().message());
    }
}

Result<void> LoadSession::spawn(const std::string& group,
                                const model::ClientConfig& config,
                                std::uint64_t count) {
    return add(group, TRY(cluster_.spawn(config, count)));
}

Result<void> LoadSession::spawn_on(const std::string& worker,
                                   const std::string& group,
                                   const model::ClientConfig& config,
                                   std::uint64_t count) {
    return add(group, TRY(cluster_.spawn_on(worker, config, count)));
}

Result<void> LoadSession::add(const std::string& group,
                              const std::vector<model::ClientDescription>& clients) {
    auto& into = groups_[group];
    control::Cluster::ClientIds added;
    for (const auto& client : clients) {
        added[client.worker].push_back(client.client_id);
        into.clients[client.worker].push_back(client.client_id);
    }
    into.size += clients.size();
    return cluster_.bind(run_id_, added);
}

Result<LoadSession::Group*> LoadSession::find(std::string_view group) {
    const auto found = groups_.find(group);
    if (found == groups_.end()) {
        return Error(ErrorCode::kNotFound, fmt::format("there is no client group {}", group));
    }
    return &found->second;
}

Result<void> LoadSession::set_rate(std::string_view name, double rate) {
    auto* const group = TRY(find(name));
    if (group->size == 0) {
        return {};
    }
    if (rate > 0) {
        const double interval = static_cast<double>(group->size) / rate;
        const model::Workload workload{{}, "constant", model::Json::array({interval})};
        TRY(cluster_.command(coord::ClientAction::kSetWorkload, workload, group->clients));
    } else {
        TRY(cluster_.command(coord::ClientAction::kStop, {}, group->clients));
    }
    group->rate = std::max(rate, 0.0);
    return {};
}

Result<void> LoadSession::close(std::string_view name) {
    const auto* const group = TRY(find(name));
    TRY(cluster_.command(coord::ClientAction::kClose, {}, group->clients));
    groups_.erase(groups_.find(name));
    return {};
}

Result<void> LoadSession::close_all() {
    Result<void> outcome;
    for (auto group = groups_.begin(); group != groups_.end();) {
        const auto closed =
            cluster_.command(coord::ClientAction::kClose, {}, group->second.clients);
        if (closed) {
            group = groups_.erase(group);
        } else {
            outcome = closed.error();
            ++group;
        }
    }
    return outcome;
}

}  // namespace galileo::experiment
