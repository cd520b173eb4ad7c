#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "coord/run_protocol.h"

namespace galileo::control {

using Labels = std::map<std::string, std::string>;  ///< `galileo_*` name to value

/// One workload of a run as a whole.
struct RunWorkload {
    coord::WorkloadAssignment whole;  ///< `clients_in_all` counts; `clients`, `first_client` and
                                      ///< `client_stride` are filled in for each worker
    Labels labels;  ///< only workers that have all of them take part; empty: every worker
};

/// A run before it is dealt out.
struct RunRequest {
    std::string run_id;
    std::string name;  ///< of the experiment, for people; empty: unknown
    std::uint64_t seed = 0;
    coord::RunTraceSink trace_sink = coord::RunTraceSink::kStream;
    std::uint64_t body_limit = 64 * 1024;
    std::uint64_t connections = 0;  ///< open at once over all workers; 0: no limit. Every worker
                                    ///< that takes part gets at least one
    bool keep_alive = true;
    std::vector<RunWorkload> workloads;
};

struct Candidate {
    std::string name;
    Labels labels;
};

/// Deals the clients of every workload out to the workers that match its labels, as evenly as whole
/// clients allow, those with the fewest clients so far first; ties go by the order given. With n
/// workers, the k-th of them gets the clients k, k + n, k + 2n, ..., so that neighbours in the
/// schedule are on different workers. Workers that get no client are not in the answer. kNotFound:
/// a workload matches no worker; the message lists the labels wanted and the workers there are.
Result<std::map<std::string, coord::PrepareRun>> deal_out(const RunRequest& request,
                                                          const std::vector<Candidate>& workers);

}  // namespace galileo::control
