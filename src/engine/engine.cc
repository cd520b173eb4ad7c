#include "engine/engine.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/ids.h"
#include "engine/emulated_client.h"
#include "engine/load_loop.h"
#include "engine/run.h"
#include "engine/trace_collector.h"
#include "io/resolver.h"

namespace galileo::engine {

namespace {

constexpr std::size_t kRequestPrefixDigits = 10;

std::vector<unsigned> usable_cpus() {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    std::vector<unsigned> usable;
    if (sched_getaffinity(0, sizeof(cpus), &cpus) == 0) {
        for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
            if (CPU_ISSET(cpu, &cpus)) {
                usable.push_back(cpu);
            }
        }
    }
    return usable;
}

Error no_such_client(std::string_view id) {
    return {ErrorCode::kNotFound, "no client " + std::string(id)};
}

Result<void> check(const EngineOptions& options) {
    if (options.loops == 0) {
        return Error(ErrorCode::kInvalidInput, "engine: 0 loops; at least 1 is needed");
    }
    if (options.quantum < std::chrono::nanoseconds(0)) {
        return Error(ErrorCode::kInvalidInput, "engine: a negative quantum; 0 or more is allowed");
    }
    if (options.trace_chunk_bytes == 0) {
        return Error(ErrorCode::kInvalidInput, "engine: trace chunks of 0 bytes");
    }
    return {};
}

}  // namespace

struct Engine::Impl {
    /// A run as the engine sees it.
    struct OpenRun {
        std::vector<LoadLoop*> loops;  ///< that work for it
        std::vector<Run*> parts;       ///< one for each of `loops`; each loop's own
        std::size_t next = 0;          ///< in `loops`: where the next client goes
    };
    struct Member {
        EmulatedClient* client = nullptr;  ///< the loop's
        LoadLoop* loop = nullptr;
    };

    Impl(const EngineOptions& with, base::Clock& the_clock)
        : options(with),
          clock(the_clock),
          collector({.chunk_bytes = with.trace_chunk_bytes, .limit_bytes = with.trace_limit_bytes},
                    with.loops),
          resolver(std::make_unique<io::Resolver>()) {}
    ~Impl();

    Result<void> start();
    void assert_may_wait() const;
    /// Of all parts of a run: posts `function(Run&)` to each under the lock, so in the order of
    /// calls; nothing when the run is not open.
    template <typename Function>
    auto ask_all(std::string_view run_id, Function function);

    const EngineOptions options;
    base::Clock& clock;
    std::atomic<bool> tracing{true};
    TraceCollector collector;
    std::unique_ptr<io::Resolver> resolver;
    std::vector<std::unique_ptr<LoadLoop>> loops;

    std::mutex swapping;  ///< one take_interval() at a time: see TallyBook::swap()

    // Posting happens under this lock too, so that a client's or run's end is posted last.
    std::mutex mutex;
    std::map<std::string, OpenRun, std::less<>> runs;
    std::unordered_map<std::string_view, Member> clients;  ///< keyed by their labels
};

Result<void> Engine::Impl::start() {
    const std::vector<unsigned> cpus = usable_cpus();
    for (unsigned index = 0; index < options.loops; ++index) {
        LoadLoopOptions loop{.index = index,
                             .cpu = std::nullopt,
                             .quantum = options.quantum,
                             .lateness_limit = options.lateness_limit,
                             .max_waiting = options.max_waiting};
        if (options.pinning == Pinning::kOneCpuEach && !cpus.empty()) {
            loop.cpu = cpus[index % cpus.size()];
        }
        loops.push_back(
            TRY(LoadLoop::create(loop, *resolver, collector.lane(index), tracing, clock)));
    }
    collector.set_flusher([this] {
        std::vector<std::future<void>> flushed;
        for (const auto& loop : loops) {
            flushed.push_back(loop->ask([&lane = loop->traces()] { lane.hand_over(); }));
        }
        for (auto& future : flushed) {
            future.get();
        }
    });
    return {};
}

