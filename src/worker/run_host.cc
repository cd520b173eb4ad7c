#include "worker/run_host.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/log.h"
#include "pacing/distribution.h"
#include "pacing/rate_profile.h"

namespace galileo::worker {

namespace {

using std::chrono::nanoseconds;

constexpr std::chrono::seconds kKeepAccount{60};
constexpr std::chrono::seconds kReportEvery{1};
constexpr nanoseconds kControllerGoneDrain = std::chrono::seconds(2);

std::uint64_t socket_limit() {
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

Result<std::shared_ptr<const pacing::RateProfile>> profile_of(
    const coord::WorkloadAssignment& assignment) {
    std::vector<pacing::Stage> stages;
    for (const auto& stage : assignment.stages) {
        stages.push_back({stage.duration, stage.from, stage.to});
    }
    return std::make_shared<const pacing::RateProfile>(
        TRY(pacing::RateProfile::of_stages(std::move(stages))));
}

/// What start() would otherwise stumble over.
Result<void> check(const coord::WorkloadAssignment& assignment) {
    if (assignment.clients == 0 || assignment.clients_in_all == 0 ||
        assignment.client_stride == 0 || assignment.duration <= nanoseconds(0)) {
        return Error(ErrorCode::kInvalidInput,
                     "clients, client_stride and duration must be positive");
    }
    if (assignment.model == coord::LoadModel::kClosed) {
        if (assignment.in_flight == 0 || assignment.in_flight > 100'000) {
            return Error(
                ErrorCode::kInvalidInput,
                fmt::format("in_flight is {}; allowed are 1 to 100000", assignment.in_flight));
        }
        return {};
    }
    if (!assignment.stages.empty()) {
        TRY(profile_of(assignment));
        return {};
    }
    TRY(pacing::Distribution::create(assignment.distribution, assignment.parameters));
    return {};
}

/// The share of `max_requests` that client `index` of `clients` makes: as the schedule deals them
/// out.
std::optional<std::uint64_t> share_of(std::optional<std::uint64_t> max_requests,
                                      std::uint64_t index,
                                      std::uint64_t clients) {
    if (!max_requests) {
        return std::nullopt;
    }
    return *max_requests / clients + (index < *max_requests % clients ? 1 : 0);
}

}  // namespace

RunHost::RunHost(Identity identity,
                 engine::Engine& engine,
                 ClientHost& clients,
                 TraceShipper& shipper,
                 coord::StatsPublisher& statistics,
                 coord::LeaseBook& leases,
                 base::Clock& clock)
    : identity_(std::move(identity)),
      engine_(engine),
      clients_(clients),
      shipper_(shipper),
      statistics_(statistics),
      clock_(clock),
      leases_(leases) {}

RunHost::~RunHost() {
    abandon_all("the worker ends");
}

Result<coord::PreparedRun> RunHost::prepare(const coord::PrepareRun& request) {
    for (const auto& assignment : request.workloads) {
        TRY_WITHIN("workload " + assignment.workload, check(assignment));
    }
    if (request.run_id.empty()) {
        return Error(ErrorCode::kInvalidInput, "run_id must not be empty");
    }
    const std::lock_guard lock(mutex_);
    if (runs_.contains(request.run_id)) {
        return Error(ErrorCode::kConflict,
                     fmt::format("run '{}' is there already", request.run_id));
    }
    http::ClientOptions connections;
    connections.max_connections = request.connections;
    connections.reuse = request.keep_alive ? http::Reuse::kKeepAlive : http::Reuse::kPerRequest;
    connections.capture_body_bytes =
        request.trace_sink == coord::RunTraceSink::kNone ? 0 : request.body_limit;
    TRY(engine_.open_run(request.run_id, connections));
    if (request.trace_sink == coord::RunTraceSink::kStream) {
        shipper_.open_run(request.run_id, request.body_limit,
                          request.workloads.empty() ? RunKind::kOpen : RunKind::kPlanned);
    }
    Run& run = runs_[request.run_id];
    run.request = request;
    run.next_report = clock_.monotonic() + kReportEvery;
    run.account.worker = identity_.worker;
    if (auto added = add_clients(run); !added) {
        discard(request.run_id, run);
        runs_.erase(request.run_id);
        return std::move(added).error();
    }
    coord::PreparedRun prepared;
    prepared.clients = client_count(run);
    prepared.loops = identity_.loops;
    prepared.version = GALILEO_VERSION;
    prepared.socket_limit = socket_limit();
    base::log_info("run {}: prepared {} clients", request.run_id, prepared.clients);
    return prepared;
}

std::uint64_t RunHost::client_count(const Run& run) {
    std::uint64_t count = 0;
    for (const auto& ids : run.clients) {
        count += ids.size();
    }
    return count;
}

Result<void> RunHost::add_clients(Run& run) {
    for (const auto& assignment : run.request.workloads) {
        ClientSettings settings;
        settings.run_id = run.request.run_id;
        settings.router = assignment.router;
        settings.balancer = assignment.balancer;
        settings.seed = run.request.seed;
        settings.traced = run.request.trace_sink == coord::RunTraceSink::kStream;
        if (assignment.timeout > nanoseconds(0)) {
            settings.timeout = assignment.timeout;
        }
        const auto made =
            TRY_WITHIN("workload " + assignment.workload,
                       clients_.create(assignment.config, assignment.clients, settings));
        auto& ids = run.clients.emplace_back();
        for (const auto& description : made) {
            ids.push_back(description.client_id);
        }
    }
    return {};
}

Result<coord::SpawnedIntoRun> RunHost::spawn(const coord::SpawnIntoRun& request) {
    const std::lock_guard lock(mutex_);
    const auto found = runs_.find(request.run_id);
    if (found == runs_.end()) {
        return Error(ErrorCode::kNotFound, fmt::format("run '{}' is not here", request.run_id));
    }
    Run& run = found->second;
    if (!is_open(run)) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("run '{}' has clients of its own", request.run_id));
    }
    if (run.state != coord::WorkerRunState::kPrepared &&
        run.state != coord::WorkerRunState::kRunning) {
        return Error(ErrorCode::kConflict,
                     fmt::format("run '{}' is {}", request.run_id, coord::to_string(run.state)));
    }
    ClientSettings settings;
    settings.run_id = request.run_id;
    settings.traced = run.request.trace_sink == coord::RunTraceSink::kStream;
    coord::SpawnedIntoRun spawned{TRY(clients_.create(request.config, request.clients, settings))};
    auto& ids = run.clients.emplace_back();
    for (const auto& client : spawned.clients) {
        ids.push_back(client.client_id);
    }
    return spawned;
}

