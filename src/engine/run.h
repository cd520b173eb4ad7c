#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "engine/emulated_client.h"
#include "engine/fifo.h"
#include "engine/loop_context.h"
#include "engine/tally_book.h"
#include "http/client.h"
#include "routing/host_load.h"

namespace galileo::engine {

/// One run on one loop: its clients, its connections, its queue of requests that wait for one of
/// those, and its tallies. Every request goes
///
///     due -> submitted -> [queue] -> launched (routed, given to http::Client) -> sent -> done
///
/// and is counted as planned when submitted, then as either dropped or sent, and as completed once
/// done. At most one launched request waits inside http::Client; all others wait in the queue,
/// where they are small and still without a host. Loop-bound.
class Run {
  public:
    /// `context` must outlive the run.
    Run(LoopContext& context, const http::ClientOptions& options);
    /// Removes its clients as remove() does.
    ~Run();
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    void add(std::unique_ptr<EmulatedClient> client);
    /// Cancels what it has in flight, drops what it has waiting, and destroys it.
    void remove(EmulatedClient& client);

    void set_workload(EmulatedClient& client, ClientWorkload workload);
    void stop_workload(EmulatedClient& client);
    /// Drops all that wait, cancels all in flight. Workloads that had not ended by themselves stop.
    void abandon();

    /// The client's next arrival is due, or its pause is over.
    void serve(EmulatedClient& client, base::MonotonicTime now);
    /// The client's source, which had none, has requests or has ended.
    void resupply(EmulatedClient& client);

    /// What happened since the last swap. Valid beyond the run's end.
    IntervalPart swap();
    [[nodiscard]] std::uint64_t unfinished() const noexcept { return waiting_ + flights_; }

    // Called by Flight.
    void note_sent(Flight& flight);
    void note_done(Flight& flight);

  private:
    /// A submitted request without a connection. Stale when the client's generation has moved on.
    struct Waiting {
        EmulatedClient* client = nullptr;
        base::MonotonicTime created{};
        std::uint32_t generation = 0;
    };
    /// Goes on with the queue after http::Client has by itself sent the request that waited there.
    struct Continuation final : Due {
        explicit Continuation(Run& of) : run(of) {}
        void on_due(base::MonotonicTime now) override;
        Run& run;
    };
    /// How one request ended.
    struct End {
        std::uint64_t number = 0;
        base::MonotonicTime created{};
        base::MonotonicTime sent{};  ///< epoch 0: never
        base::MonotonicTime done{};
        int status = -1;
        http::Failure failure = http::Failure::kNone;
        std::string_view server;
        std::string_view head;
        std::string_view body;
        std::uint64_t body_bytes = 0;
    };

    void submit(EmulatedClient& client, base::MonotonicTime created);
    void launch(EmulatedClient& client, base::MonotonicTime created);
    void listen_to_source(EmulatedClient& client);
    bool launch_supplied(EmulatedClient& client, base::MonotonicTime created);
    void starve(EmulatedClient& client, base::MonotonicTime created);
    void end_supply(EmulatedClient& client);
    void send(EmulatedClient& client,
              base::MonotonicTime created,
              const http::RequestTemplate& request);
    void fly(EmulatedClient& client, const RenderedPtr& rendered, const End& begun);
    void end_without_network(EmulatedClient& client, HostTally& tally, End end);
    static RenderedPtr render(EmulatedClient& client,
                              const http::RequestTemplate& request,
                              const routing::Route& route);
    RenderedPtr& rendered_for(EmulatedClient& client, const routing::Route& route);
    void pump();
    void pop_front() noexcept;

    void count_sent(Flight& flight);
    void finish(Flight& flight);
    void count_end(EmulatedClient& client, HotTally& tally, const End& end);
    void trace(EmulatedClient& client, const End& end);
    void settle(EmulatedClient& client,
                std::uint32_t generation,
                base::MonotonicTime when,
                Outcome outcome);
    void reschedule(EmulatedClient& client);
    void release(Flight& flight);

    void cancel_flights(EmulatedClient& client);
    void drop_unsent_flights(EmulatedClient& client);
    void drop(Flight& flight);

    LoopContext& context_;
    routing::HostLoads loads_;  ///< of the hosts that this loop's part of the run sends to
    http::Client http_;
    std::shared_ptr<TallyBook> book_ = std::make_shared<TallyBook>();  ///< see IntervalPart
    Fifo<Waiting> queue_;
    std::uint64_t waiting_ = 0;       ///< in queue_, not stale, and starved ones
    std::uint64_t flights_ = 0;       ///< launched and not done
    std::uint64_t flights_sent_ = 0;  ///< subset of flights_
    bool launching_ = false;
    EmulatedClient* clients_ = nullptr;  ///< list
    EmulatedClient* removed_ = nullptr;  ///< list: those that stale entries of queue_ still name
    Continuation continuation_{*this};
};

}  // namespace galileo::engine
