#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "experiment/spec_diagnostics.h"
#include "model/json.h"
#include "pacing/arrivals.h"
#include "pacing/rate_profile.h"

/// What an experiment file says, as values: docs/spec-file.md describes every key. The flags of
/// `galileo run` build the same values, and check_spec() holds both to the same rules.
namespace galileo::experiment {

/// Limits that check_spec() enforces; the file's own limits are in load_spec().
inline constexpr std::uint64_t kMaxClients = 1'000'000;  ///< per workload
inline constexpr double kMaxRate = 1e9;                  ///< requests per second, per workload
inline constexpr std::uint64_t kMaxConnections = 1'000'000;
inline constexpr std::uint64_t kMaxInFlight = 100'000;  ///< per client
inline constexpr std::size_t kMaxWorkers = 256;         ///< started by the run itself
inline constexpr unsigned kMaxThreads = 256;            ///< loops of one worker
inline constexpr std::size_t kMaxTargets = 64;
inline constexpr std::size_t kMaxListLength = 100'000;  ///< ticks, stages, routes
inline constexpr std::chrono::hours kMaxDuration{24 * 366};

using Labels = std::map<std::string, std::string, std::less<>>;  ///< `galileo_*` name -> value

/// One host of a service.
struct Route {
    /// What routing::parse_target() reads (`host`, `host:port`, `https://host/prefix`), or
    /// `target:NAME` for a sample service of the same experiment, see target_name().
    std::string host;
    double weight =
        1;  ///< relative to the other routes; whole numbers (contract 2.8), 0: no requests

    bool operator==(const Route&) const = default;
};

/// The name in `target:NAME`; nothing when `host` is a plain host.
std::optional<std::string_view> target_name(std::string_view host);

/// A service under test: a name in the routing table and the hosts behind it.
struct ServiceSpec {
    std::string name;
    std::string router = "CachingSymmetryHostRouter";  ///< one of router_names(), contract 2.7
    /// In order. Empty: the run leaves the routing table's record of this service as it is, which
    /// must then exist (only with workers of an outside Redis).
    std::vector<Route> routes;
    std::string balancer{};  ///< one of balancer_names(); empty: the workers' own

    bool operator==(const ServiceSpec&) const = default;
};

/// The values of a service's `router`, in the order of contract 2.7.
const std::vector<std::string_view>& router_names();

/// The values of a service's `balancer`, the default first.
const std::vector<std::string_view>& balancer_names();

/// What each request of a workload's clients is. Ignored when the workload names a client app.
struct RequestSpec {
    std::string method = "GET";
    std::string path = "/";  ///< begins with `/`; may contain a query
    model::Json headers;     ///< object of text (null removes a default header), or null
    model::Json params;   ///< object of scalars, null or lists of them: added to the query; or null
    model::Json cookies;  ///< object of text, or null
    // At most one of the next three.
    std::optional<std::string> body;  ///< sent as it is, as UTF-8, without a Content-Type
    std::optional<model::Json> json;  ///< sent as JSON text with its Content-Type
    model::Json data;                 ///< object: sent as a form; or null
    std::chrono::nanoseconds timeout = std::chrono::seconds(30);  ///< of one request; 0: none
    bool follow_redirects = true;
    bool verify_tls = true;

    bool operator==(const RequestSpec&) const = default;
};

/// A steady rate, over the whole workload, for the whole duration.
struct ConstantRate {
    double per_second = 0;
    bool operator==(const ConstantRate&) const = default;
};
/// The original's profile: each rate, in requests per second over the whole workload, holds for one
/// `interval` of the experiment.
struct Ticks {
    std::vector<double> rates;
    bool operator==(const Ticks&) const = default;
};
/// Straight ramps, one after the other; rates over the whole workload.
struct Stages {
    std::vector<pacing::Stage> stages;
    bool operator==(const Stages& other) const;
};
/// Every client draws the pauses between its requests, in seconds, for itself (contract 2.5).
struct Intervals {
    std::string distribution = "constant";
    std::vector<double> parameters;  ///< positional, as pacing::Distribution::create takes them
    bool operator==(const Intervals&) const = default;
};
/// Closed model: as fast as the answers come, with this many requests of every client in flight.
struct ClosedLoop {
    std::uint64_t in_flight = 1;
    bool operator==(const ClosedLoop&) const = default;
};
using Profile = std::variant<ConstantRate, Ticks, Stages, Intervals, ClosedLoop>;

/// Clients of one kind, and when they send.
struct WorkloadSpec {
    std::string name;     ///< unique in the experiment; the service's name when the file gives none
    std::string service;  ///< the name of one of the experiment's services
    std::uint64_t clients = 1;       ///< in total over all workers that match
    Labels worker_labels;            ///< only workers that have all of these; empty: every worker
    std::optional<std::string> app;  ///< a client app that makes the requests; absent: `request`
    model::Json app_parameters;      ///< object, or null
    RequestSpec request;
    Profile profile = ConstantRate{};
    pacing::Spacing spacing = pacing::Spacing::kEven;  ///< of rates, ticks and stages
    std::optional<std::uint64_t> max_requests;  ///< over the whole workload; absent: no limit