bool RunHost::is_open(const Run& run) {
    return run.request.workloads.empty();
}

/// Clients of an open run may get another workload at any time.
bool RunHost::all_finished(const Run& run) {
    return !is_open(run) && run.state != coord::WorkerRunState::kPrepared &&
           *run.finished_clients >= client_count(run);
}

engine::ClientWorkload RunHost::workload_of(const coord::WorkloadAssignment& assignment,
                                            std::uint64_t index,
                                            std::uint64_t seed,
                                            base::MonotonicTime start) const {
    engine::ClientWorkload workload;
    workload.start = start;
    workload.end = start + assignment.duration;
    const auto share = share_of(assignment.max_requests, index, assignment.clients_in_all);
    workload.max_requests = share;
    if (assignment.model == coord::LoadModel::kClosed) {
        workload.in_flight = static_cast<unsigned>(assignment.in_flight);
    } else if (!assignment.stages.empty()) {
        const auto spacing = assignment.spacing == coord::ArrivalSpacing::kPoisson
                                 ? pacing::Spacing::kPoisson
                                 : pacing::Spacing::kEven;
        auto profile = profile_of(assignment);
        GALILEO_ASSERT(profile.ok());  // check() has seen it
        workload.arrivals = pacing::profile_arrivals(std::move(profile).value(), spacing,
                                                     {index, assignment.clients_in_all}, seed);
    } else {
        auto distribution =
            pacing::Distribution::create(assignment.distribution, assignment.parameters);
        GALILEO_ASSERT(distribution.ok());
        workload.arrivals = pacing::interval_arrivals(std::move(distribution).value(),
                                                      base::Rng::stream(seed, index), share);
    }
    return workload;
}

