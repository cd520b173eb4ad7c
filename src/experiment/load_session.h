#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "control/cluster.h"
#include "control/run_session.h"
#include "model/client.h"

namespace galileo::experiment {

/// Told of clients on workers of the original, whose traces come over its channel.
using OriginalClients = std::function<void(const std::vector<model::ClientDescription>&)>;

/// The clients of one experiment, in named groups whose rates are set from time to time. On our
/// workers they belong to the run and end with it; those on the original's are closed by
/// close_originals(), or the destructor. Borrows cluster and run. Every call blocks on Redis.
/// Thread-compatible.
class LoadSession {
  public:
    LoadSession(control::Cluster& cluster, control::RunSession& run, OriginalClients on_originals)
        : cluster_(cluster), run_(run), on_originals_(std::move(on_originals)) {}
    ~LoadSession();
    LoadSession(const LoadSession&) = delete;
    LoadSession& operator=(const LoadSession&) = delete;

    struct Group {
        control::Cluster::ClientIds clients;
        std::uint64_t size = 0;  ///< clients
        double rate = 0;         ///< requests per second of all together
    };

    /// Adds clients to a group, spread over the workers that the configuration's labels match, and
    /// makes the group where there is none. They listen when it returns. After an error some may be
    /// there.
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
    /// Closes the clients on workers of the original. What could not be closed stays for the next
    /// call.
    Result<void> close_originals();

    [[nodiscard]] const std::map<std::string, Group, std::less<>>& groups() const noexcept {
        return groups_;
    }

  private:
    Result<std::vector<model::ClientDescription>> create(const std::string& worker,
                                                         const model::ClientConfig& config,
                                                         std::uint64_t count);
    Result<Group*> find(std::string_view group);

    control::Cluster& cluster_;
    control::RunSession& run_;
    const OriginalClients on_originals_;
    std::map<std::string, Group, std::less<>> groups_;
    control::Cluster::ClientIds originals_;  ///< all that were spawned on the original's workers
};

}  // namespace galileo::experiment
