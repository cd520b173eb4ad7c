#include "experiment/load_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace galileo::experiment {

LoadSession::~LoadSession() {
    if (const auto closed = close_originals(); !closed) {
        base::log_warn("clients may stay behind: {}", closed.error().message());
    }
}

Result<void> LoadSession::spawn(const std::string& group,
                                const model::ClientConfig& config,
                                std::uint64_t count) {
    groups_[group];
    for (const auto& share : TRY(cluster_.deal(config, count))) {
        TRY(spawn_on(share.worker, group, config, share.clients));
    }
    return {};
}

Result<void> LoadSession::spawn_on(const std::string& worker,
                                   const std::string& group,
                                   const model::ClientConfig& config,
                                   std::uint64_t count) {
    auto& into = groups_[group];
    const auto made = TRY(create(worker, config, count));
    for (const auto& client : made) {
        into.clients[worker].push_back(client.client_id);
    }
    into.size += made.size();
    return {};
}

Result<std::vector<model::ClientDescription>> LoadSession::create(const std::string& worker,
                                                                  const model::ClientConfig& config,
                                                                  std::uint64_t count) {
    if (TRY(cluster_.leases().worker(worker))) {
        return run_.spawn_on(worker, config, count);
    }
    auto made = TRY(cluster_.spawn_on(worker, config, count));
    for (const auto& client : made) {
        originals_[worker].push_back(client.client_id);
    }
    on_originals_(made);
    return made;
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

Result<void> LoadSession::close_originals() {
    TRY(cluster_.command(coord::ClientAction::kClose, {}, originals_));
    originals_.clear();
    return {};
}

}  // namespace galileo::experiment