    bool operator==(const WorkloadSpec&) const = default;
};

/// A worker process that the run starts itself; with an outside Redis these are not used.
struct WorkerSpec {
    Labels labels;         ///< names begin with `galileo_`
    unsigned threads = 1;  ///< loops

    bool operator==(const WorkerSpec&) const = default;
};

/// A sample service (`galileo target`) that the run starts on a free port of this machine: for
/// trying things out and for the examples. The texts are those of the command's own flags.
struct TargetSpec {
    std::string name;
    std::string latency = "0s";     ///< `--latency`, such as `2ms`, `1ms..5ms`, `lognormal:5ms,2ms`
    std::uint64_t size_bytes = 64;  ///< `--size`: of the answer's body
    std::string status = "200";     ///< `--status`, such as `503` or `200=95,503=5`
    std::vector<std::string>
        freezes;  ///< `--freeze`, such as `1.4s@10s`: answers nothing meanwhile

    bool operator==(const TargetSpec&) const = default;
};

enum class ConnectionMode {
    kKeepAlive,   ///< connections are used again
    kPerRequest,  ///< a fresh one for every request, as the original does
};
enum class TraceSink {
    kStream,  ///< every request becomes a row in the database
    kNone,    ///< only statistics are kept
};

/// A whole experiment. A value; thread-compatible.
struct ExperimentSpec {
    std::string name;                   ///< empty: the run takes its id
    std::string creator;                ///< empty: the run takes the user's name
    model::Json metadata;               ///< object, stored with the experiment; or null
    std::optional<std::uint64_t> seed;  ///< absent: drawn by the run, which prints it
    /// Of the whole run: no request starts after it. Always above zero once read or checked; where
    /// the file gives none it is the longest of the profiles.
    std::chrono::nanoseconds duration{0};
    std::chrono::nanoseconds interval{0};  ///< of a tick; 0 when there are no ticks
    std::vector<ServiceSpec> services;     ///< at least one, names unique
    std::vector<WorkloadSpec> workloads;   ///< at least one, names unique
    std::vector<WorkerSpec> workers;       ///< empty: the run decides (one worker without labels)
    std::vector<TargetSpec> targets;       ///< names unique
    std::optional<std::uint64_t> connections;  ///< open at once, over all workers; absent: no limit
    ConnectionMode connection = ConnectionMode::kKeepAlive;
    TraceSink trace_sink = TraceSink::kStream;
    std::uint64_t trace_body_limit = std::uint64_t{64}
                                     << 10U;  ///< bytes of a response kept in its row
    std::string database;                     ///< SQLite file; empty: the run's default
    std::chrono::nanoseconds drain_timeout = std::chrono::seconds(10);  ///< for the last answers

    bool operator==(const ExperimentSpec&) const = default;

    [[nodiscard]] const ServiceSpec* service(std::string_view service_name) const;  ///< or null
    [[nodiscard]] const TargetSpec* target(std::string_view target_name) const;     ///< or null
};

/// Reads a file of at most 1 MiB, YAML or JSON. kNotFound, kDenied: the file cannot be read.
/// kInvalidInput: it is not a correct specification; the message is SpecDiagnostics::to_text(), one
/// problem a line, and `diagnostics`, if given, gets the same as values.
Result<ExperimentSpec> load_spec(const std::string& path, SpecDiagnostics* diagnostics = nullptr);

/// The same for text that came from `file`, a name for messages. Never reads or writes files.
Result<ExperimentSpec> parse_spec(std::string_view text,
                                  std::string_view file,
                                  SpecDiagnostics* diagnostics = nullptr);

/// Holds a specification that was built by hand (from flags) to the rules of the file, and fills
/// what follows from the rest: `duration` from the profiles, names of workloads. The problems name
/// keys, without positions.
SpecDiagnostics check_spec(ExperimentSpec& spec);

/// The rate of a workload over time, for workloads of rate, ticks or stages; nothing for intervals
/// and closed loops. The workload must have passed check_spec() as part of `spec`.
std::optional<pacing::RateProfile> rate_profile(const ExperimentSpec& spec,
                                                const WorkloadSpec& workload);

/// How long the workload lasts: its stages, else the experiment's duration.
std::chrono::nanoseconds workload_duration(const ExperimentSpec& spec,
                                           const WorkloadSpec& workload);

/// How many requests are planned: from the profile's area and max_requests. Nothing when only the
/// run will tell: intervals without a fixed length and closed loops, each without max_requests.
std::optional<std::uint64_t> planned_requests(const ExperimentSpec& spec,
                                              const WorkloadSpec& workload);

/// For people: `500/s`, `0 → 2,000/s in 10s, 2,000/s for 10s`, `expovariate(4) per client`,
/// `closed loop, 2 in flight per client`.
std::string describe_profile(const ExperimentSpec& spec, const WorkloadSpec& workload);

/// The client parameters of contract 2.10, `{"method", "path", "kwargs"}`, or the app's own.
model::Json client_parameters(const WorkloadSpec& workload);

/// True when `labels` has every one of `wanted`, with the same value.
bool matches_labels(const Labels& labels, const Labels& wanted);

}  // namespace galileo::experiment
