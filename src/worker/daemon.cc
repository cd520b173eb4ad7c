#include "worker/daemon.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <utility>

#include "base/log.h"
#include "base/process.h"
#include "coord/bus.h"
#include "coord/client_protocol.h"
#include "coord/keys.h"
#include "coord/lease.h"
#include "coord/registry.h"
#include "coord/routing_store.h"
#include "coord/rpc.h"
#include "coord/stats_channel.h"
#include "engine/engine.h"
#include "redis/client.h"
#include "redis/subscriber.h"
#include "routing/table.h"
#include "store/open_store.h"
#include "worker/app_sources.h"
#include "worker/client_host.h"
#include "worker/client_statistics.h"
#include "worker/command_queue.h"
#include "worker/python_package.h"
#include "worker/run_host.h"
#include "worker/trace_shipper.h"
#include "worker/trace_sink.h"

namespace galileo::worker {

namespace {

using coord::RpcAnswer;
using coord::RpcServer;

constexpr std::size_t kClientBodyLimit = 64 * 1024;

Result<std::unique_ptr<TraceSink>> open_sink(const WorkerOptions& options, redis::Client& redis) {
    switch (options.trace_logging) {
        case TraceLogging::kNone:
            return std::unique_ptr<TraceSink>();
        case TraceLogging::kFile:
            return open_csv_sink(options.trace_directory, options.name);
        case TraceLogging::kRedis:
            return redis_line_sink(redis);
        case TraceLogging::kSql: {
            if (options.database.get("galileo_expdb_driver", "") == "mixed") {
                return Error(
                    ErrorCode::kInvalidInput,
                    "galileo_trace_logging=sql: not with galileo_expdb_driver=mixed, where "
                    "traces need an experiment; use redis, and galileo recorder");
            }
            auto store =
                TRY_WITHIN("galileo_trace_logging=sql", store::open_store(options.database));
            return store_sink(std::move(store));
        }
    }
    return std::unique_ptr<TraceSink>();
}

/// Without a directory of the user's choice the journal is a help, not a condition.
Result<JournalSpace::Options> journal_options(const WorkerOptions& options) {
    JournalSpace::Options journal;
    journal.limit_bytes = options.journal_limit;
    if (!options.journal_directory.empty()) {
        journal.directory = options.journal_directory;
        TRY_WITHIN("galileo_journal_dir", JournalSpace(journal).check());
    } else if (const auto usable = JournalSpace(journal).check(); !usable) {
        base::log_warn(
            "traces whose sink is slow wait in memory alone: {}; choose another "
            "directory with --journal-dir",
            usable.error().message());
        journal.limit_bytes = 0;
    }
    return journal;
}

AppSources::Options app_options(const WorkerOptions& options) {
    AppSources::Options apps;
    apps.library.directory = options.apps_directory;
    apps.library.repository = options.apps_repository;
    apps.library.token = options.apps_token;
    apps.python = {python_interpreter(options.python),
                   python_package_directory(PackageParts::kWritten) + "/galileo/apphost.py",
                   {.environment = options.requests}};
    apps.processes = options.app_processes > 0 ? options.app_processes : options.loops;
    return apps;
}

}  // namespace

/// In the order of their making; taken down in the opposite one, so that nothing refers to what is
/// gone.
struct WorkerDaemon::Parts {
    Parts(WorkerOptions given, base::Clock& with) : options(std::move(given)), clock(with) {}

    WorkerOptions options;
    base::Clock& clock;
    std::unique_ptr<redis::Client> redis;
    std::unique_ptr<redis::Subscriber> subscriber;
    std::unique_ptr<coord::Registry> registry;
    std::unique_ptr<coord::LeaseBook> leases;
    std::unique_ptr<coord::StatsPublisher> statistics;
    std::unique_ptr<coord::EventBus> bus;
    routing::RoutingTable table;
    std::unique_ptr<coord::RoutingListener> routes;
    std::unique_ptr<CommandQueue>
        commands;                      ///< what must not run on the subscriber's or a loop's thread
    std::unique_ptr<AppSources> apps;  ///< outlives the engine, which has its sources
    std::unique_ptr<engine::Engine> engine;
    std::unique_ptr<TraceShipper> shipper;
    std::unique_ptr<RpcServer> rpc;
    std::unique_ptr<ClientHost> clients;
    std::unique_ptr<RunHost> runs;
    std::unique_ptr<ClientStatistics> client_statistics;
    std::unique_ptr<coord::LeaseKeeper> lease;
    std::uint64_t reconnects = 0;

