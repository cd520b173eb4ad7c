#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "coord/lease.h"
#include "coord/stats_channel.h"
#include "model/json.h"

namespace galileo::cli {

/// One registered worker.
struct WorkerView {
    std::string name;
    std::map<std::string, std::string> labels;  ///< without secrets
    std::optional<coord::WorkerLease> lease;    ///< absent: dead, or the original's
    std::chrono::milliseconds lease_age{0};     ///< since its last refresh; 0 without a lease
    std::optional<std::uint64_t> clients;       ///< registered; absent: their key is broken
    std::optional<double> rate;  ///< completed requests per second; absent: nothing was reported
};

/// One run that goes on.
struct RunView {
    coord::RunLease lease;
    std::uint64_t workers = 0;  ///< that take part
    std::optional<double> rate;
    std::optional<std::chrono::nanoseconds> p99;  ///< from intended start; absent: no answer yet
    std::optional<double> failed;                 ///< fraction of completed requests
};

/// What goes on behind one Redis.
struct ClusterView {
    std::vector<WorkerView> workers;  ///< in order of name
    std::vector<RunView> runs;        ///< in order of id
};

/// Adds up the statistics of all workers and runs over a short time. A value; thread-compatible.
class RateBook {
  public:
    /// Reports in order of arrival.
    void add(const coord::StatsReport& report);

    [[nodiscard]] std::optional<double> worker_rate(const std::string& worker) const;
    /// Fills in rate, p99 and failed, and workers where the lease does not tell them.
    void fill(RunView& run) const;

  private:
    struct Part {
        double first = 0;  ///< when the first and the last report came, by the worker's clock
        double last = 0;
        std::uint64_t reports = 0;
        std::uint64_t completed_before = 0;  ///< in the first report: about a second before it
        stats::Tally tally;                  ///< of all reports
        [[nodiscard]] double rate() const;
    };
    std::map<std::pair<std::string, std::string>, Part> parts_;  ///< by run and worker
};

/// Two tables for people. `now` says how old things are.
std::string to_text(const ClusterView& view, base::WallTime now);
/// `{"workers": [...], "runs": [...]}`.
model::Json to_json(const ClusterView& view, base::WallTime now);

}  // namespace galileo::cli
