#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "control/cluster.h"
#include "experiment/load_session.h"
#include "model/queued_experiment.h"

/// The load of queued experiments, in both of their formats. Each function makes the load step by
/// step, on an absolute schedule, and returns when it has come to its end. The clients that are
/// left belong to the session.
namespace galileo::experiment {

/// Waits until a moment. Returns at once, with the reason, when the experiment is to end before.
using Pause = std::function<std::optional<std::string>(base::MonotonicTime until)>;

/// How a load has ended.
struct LoadOutcome {
    std::optional<std::string> stopped;  ///< the reason, when a pause has given one
    std::vector<std::string> troubles;   ///< what went wrong but did not end it, 100 at the most

    /// Logs a trouble and adds it.
    void add_trouble(std::string text);
};

/// Everything that a load needs; borrowed.
struct LoadTools {
    control::Cluster& cluster;
    LoadSession& session;
    base::Clock& clock;
    const Pause& pause;
};

/// Spawns the clients of each workload, then gives them the rate of tick after tick (contract 4.3),
/// and pauses them in the end. The first error ends it, but when a rate cannot be set on a worker,
/// which is a trouble.
Result<LoadOutcome> follow_ticks(const model::ExperimentConfiguration& configuration,
                                 const LoadTools& tools);

/// Follows instructions line by line (contract 4.2). A line that cannot be read or fails is a
/// trouble, and the next one follows; what lines print goes to the log.
Result<LoadOutcome> follow_instructions(std::string_view text, const LoadTools& tools);

}  // namespace galileo::experiment
