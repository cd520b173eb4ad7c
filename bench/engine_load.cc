// The engine alone, for bench/compare --engine: closed loop or steady rate against one URL, with
// every request traced into the ring and thrown away there. Prints one JSON object.

#include <fmt/format.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <CLI/CLI.hpp>

#include "base/clock.h"
#include "engine/engine.h"
#include "http/request.h"
#include "model/json.h"
#include "pacing/arrivals.h"
#include "pacing/rate_profile.h"
#include "routing/router.h"
#include "routing/table.h"

namespace {

using namespace galileo;  // NOLINT(google-build-using-namespace): a program, not a header

struct Options {
    std::string url;
    unsigned connections = 64;
    unsigned clients = 1;
    unsigned threads = 1;
    double duration = 3;
    double rate = 0;
    double quantum_us = 200;
    bool traced = true;
};

struct Target {
    std::string prefix;
    std::string path;
};

Target split(const std::string& url) {
    const auto scheme = url.find("://");
    const auto path = url.find('/', scheme == std::string::npos ? 0 : scheme + 3);
    return path == std::string::npos ? Target{url, "/"}
                                     : Target{url.substr(0, path), url.substr(path)};
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double microseconds(std::chrono::nanoseconds duration) {
    return static_cast<double>(duration.count()) / 1e3;
}

Result<void> add_clients(engine::Engine& engine,
                         const Options& options,
                         const routing::RoutingTable& table) {
    const Target target = split(options.url);
    auto request = std::make_shared<const http::RequestTemplate>(
        TRY(http::RequestTemplate::from_parameters({{"path", target.path}})));
    for (unsigned i = 0; i < options.clients; ++i) {
        engine::ClientSpec spec;
        spec.id = fmt::format("bench:target:{}", i);
        spec.service = "target";
        spec.request = request;
        spec.router = std::make_unique<routing::Router>(TRY(routing::Router::create(
            {.type = routing::RouterType::kStatic, .static_prefix = target.prefix}, table)));
        TRY(engine.add_client(std::move(spec)));
    }
    return {};
}

Result<void> start(engine::Engine& engine,
                   const Options& options,
                   std::atomic<unsigned>& finished) {
    const auto begin = base::system_clock().monotonic();
    const auto length = base::from_seconds(options.duration);
    for (unsigned i = 0; i < options.clients; ++i) {
        engine::ClientWorkload workload;
        workload.start = begin;
        workload.end = begin + length;
        workload.on_finished = [&finished](const std::string& /*client*/) { ++finished; };
        if (options.rate > 0) {
            auto profile = std::make_shared<const pacing::RateProfile>(
                TRY(pacing::RateProfile::constant(options.rate, length)));
            workload.arrivals = pacing::profile_arrivals(profile, pacing::Spacing::kEven,
                                                         {.index = i, .of = options.clients}, 1);
        } else {
            workload.in_flight = options.connections / options.clients;
            workload.in_flight += i < options.connections % options.clients ? 1 : 0;
        }
        TRY(engine.set_workload(fmt::format("bench:target:{}", i), std::move(workload)));
    }
    return {};
}

void print(const stats::Tally& tally, double elapsed, std::uint64_t traced, std::uint64_t lost) {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    fmt::print(
        "{{\"completed\": {}, \"failed\": {}, \"planned\": {}, \"dropped\": {}, \"stored\": {}, "
        "\"lost\": {}, \"duration_s\": {:.3f}, \"rate\": {:.0f}, \"user_s\": {:.3f}, "
        "\"system_s\": {:.3f}, \"max_rss_kib\": {}, "
        "\"service_us\": {{\"p50\": {:.1f}, \"p99\": {:.1f}}}, "
        "\"send_lag_us\": {{\"p50\": {:.1f}, \"p99\": {:.1f}, \"max\": {:.1f}}}}}\n",
        tally.completed, tally.failed, tally.planned, tally.dropped, traced, lost, elapsed,
        static_cast<double>(tally.completed) / elapsed, seconds(usage.ru_utime),
        seconds(usage.ru_stime), usage.ru_maxrss, microseconds(tally.service.percentile(50)),
        microseconds(tally.service.percentile(99)), microseconds(tally.send_lag.percentile(50)),
        microseconds(tally.send_lag.percentile(99)), microseconds(tally.send_lag.max()));
}

Result<void> run(const Options& options) {
    engine::EngineOptions engine_options;
    engine_options.loops = options.threads;
    engine_options.http.max_connections = options.connections;
    engine_options.quantum = base::from_seconds(options.quantum_us / 1e6);
    const routing::RoutingTable table;
    auto engine = TRY(engine::Engine::create(engine_options, base::system_clock()));
    engine->set_tracing(options.traced);
    TRY(add_clients(*engine, options, table));

    std::atomic<unsigned> finished{0};
    const auto begin = base::system_clock().monotonic();
    TRY(start(*engine, options, finished));
    std::uint64_t traced = 0;
    const auto throw_away = [](const engine::TraceView& /*trace*/) {};
    stats::Snapshot all;
    auto next_take = begin + std::chrono::seconds(1);
    while (finished < options.clients) {
        engine->traces().wait(std::chrono::milliseconds(50));
        traced += engine->traces().visit(static_cast<std::size_t>(-1), throw_away);
        if (base::system_clock().monotonic() >= next_take) {
            next_take += std::chrono::seconds(1);
            all.merge(engine->take_interval(""));
        }
    }
    const double elapsed = base::to_seconds(base::system_clock().monotonic() - begin);
    engine->traces().flush();
    traced += engine->traces().visit(static_cast<std::size_t>(-1), throw_away);
    all.merge(engine->take_interval(""));
    print(all.total(), elapsed, traced, engine->traces().lost());
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("The load engine alone, for measurements");
    app.add_option("url", options.url, "http://host:port/path")->required();
    app.add_option("--connections", options.connections, "in all")->check(CLI::PositiveNumber);
    app.add_option("--clients", options.clients, "emulated clients")->check(CLI::PositiveNumber);
    app.add_option("--threads", options.threads, "loops")->check(CLI::PositiveNumber);
    app.add_option("--duration", options.duration, "seconds")->check(CLI::PositiveNumber);
    app.add_option("--rate", options.rate, "requests per second; absent: as fast as it goes");
    app.add_option("--quantum", options.quantum_us, "microseconds between looks at the schedule");
    app.add_option("--traced", options.traced, "whether requests go through the trace ring");
    CLI11_PARSE(app, argc, argv);
    if (const auto done = run(options); !done.ok()) {
        fmt::print(stderr, "engine_load: {}\n", done.error().message());
        return 1;
    }
    return 0;
}