Result<void> RunHost::start(const coord::StartRun& request) {
    const std::lock_guard lock(mutex_);
    const auto found = runs_.find(request.run_id);
    if (found == runs_.end()) {
        return Error(ErrorCode::kNotFound, fmt::format("run '{}' is not prepared", request.run_id));
    }
    Run& run = found->second;
    if (run.state != coord::WorkerRunState::kPrepared) {
        return Error(ErrorCode::kConflict, fmt::format("run '{}' is {} already", request.run_id,
                                                       coord::to_string(run.state)));
    }
    const base::MonotonicTime start =
        clock_.monotonic() + (base::from_epoch_seconds(request.start_at) - clock_.wall());
    for (std::size_t at = 0; at < run.request.workloads.size(); ++at) {
        const auto& assignment = run.request.workloads[at];
        run.load_until = std::max(run.load_until, start + assignment.duration);
        for (std::uint64_t client = 0; client < run.clients[at].size(); ++client) {
            const std::uint64_t index = assignment.first_client + client * assignment.client_stride;
            const std::uint64_t seed = run.request.seed + at;  // workloads of one run differ
            auto workload = workload_of(assignment, index, seed, start);
            workload.on_finished = [finished = run.finished_clients](const std::string&) {
                ++*finished;
            };
            TRY(engine_.set_workload(run.clients[at][client], std::move(workload)));
        }
    }
    run.next_report = start + kReportEvery;
    run.state = coord::WorkerRunState::kRunning;
    return {};
}

Result<void> RunHost::stop(const coord::StopRun& request) {
    const std::lock_guard lock(mutex_);
    const auto found = runs_.find(request.run_id);
    if (found == runs_.end()) {
        return Error(ErrorCode::kNotFound, fmt::format("run '{}' is not here", request.run_id));
    }
    if (found->second.state == coord::WorkerRunState::kFinished) {
        return {};
    }
    base::log_info("run {}: stopped: {}", request.run_id, request.reason);
    stop_load(found->second);
    return {};
}

void RunHost::stop_load(Run& run) {
    run.load_until = clock_.monotonic();
    for (const auto& ids : run.clients) {
        for (const auto& id : ids) {
            (void)engine_.stop_workload(id);  // fails only for a client that is gone already
        }
    }
}

Result<coord::RunAccount> RunHost::finish(const coord::FinishRun& request) {
    const std::lock_guard lock(mutex_);
    const auto found = runs_.find(request.run_id);
    if (found == runs_.end()) {
        return Error(ErrorCode::kNotFound, fmt::format("run '{}' is not here", request.run_id));
    }
    Run& run = found->second;
    const auto until = std::max(clock_.monotonic(), run.load_until) + request.drain_timeout;
    if (run.state == coord::WorkerRunState::kPrepared ||
        run.state == coord::WorkerRunState::kRunning) {
        if (is_open(run)) {
            stop_load(run);
        }
        begin_drain(run, request.drain_timeout);
    } else {
        run.drain_until = std::min(run.drain_until, until);  // a later call may only hurry
    }
    if (request.give_up_traces) {
        run.traces = TraceOutlet::Closing::kGiveUp;
    }
    advance(request.run_id, run);
    return run.account;
}

void RunHost::begin_drain(Run& run, nanoseconds timeout) {
    run.state = coord::WorkerRunState::kDraining;
    run.account.state = run.state;
    run.drain_until = std::max(clock_.monotonic(), run.load_until) + timeout;
}

void RunHost::advance(const std::string& run_id, Run& run) {
    if (run.state != coord::WorkerRunState::kDraining ||
        (clock_.monotonic() < run.load_until && !all_finished(run))) {
        return;
    }
    if (engine_.unfinished(run_id) > 0) {
        if (clock_.monotonic() < run.drain_until) {
            return;
        }
        engine_.abandon(run_id);
        if (engine_.unfinished(run_id) > 0) {
            return;
        }
    }
    if (const auto traces = ship(run_id, run)) {
        close(run_id, run, *traces);
    }
}

/// Nothing as long as traces are on their way.
std::optional<ShippedTraces> RunHost::ship(const std::string& run_id, Run& run) {
    if (!run.shipping) {
        run.shipping = true;
        publish(run_id, run);
    }
    return run.request.trace_sink == coord::RunTraceSink::kStream
               ? shipper_.close_run(run_id, run.traces)
               : ShippedTraces{};
}

