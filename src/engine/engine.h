#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "engine/trace_ring.h"
#include "http/client.h"
#include "http/request.h"
#include "pacing/arrivals.h"
#include "routing/router.h"
#include "stats/interval.h"

namespace galileo::engine {

struct EngineOptions {
    unsigned loops = 1;                    ///< threads that generate load, at least 1
    http::ClientOptions http;              ///< max_connections is for the whole engine and shared out over the loops
    std::chrono::nanoseconds quantum = std::chrono::microseconds(200);   ///< arrivals are looked at no more often than this
    std::chrono::nanoseconds lateness_limit = std::chrono::milliseconds(10);  ///< a send later than this counts as late
    std::size_t max_waiting = 1'000'000;   ///< due requests without a connection, per loop; beyond it arrivals are dropped and counted
    std::size_t max_clients = 1'000'000;
};

/// One emulated client. `source` and `router` decide what it sends and where.
struct ClientSpec {
    std::string id;       ///< unique in the engine
    std::string service;
    std::string run_id;   ///< written into its traces as exp_id; empty: none
    std::shared_ptr<const http::RequestTemplate> request;
    std::unique_ptr<routing::Router> router;
    std::optional<std::chrono::nanoseconds> timeout;  ///< per request; absent: the template's, or none
    bool traced = true;   ///< while tracing is on
};

/// How a client makes its requests.
struct ClientWorkload {
    /// Open model: requests start when `arrivals` says, whatever the answers do. Null: closed model.
    std::unique_ptr<pacing::Arrivals> arrivals;
    /// Closed model: this many requests of the client are always in flight, the next one starts when one is answered.
    unsigned in_flight = 1;
    base::MonotonicTime start{};                     ///< time zero of the arrivals; may lie in the future
    std::optional<base::MonotonicTime> end{};        ///< no request starts at or after it
    std::optional<std::uint64_t> max_requests{};     ///< ends after this many starts
    /// Called on the loop once the workload has ended by itself (arrivals used up, `end` or `max_requests` reached) and its last request is
    /// answered; not after stop, replacement or removal. Must not block. May be empty.
    std::function<void(const std::string& client_id)> on_finished;
};

struct ClientCounters {
    std::uint64_t requests = 0;  ///< started
    std::uint64_t failed = 0;    ///< subset of requests
};

/// Hosts emulated clients on loops, one thread each, sharing nothing. All public functions are thread-safe; they post to the loops and, where they
/// return something, wait for the loops' answers (a few hundred microseconds; not from a loop thread).
class Engine {
  public:
    static Result<std::unique_ptr<Engine>> create(const EngineOptions& options, base::Clock& clock);
    ~Engine();  ///< cancels everything in flight and joins the loops
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// Gives a run connections of its own on every loop, with these options (max_connections is for the whole engine and shared out over the loops;
    /// a share of 0 is not possible: at least one each). Clients with this run_id use them; all others share those of EngineOptions::http.
    /// kConflict: the run is open already.
    Result<void> open_run(std::string_view run_id, const http::ClientOptions& options);
    /// Forgets a run: removes its clients, closes its connections, drops its tallies. False: not open.
    bool close_run(std::string_view run_id);

    /// kConflict: the id exists; kNotFound: the run is not open; kExhausted: max_clients. The client idles until it gets a workload. Clients go to the loops in turn.
    Result<void> add_client(ClientSpec spec);
    /// Stops it, cancels what it has in flight (counted as failed, traced) and forgets it. False: no such client.
    bool remove_client(std::string_view id);

    /// Replaces the client's workload at once; requests in flight go on. kNotFound: no such client.
    Result<void> set_workload(std::string_view id, ClientWorkload workload);
    /// No further request starts once this has returned; those in flight go on, those waiting for a connection are dropped and counted.
    Result<void> stop_workload(std::string_view id);

    [[nodiscard]] std::optional<ClientCounters> counters(std::string_view id) const;

    /// Whether completed requests of traced clients go into the ring.
    void set_tracing(bool on);

    /// What happened since the last call with this `run_id` (empty: clients without one), by service and host; then starts afresh. Services of clients
    /// that have sent nothing are there with zeros.
    stats::Snapshot take_interval(std::string_view run_id);

    /// Requests of the run that are on the wire or waiting.
    [[nodiscard]] std::uint64_t unfinished(std::string_view run_id) const;
    /// Drops everything of the run that waits (counted) and cancels everything on the wire (counted as failed: cancelled).
    void abandon(std::string_view run_id);

    /// The consumer's side of the trace rings; one consumer thread.
    [[nodiscard]] TraceReader& traces();

  private:
    struct Impl;
    explicit Engine(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace galileo::engine
