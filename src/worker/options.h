#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/environment.h"
#include "base/result.h"
#include "http/request_environment.h"
#include "redis/options.h"
#include "routing/router.h"

namespace galileo::worker {

/// Where the traces of clients that belong to no run go (`galileo_trace_logging`, contract 2.9).
/// Runs choose their own.
enum class TraceLogging {
    kNone,   ///< dropped
    kFile,   ///< CSV in `trace_directory`
    kRedis,  ///< published line by line on `galileo/results/traces`
    kSql,    ///< inserted into the experiment database
};

/// Everything a worker needs to know before it starts. A value.
struct WorkerOptions {
    std::string name;  ///< in the registry, in client ids and trace files; unique among workers
    base::Environment::Map labels;  ///< every `galileo_*` variable but secrets (contract 2.1)
    redis::RedisOptions redis;
    unsigned loops = 1;             ///< load-generating threads
    std::uint64_t connections = 0;  ///< open at once by clients without a run; 0: no limit
    routing::RouterType router = routing::RouterType::kHost;
    routing::BalancerType balancer = routing::BalancerType::kWeightedRoundRobin;
    std::string static_host = "http://localhost";
    TraceLogging trace_logging = TraceLogging::kNone;
    std::size_t trace_flush = 20;  ///< traces per batch
    std::string trace_directory = "/tmp/mc2/exp";
    base::Environment database;  ///< the variables that choose it, as store::open_store reads them
    std::string journal_directory;  ///< for traces whose sink is slow or away; empty: /var/tmp, or
                                    ///< none where that cannot be written
    std::uint64_t journal_limit = std::uint64_t{16} << 30U;  ///< bytes
    std::string apps_directory = "./apps";                   ///< of client apps
    std::string apps_repository = "http://localhost:5001";   ///< of client apps; empty: none
    std::string apps_token;                                  ///< for that repository; empty: none
    std::string python;          ///< for client apps; empty: Debian's, else the first on PATH
    unsigned app_processes = 0;  ///< Python processes at the most; 0: as many as `loops`
    /// Proxies, CA certificates and `.netrc` for the requests of all clients.
    std::shared_ptr<const http::RequestEnvironment> requests;

    /// Reads the worker's variables of contract section 9, and `.netrc`, and leaves `redis` alone.
    /// The name falls back to the host's. kInvalidInput names the variable, what was given and what
    /// is allowed.
    static Result<WorkerOptions> from_environment(const base::Environment& environment);
};

/// `unset`, `file`, `redis` or `sql`.
Result<TraceLogging> parse_trace_logging(std::string_view text);

}  // namespace galileo::worker