Engine::Impl::~Impl() {
    for (const auto& loop : loops) {
        loop->stop();
    }
    // Nobody resolves any more; and what the resolver still posts must find the loops alive.
    resolver.reset();
}

void Engine::Impl::assert_may_wait() const {
    GALILEO_ASSERT(std::none_of(loops.begin(), loops.end(),
                                [](const auto& loop) { return loop->is_this_thread(); }));
}

template <typename Function>
auto Engine::Impl::ask_all(std::string_view run_id, Function function) {
    using Answer = decltype(function(std::declval<Run&>()));
    assert_may_wait();
    std::vector<std::future<Answer>> answers;
    {
        const std::lock_guard lock(mutex);
        const auto found = runs.find(run_id);
        if (found != runs.end()) {
            const OpenRun& open = found->second;
            for (std::size_t i = 0; i < open.loops.size(); ++i) {
                answers.push_back(open.loops[i]->ask(
                    [part = open.parts[i], function] { return function(*part); }));
            }
        }
    }
    return answers;
}

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::create(const EngineOptions& options, base::Clock& clock) {
    TRY(check(options));
    auto impl = std::make_unique<Impl>(options, clock);
    TRY(impl->start());
    std::unique_ptr<Engine> engine(new Engine(std::move(impl)));
    TRY(engine->open("", options.http));
    return engine;
}

Result<void> Engine::open_run(std::string_view run_id, const http::ClientOptions& options) {
    if (run_id.empty()) {
        return Error(ErrorCode::kInvalidInput, "a run needs an id");
    }
    return open(run_id, options);
}

Result<void> Engine::open(std::string_view run_id, const http::ClientOptions& options) {
    impl_->assert_may_wait();
    const std::lock_guard lock(impl_->mutex);
    if (impl_->runs.contains(run_id)) {
        return Error(ErrorCode::kConflict, "run " + std::string(run_id) + " is open already");
    }
    std::size_t loops = impl_->loops.size();
    if (options.max_connections > 0) {
        loops = std::min(loops, options.max_connections);
    }
    Impl::OpenRun open;
    std::vector<std::future<Run*>> parts;
    for (std::size_t i = 0; i < loops; ++i) {
        http::ClientOptions share = options;
        share.max_connections = options.max_connections / loops;
        share.max_connections += i < options.max_connections % loops ? 1 : 0;
        LoadLoop* loop = impl_->loops[i].get();
        open.loops.push_back(loop);
        parts.push_back(loop->ask([loop, share, id = std::string(run_id)] {
            loop->open_run(id, share);
            return loop->run(id);
        }));
    }
    for (auto& part : parts) {
        open.parts.push_back(part.get());
    }
    impl_->runs.emplace(run_id, std::move(open));
    return {};
}

bool Engine::close_run(std::string_view run_id) {
    impl_->assert_may_wait();
    std::vector<std::future<void>> closed;
    {
        const std::lock_guard lock(impl_->mutex);
        const auto found = impl_->runs.find(run_id);
        if (run_id.empty() || found == impl_->runs.end()) {
            return false;
        }
        std::erase_if(impl_->clients, [run_id](const auto& member) {
            return member.second.client->label->run_id == run_id;
        });
        for (LoadLoop* loop : found->second.loops) {
            closed.push_back(loop->ask([loop, id = std::string(run_id)] { loop->close_run(id); }));
        }
        impl_->runs.erase(found);
    }
    for (auto& future : closed) {
        future.get();
    }
    return true;
}

