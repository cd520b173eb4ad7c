#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "engine/client.h"
#include "engine/trace_ring.h"
#include "http/client.h"
#include "stats/interval.h"

namespace galileo::engine {

/// Whether the loops' threads stay on one CPU each.
enum class Pinning {
    kNone,
    kOneCpuEach,  ///< loop i on the i-th CPU that the process may use, beginning again at the end
};

struct EngineOptions {
    unsigned loops = 1;        ///< threads that generate load, at least 1
    http::ClientOptions http;  ///< for clients without a run; see open_run() for max_connections
    Pinning pinning = Pinning::kNone;
    /// Arrivals are looked at no more often than this: the send error is half of it in the median.
    std::chrono::nanoseconds quantum = std::chrono::microseconds(200);
    std::chrono::nanoseconds lateness_limit =
        std::chrono::milliseconds(10);    ///< a send later than this counts as late
    std::size_t max_waiting = 1'000'000;  ///< due requests without a connection, per loop; beyond
                                          ///< it arrivals are dropped and counted
    std::size_t max_clients = 1'000'000;
    std::size_t trace_limit_bytes =
        96 * 1024 * 1024;  ///< memory for traces not yet visited, shared out over the loops
    std::size_t trace_chunk_bytes = 256 * 1024;  ///< what loops hand over at a time
};

/// Hosts emulated clients on loops, one thread each, sharing nothing. All public functions are
/// thread-safe; they post to the loops in the order of the calls. Those that say so wait for the
/// loops' answers (a few hundred microseconds) and must not be called on a loop thread, that is in
/// on_finished.
///
/// For every service at every moment: planned = sent + dropped + waiting, and sent = completed + in
/// flight, both exactly, over the sum of all intervals.
class Engine {
  public:
    /// kInvalidInput: an option out of range; kExhausted: threads or descriptors run out. `clock`
    /// must outlive the engine.
    static Result<std::unique_ptr<Engine>> create(const EngineOptions& options, base::Clock& clock);
    /// Cancels everything in flight and joins the loops. The consumer of traces() must have ended.
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// Gives a run connections of its own, with these options. Clients with this run_id use them;
    /// those without one share those of EngineOptions::http. `max_connections` is for the whole
    /// engine and shared out over the loops; when there are fewer connections than loops, only that
    /// many loops work for the run. kConflict: the run is open already; kInvalidInput: the empty
    /// run_id. Waits.
    Result<void> open_run(std::string_view run_id, const http::ClientOptions& options);
    /// Forgets a run: removes its clients as remove_client() does, closes its connections, drops
    /// its tallies. False: not open. Waits.
    bool close_run(std::string_view run_id);

    /// Adds a client, which idles until it gets a workload. Clients of a run go to its loops in
    /// turn. kConflict: the id exists; kNotFound: the run is not open; kExhausted: max_clients;
    /// kInvalidInput: the router is missing, or request and source are both there or both not.
    Result<void> add_client(ClientSpec spec);
    /// Stops it, cancels what it has in flight (counted as failed, traced), drops what it has
    /// waiting (counted) and forgets it. False: no such client. Waits.
    bool remove_client(std::string_view id);

    /// Replaces the client's workload in the loop's next turn: requests in flight go on, those
    /// waiting for a connection are dropped and counted. Until that turn the workload before may
    /// still start requests and call its on_finished. kNotFound: no such client; kInvalidInput:
    /// neither arrivals nor in_flight.
    Result<void> set_workload(std::string_view id, ClientWorkload workload);
    /// No further request starts, and on_finished is not called, once this has returned; those in
    /// flight go on, those waiting for a connection are dropped and counted. kNotFound: no such
    /// client. Waits.
    Result<void> stop_workload(std::string_view id);

    /// Absent: no such client. Does not wait.
    [[nodiscard]] std::optional<ClientCounters> counters(std::string_view id) const;

    /// Whether completed requests of traced clients go into the ring. On at first.
    void set_tracing(bool on);

    /// What happened since the last call with this `run_id` (empty: clients without one), by
    /// service and host; then starts afresh. Services of clients that have sent nothing are there
    /// with zeros; hosts only when something happened. Requests that found no host count for the
    /// service alone, as do those dropped before they had one; a host's `planned` are the requests
    /// routed to it. in_flight, waiting and connections are the run's. Empty when the run is not
    /// open. Waits.
    stats::Snapshot take_interval(std::string_view run_id);

    /// Requests of the run that are on the wire or waiting. Waits.
    [[nodiscard]] std::uint64_t unfinished(std::string_view run_id) const;
    /// Drops everything of the run that waits (counted) and cancels everything on the wire (counted
    /// as failed: cancelled; traced). Workloads that have not ended by themselves stop; for those
    /// that have, on_finished is called. Waits.
    void abandon(std::string_view run_id);

    /// The consumer's side of the trace rings; one consumer thread.
    [[nodiscard]] TraceReader& traces();

  private:
    struct Impl;
    explicit Engine(std::unique_ptr<Impl> impl);
    Result<void> open(std::string_view run_id, const http::ClientOptions& options);

    std::unique_ptr<Impl> impl_;
};

}  // namespace galileo::engine
