#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/experiment.h"
#include "model/json.h"
#include "report/terminal.h"
#include "stats/interval.h"
#include "store/experiment_store.h"

/// What the experiment database holds, for people and as JSON.
namespace galileo::report {

/// What the stored statistics of a run say (store::StatisticsSecond).
struct StoredStatistics {
    stats::Snapshot total;
    std::uint64_t seconds = 0;  ///< in which its workers have reported
};

/// An experiment, and how much was recorded about it.
struct ExperimentDetails {
    model::Experiment experiment;
    std::optional<model::Json> metadata;
    std::string metadata_problem;          ///< why it cannot be read; empty: it can, or is absent
    std::vector<store::HostTraces> hosts;  ///< as traces_per_host()
    std::optional<StoredStatistics> statistics;  ///< absent: there are none, as with the original
    std::map<std::pair<std::string, std::string>, std::uint64_t> telemetry;  ///< by node and metric
    std::map<std::string, std::uint64_t> events;                             ///< by name
    std::map<std::string, std::uint64_t> node_infos;                         ///< by node
};

/// Reads through everything of the experiment, one table after the other: an experiment that is
/// being recorded may grow meanwhile. But for the traces when its account says that all are there
/// and its statistics cover them all: then those say what happened at each host, with what failed
/// on the way to it. Blocks.
Result<ExperimentDetails> read_details(store::ExperimentStore& store,
                                       const model::Experiment& experiment);

/// A table in the order given, as wide as it must be: ids are there to be copied. Times are local.
std::string experiments_text(std::span<const model::Experiment> experiments,
                             const TerminalTraits& traits);
/// `{"experiments": [...]}` of model::to_json.
model::Json experiments_json(std::span<const model::Experiment> experiments);

/// A page about one experiment; times are local.
std::string details_text(const ExperimentDetails& details, const TerminalTraits& traits);
/// `{"experiment", "metadata", "traces": {"total", "failed", "hosts"}, "statistics"
/// (null: none), "telemetry": {"rows", "series"}, "events": {"rows", "names"}, "nodeinfo": {"rows",
/// "nodes"}}`.
model::Json details_json(const ExperimentDetails& details);

}  // namespace galileo::report