Result<void> Engine::add_client(ClientSpec spec) {
    if ((spec.request == nullptr) == (spec.source == nullptr) || spec.router == nullptr) {
        return Error(ErrorCode::kInvalidInput,
                     "client " + spec.id + " needs a router, and either a request or a source");
    }
    const std::lock_guard lock(impl_->mutex);
    const auto run = impl_->runs.find(spec.run_id);
    if (run == impl_->runs.end()) {
        return Error(ErrorCode::kNotFound, "run " + spec.run_id + " is not open");
    }
    if (impl_->clients.contains(spec.id)) {
        return Error(ErrorCode::kConflict, "client " + spec.id + " exists already");
    }
    if (impl_->clients.size() >= impl_->options.max_clients) {
        return Error(ErrorCode::kExhausted,
                     "no room for client " + spec.id + " beyond the limit of " +
                         std::to_string(impl_->options.max_clients) + " clients");
    }
    auto client =
        std::make_unique<EmulatedClient>(std::move(spec), base::random_hex(kRequestPrefixDigits));
    Impl::OpenRun& open = run->second;
    const std::size_t turn = open.next++ % open.loops.size();
    LoadLoop* loop = open.loops[turn];
    EmulatedClient* raw = client.release();  // the loop's from here on
    impl_->clients.emplace(raw->label->client, Impl::Member{raw, loop});
    loop->post([part = open.parts[turn], raw] { part->add(std::unique_ptr<EmulatedClient>(raw)); });
    return {};
}

bool Engine::remove_client(std::string_view id) {
    impl_->assert_may_wait();
    std::future<void> removed;
    {
        const std::lock_guard lock(impl_->mutex);
        const auto found = impl_->clients.find(id);
        if (found == impl_->clients.end()) {
            return false;
        }
        const Impl::Member member = found->second;
        impl_->clients.erase(found);
        removed = member.loop->ask([client = member.client] { client->run->remove(*client); });
    }
    removed.get();
    return true;
}

Result<void> Engine::set_workload(std::string_view id, ClientWorkload workload) {
    if (workload.arrivals == nullptr && workload.in_flight == 0) {
        return Error(ErrorCode::kInvalidInput,
                     "client " + std::string(id) +
                         ": a workload needs arrivals, or at least 1 request in flight");
    }
    const std::lock_guard lock(impl_->mutex);
    const auto found = impl_->clients.find(id);
    if (found == impl_->clients.end()) {
        return no_such_client(id);
    }
    // std::function wants what can be copied.
    auto shared = std::make_shared<ClientWorkload>(std::move(workload));
    found->second.loop->post([client = found->second.client, shared] {
        client->run->set_workload(*client, std::move(*shared));
    });
    return {};
}

Result<void> Engine::stop_workload(std::string_view id) {
    impl_->assert_may_wait();
    std::future<void> stopped;
    {
        const std::lock_guard lock(impl_->mutex);
        const auto found = impl_->clients.find(id);
        if (found == impl_->clients.end()) {
            return no_such_client(id);
        }
        stopped = found->second.loop->ask(
            [client = found->second.client] { client->run->stop_workload(*client); });
    }
    stopped.get();
    return {};
}

std::optional<ClientCounters> Engine::counters(std::string_view id) const {
    const std::lock_guard lock(impl_->mutex);
    const auto found = impl_->clients.find(id);
    if (found == impl_->clients.end()) {
        return std::nullopt;
    }
    const EmulatedClient& client = *found->second.client;
    return ClientCounters{client.requests.load(std::memory_order_relaxed),
                          client.failed.load(std::memory_order_relaxed)};
}

void Engine::set_tracing(bool on) {
    impl_->tracing.store(on);
}

stats::Snapshot Engine::take_interval(std::string_view run_id) {
    const std::lock_guard one_at_a_time(impl_->swapping);
    stats::Snapshot snapshot;
    for (auto& part : impl_->ask_all(run_id, [](Run& run) { return run.swap(); })) {
        part.get().pour_into(snapshot);
    }
    return snapshot;
}

std::uint64_t Engine::unfinished(std::string_view run_id) const {
    std::uint64_t unfinished = 0;
    for (auto& part : impl_->ask_all(run_id, [](Run& run) { return run.unfinished(); })) {
        unfinished += part.get();
    }
    return unfinished;
}

void Engine::abandon(std::string_view run_id) {
    for (auto& part : impl_->ask_all(run_id, [](Run& run) { run.abandon(); })) {
        part.get();
    }
}

TraceReader& Engine::traces() {
    return impl_->collector;
}

}  // namespace galileo::engine