    Result<void> connect();
    Result<void> start_engine();
    Result<void> listen();
    Result<void> listen_for_runs();
    Result<void> listen_for_many();
    Result<void> listen_for_commands();
    Result<void> sign_on();
    void sign_off();
    void registration_due();
};

Result<void> WorkerDaemon::Parts::connect() {
    const std::string where = "Could not initiate Redis connection: " + options.redis.to_string();
    redis = TRY_WITHIN(where, redis::Client::open(options.redis, clock));
    subscriber = TRY_WITHIN(where, redis::Subscriber::start(options.redis, clock));
    registry = std::make_unique<coord::Registry>(*redis);
    leases = std::make_unique<coord::LeaseBook>(*redis);
    statistics = std::make_unique<coord::StatsPublisher>(*redis);
    bus = std::make_unique<coord::EventBus>(*redis, *subscriber);
    TRY(registry->check_worker_name(options.name));
    return coord::wait_until_free(*redis, coord::keys::worker_lease(options.name),
                                  fmt::format("a worker named {}", options.name));
}

Result<void> WorkerDaemon::Parts::start_engine() {
    routes = TRY(coord::RoutingListener::start(*redis, *subscriber, table));
    commands = std::make_unique<CommandQueue>();
    engine::EngineOptions engine_options;
    engine_options.loops = options.loops;
    engine_options.http.max_connections = options.connections;
    engine_options.http.reuse =
        http::Reuse::kPerRequest;  // clients of the original's protocol open a connection for each
                                   // request (contract 2.10)
    engine_options.http.capture_body_bytes =
        options.trace_logging == TraceLogging::kNone ? 0 : kClientBodyLimit;
    engine = TRY(engine::Engine::create(engine_options, clock));
    apps = std::make_unique<AppSources>(app_options(options), clock);
    auto sink = TRY(open_sink(options, *redis));
    TraceShipper::Options shipping;
    shipping.worker = options.name;
    shipping.flush = options.trace_flush;
    shipping.body_limit = kClientBodyLimit;
    // Their traces come into the experiment database from the stream; once is enough.
    shipping.sink_for_open_runs = options.trace_logging != TraceLogging::kSql;
    shipping.journal = TRY(journal_options(options));
    shipper =
        std::make_unique<TraceShipper>(shipping, engine->traces(), *redis, clock, std::move(sink));
    rpc = std::make_unique<RpcServer>(*redis, *subscriber);
    ClientHost::Options hosting;
    hosting.worker = options.name;
    hosting.first_number = TRY(registry->reclaim(options.name));
    hosting.router = {
        .type = options.router, .static_prefix = options.static_host, .balancer = options.balancer};
    if (options.router == routing::RouterType::kStatic &&
        options.static_host == WorkerOptions().static_host &&
        !options.labels.contains("galileo_router_static_host")) {
        base::log_warn(
            "galileo_router_type is StaticRouter, but galileo_router_static_host is not set: all "
            "requests go to {}",
            options.static_host);
    }
    hosting.requests = options.requests;
    hosting.traced = options.trace_logging != TraceLogging::kNone;
    hosting.on_finished = [this](const std::string& client_id) {
        commands->post([this, client_id] {
            if (const auto published = bus->publish(coord::WorkloadDoneEvent{client_id});
                !published) {
                base::log_warn("{}: done, but nobody was told: {}", client_id,
                               published.error().message());
            }
        });
    };
    clients = std::make_unique<ClientHost>(
        std::move(hosting),
        ClientHost::Surroundings{*engine, *redis, *registry, *rpc, *routes, table, *apps, clock});
    runs = std::make_unique<RunHost>(RunHost::Identity{options.name, options.loops}, *engine,
                                     *clients, *shipper, *statistics, *leases, clock);
    client_statistics =
        std::make_unique<ClientStatistics>(options.name, *engine, *statistics, clock);
    return {};
}

Result<void> WorkerDaemon::Parts::listen() {
    TRY(rpc->expose(
        std::string(coord::keys::kPing), RpcServer::Lane::kQuick,
        [this](const model::Json&) -> Result<RpcAnswer> { return RpcAnswer::text(options.name); }));
    TRY(rpc->expose(
        coord::keys::create_client(options.name), RpcServer::Lane::kSlow,
        [this](const model::Json& arguments) -> Result<RpcAnswer> {
            if (!arguments.is_array() || arguments.empty()) {
                return RpcAnswer::exception(
                    "TypeError",
                    "WorkerDaemon.create_client() missing 1 required positional argument: 'cmd'");
            }
            const auto command = TRY(coord::CreateClientCommand::from_wire(arguments[0]));
            model::Json list = model::Json::array();
            if (command.host == options.name) {
                const auto made = TRY(clients->create(command.config, command.num.value_or(0), {}));
                for (const auto& description : made) {
                    list.push_back(model::to_wire(description));
                }
            }
            return RpcAnswer{std::move(list), "list"};
        }));
    TRY(listen_for_runs());
    TRY(listen_for_many());
    return listen_for_commands();
}

Result<void> WorkerDaemon::Parts::listen_for_many() {
    return rpc->expose(
        fmt::format("{}:{}", coord::kCommandClients, options.name), RpcServer::Lane::kSlow,
        [this](const model::Json& arguments) -> Result<RpcAnswer> {
            const auto command = TRY(coord::command_clients_from_json(
                arguments.is_array() && !arguments.empty() ? arguments[0] : model::Json()));
            return RpcAnswer::object(coord::to_json(TRY(clients->command(command))));
        });
}

Result<void> WorkerDaemon::Parts::listen_for_runs() {
    /// Gives each function its first argument.
    const auto expose = [this](const char* name,
                               std::function<Result<model::Json>(const model::Json&)> function) {
        return rpc->expose(
            fmt::format("{}:{}", name, options.name), RpcServer::Lane::kSlow,
            [function = std::move(function)](const model::Json& arguments) -> Result<RpcAnswer> {
                return RpcAnswer::object(TRY(function(
                    arguments.is_array() && !arguments.empty() ? arguments[0] : model::Json())));
            });
    };
    TRY(expose(coord::kPrepareRun, [this](const model::Json& argument) -> Result<model::Json> {
        const auto request = TRY(coord::prepare_run_from_json(argument));
        return coord::to_json(TRY(runs->prepare(request)));
    }));
    TRY(expose(coord::kStartRun, [this](const model::Json& argument) -> Result<model::Json> {
        const auto request = TRY(coord::start_run_from_json(argument));
        TRY(runs->start(request));
        return model::Json::object();
    }));
    TRY(expose(coord::kStopRun, [this](const model::Json& argument) -> Result<model::Json> {
        const auto request = TRY(coord::stop_run_from_json(argument));
        TRY(runs->stop(request));
        return model::Json::object();
    }));
    TRY(expose(coord::kSpawnIntoRun, [this](const model::Json& argument) -> Result<model::Json> {
        const auto request = TRY(coord::spawn_into_run_from_json(argument));
        return coord::to_json(TRY(runs->spawn(request)));
    }));
    return expose(coord::kFinishRun, [this](const model::Json& argument) -> Result<model::Json> {
        const auto request = TRY(coord::finish_run_from_json(argument));
        return coord::to_json(TRY(runs->finish(request)));
    });
}

/// Handlers run on the subscriber's thread and must be quick: what waits for Redis or a loop goes
/// through the queue, in order.
Result<void> WorkerDaemon::Parts::listen_for_commands() {
    TRY(bus->subscribe<coord::CreateClientCommand>([](const coord::CreateClientCommand& command) {
        base::log_info(
            "a CreateClientCommand for {} came as an event; clients are created by remote call",
            command.host);
    }));
    TRY(bus->subscribe<coord::CloseClientCommand>([this](const coord::CloseClientCommand& command) {
        commands->post([this, id = command.client_id] { clients->close(id); });
    }));
    TRY(bus->subscribe<coord::RegisterWorkerCommand>([this](const coord::RegisterWorkerCommand&) {
        commands->post([this] { registration_due(); });
    }));
    TRY(bus->subscribe<coord::StartTracingCommand>([this](const coord::StartTracingCommand&) {
        commands->post([this] { shipper->resume(); });
    }));
    TRY(bus->subscribe<coord::PauseTracingCommand>([this](const coord::PauseTracingCommand&) {
        commands->post([this] { shipper->pause(); });
    }));
    TRY(bus->subscribe<coord::SetWorkloadCommand>([this](const coord::SetWorkloadCommand& command) {
        commands->post([this, command] {
            const auto set = clients->set_workload(command.client_id, command.workload);
            if (!set && set.error().code() !=
                            ErrorCode::kNotFound) {  // not ours: every worker hears of every client
                base::log_warn("workload refused: {}", set.error().message());
            }
        });
    }));
    return bus->subscribe<coord::StopWorkloadCommand>(
        [this](const coord::StopWorkloadCommand& command) {
            commands->post([this, id = command.client_id] { clients->stop_workload(id); });
        });
}

Result<void> WorkerDaemon::Parts::sign_on() {
    coord::WorkerLease about;
    about.version = GALILEO_VERSION;
    about.host = base::host_name();
    about.pid = ::getpid();
    about.started = base::to_epoch_seconds(clock.wall());
    about.loops = options.loops;
    // The lease first: who is registered without one counts as dead.
    lease = std::make_unique<coord::LeaseKeeper>(
        *redis, coord::keys::worker_lease(options.name), coord::encode_lease(about),
        [this] { commands->post([this] { registration_due(); }); });
    TRY(registry->register_worker(options.name, {options.labels.begin(), options.labels.end()}));
    base::log_info("worker {} is registered at {}, {} loops", options.name,
                   options.redis.to_string(), options.loops);
    return {};
}

void WorkerDaemon::Parts::registration_due() {
    auto registered =
        registry->register_worker(options.name, {options.labels.begin(), options.labels.end()});
    if (registered) {
        registered = clients->register_again();
    }
    if (!registered) {
        base::log_warn("worker {} could not register again: {}", options.name,
                       registered.error().message());
    }
}

void WorkerDaemon::Parts::sign_off() {
    if (runs) {
        runs->abandon_all("the worker ends");
    }
    if (clients) {
        clients->close_all();
    }
    if (lease) {
        if (const auto gone = registry->unregister_worker(options.name); !gone) {
            base::log_warn("worker {} stays registered: {}", options.name, gone.error().message());
        }
        lease.reset();
    }
    if (commands) {
        commands->stop();
    }
    if (subscriber) {
        subscriber->stop();  // before the parts go that its handlers use
    }
}

WorkerDaemon::WorkerDaemon(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

WorkerDaemon::~WorkerDaemon() {
    parts_->sign_off();
    base::log_info("done, bye");
}

Result<std::unique_ptr<WorkerDaemon>> WorkerDaemon::start(const WorkerOptions& options,
                                                          base::Clock& clock) {
    auto daemon =
        std::unique_ptr<WorkerDaemon>(new WorkerDaemon(std::make_unique<Parts>(options, clock)));
    TRY(daemon->parts_->connect());
    TRY(daemon->parts_->start_engine());
    TRY(daemon->parts_->listen());
    TRY(daemon->parts_->sign_on());
    return daemon;
}

void WorkerDaemon::tick() {
    parts_->runs->tick();
    parts_->client_statistics->tick();
    const auto reconnects = parts_->subscriber->reconnects();
    if (reconnects != parts_->reconnects) {  // a restarted Redis has forgotten us
        parts_->reconnects = reconnects;
        parts_->commands->post([parts = parts_.get()] { parts->registration_due(); });
    }
}

}  // namespace galileo::worker