void RunHost::close(const std::string& run_id, Run& run, const ShippedTraces& traces) {
    const bool kept = run.request.trace_sink == coord::RunTraceSink::kStream;
    const auto completed = run.total.total().completed;
    run.account.snapshot = run.total;
    run.account.snapshot.in_flight = 0;
    run.account.snapshot.waiting = 0;
    run.account.snapshot.connections = 0;
    if (kept) {
        run.account.traces_shipped = traces.shipped;
        run.account.traces_lost = completed - std::min(completed, traces.shipped);
        if (traces.given_up > 0) {
            run.account.lost_reasons[traces.reason] = traces.given_up;
        }
        if (traces.paused > 0) {
            run.account.lost_reasons["tracing was paused"] = traces.paused;
        }
        const auto explained = traces.given_up + traces.paused;
        if (run.account.traces_lost > explained) {
            std::string reason = "the worker's trace memory was full";
            if (!traces.journal_trouble.empty()) {
                reason += ", and " + traces.journal_trouble;
            }
            run.account.lost_reasons[reason] = run.account.traces_lost - explained;
        }
    }
    run.state = coord::WorkerRunState::kFinished;
    run.account.state = run.state;
    run.forget_at = clock_.monotonic() + kKeepAccount;
    leases_.forget(run_id);
    discard(run_id, run);
    base::log_info("run {}: finished, {} requests, {} traces shipped", run_id, completed,
                   traces.shipped);
}

/// Takes the run's clients and connections down.
void RunHost::discard(const std::string& run_id, Run& run) {
    clients_.close_run(run_id);
    engine_.close_run(run_id);
    if (run.state != coord::WorkerRunState::kFinished &&
        run.request.trace_sink == coord::RunTraceSink::kStream) {
        shipper_.wait_for_run(run_id, TraceOutlet::Closing::kGiveUp);
    }
    run.clients.clear();
}

void RunHost::tick() {
    const std::lock_guard lock(mutex_);
    const auto now = clock_.monotonic();
    for (auto it = runs_.begin(); it != runs_.end();) {
        auto& [run_id, run] = *it;
        if (run.state == coord::WorkerRunState::kFinished) {
            it = now > run.forget_at ? runs_.erase(it) : std::next(it);
            continue;
        }
        const bool has_ended = all_finished(run) && !run.end_reported;
        if (now < run.next_report && !has_ended) {
            ++it;
            continue;
        }
        run.end_reported = run.end_reported || has_ended;
        if (now >= run.next_report) {
            run.next_report += (1 + (now - run.next_report) / kReportEvery) * kReportEvery;
        }
        publish(run_id, run);
        if (!run.abandoned && leases_.is_dead(run_id)) {
            base::log_warn("run {}: its controller is gone; ending it", run_id);
            run.abandoned = true;
            stop_load(run);
            begin_drain(run, kControllerGoneDrain);
        }
        advance(run_id, run);
        ++it;
    }
}

void RunHost::publish(const std::string& run_id, Run& run) {
    coord::StatsReport report;
    report.worker = identity_.worker;
    report.run_id = run_id;
    report.sequence = ++run.reports;
    report.time = base::to_epoch_seconds(clock_.wall());
    report.load_done = all_finished(run);
    report.snapshot = engine_.take_interval(run_id);
    run.total.merge(report.snapshot);
    if (const auto published = statistics_.publish(report); !published) {
        base::log_warn("run {}: statistics not published: {}", run_id, published.error().message());
    }
}

void RunHost::abandon_all(const std::string& reason) {
    const std::lock_guard lock(mutex_);
    for (auto& [run_id, run] : runs_) {
        if (run.state != coord::WorkerRunState::kFinished) {
            base::log_warn("run {}: abandoned: {}", run_id, reason);
            engine_.abandon(run_id);
            auto traces = ship(run_id, run);
            if (!traces) {
                traces = shipper_.wait_for_run(run_id, run.traces);
            }
            close(run_id, run, *traces);
        }
    }
    runs_.clear();
}

}  // namespace galileo::worker
