#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "control/cluster.h"
#include "model/client.h"

namespace galileo::experiment {

/// The clients of one experiment, in named groups whose rates are set from time to time. They end
/// with the lease of `run_id`, so that they do not outlive a controller that is killed; the
/// destructor closes those that are left. Borrows the cluster. Every call blocks on Redis.
/// Thread-compatible.
class LoadSession {
  public:
    LoadSession(control::Cluster& cluster, std::string run_id)
        : cluster_(cluster), run_id_(std::move(run_id)) {}
    ~LoadSession();
    LoadSession(const LoadSession&) = delete;
    LoadSession& operator=(const LoadSession&) = delete;

    struct Group {
        control::Cluster::ClientIds clients;
        std::uint64_t size = 0;  ///< clients
        double rate = 0;         ///< requests per second of all together
    };

    /// Adds clients to a group, spread over the workers that the configuration's labels match, and
    /// makes the group where there is none. They listen when it returns.
    Result<void> spawn(const std::string& group,
                       const model::ClientConfig& config,
                       std::uint64_t count);
    /// The same on one worker.
    Result<void> spawn_on(const std::string& worker,
                          const std::string& group,
                          const model::ClientConfig& config,
                          std::uint64_t count);

    /// The group's clients share `rate` evenly from now on, each at constant intervals; 0 or less:
    /// they pause. kNotFound: no such group.
    Result<void> set_rate(std::string_view group, double rate);

    /// kNotFound: no such group.
    Result<void> close(std::string_view group);
    /// Closes all groups. What could not be closed stays for the next call.
    Result<void> close_all();

    [[nodiscard]] const std::map<std::string, Group, std::less<>>& groups() const noexcept {
        return groups_;
    }

  private:
    Result<void> add(const std::string& group,
                     const std::vector<model::ClientDescription>& clients);
    Result<Group*> find(std::string_view group);

    control::Cluster& cluster_;
    const std::string run_id_;
    std::map<std::string, Group, std::less<>> groups_;
};

}  // namespace galileo::experiment
