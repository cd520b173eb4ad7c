// How many requests client apps make, without engine and network: a consumer takes them from their
// lanes as fast as they come. Prints one JSON object.
//
//     app_source --apps DIRECTORY --app NAME [--clients N] [--processes N] [--duration SECONDS]

#include <fmt/format.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/clock.h"
#include "engine/bell.h"
#include "worker/app_sources.h"
#include "worker/python_package.h"

namespace {

using namespace galileo;  // NOLINT(google-build-using-namespace): a program, not a header

struct Options {
    std::string apps = "apps";
    std::string app;
    unsigned clients = 1;
    unsigned processes = 1;
    double duration = 3;
};

double cpu_seconds(int who) {
    rusage usage{};
    ::getrusage(who, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Counts {
    std::uint64_t requests = 0;
    std::uint64_t broken = 0;
};

Counts consume(std::vector<std::unique_ptr<engine::RequestSource>>& sources, double seconds) {
    engine::Bell bell;
    std::atomic<bool> more{false};
    for (const auto& source : sources) {
        source->on_supply([&] {
            more.store(true);
            bell.ring();
        });
    }
    Counts counts;
    auto& clock = base::system_clock();
    const auto until = clock.monotonic() + base::from_seconds(seconds);
    while (clock.monotonic() < until) {
        more.store(false);  // set again by what is taken, or by what wakes us
        for (const auto& source : sources) {
            for (unsigned i = 0; i < worker::AppLane::kCapacity; ++i) {
                const auto supply = source->take();
                if (supply.state == engine::Supply::State::kLater) {
                    break;
                }
                more.store(true);
                ++(supply.request ? counts.requests : counts.broken);
                if (supply.state == engine::Supply::State::kEnded) {
                    return counts;
                }
            }
        }
        bell.wait(std::chrono::milliseconds(100), [&] { return more.load(); });
    }
    for (const auto& source : sources) {
        source->on_supply({});
    }
    return counts;
}

int run(const Options& options) {
    worker::AppSources::Options sourcing;
    sourcing.library.directory = options.apps;
    sourcing.library.repository = "";
    sourcing.python = {
        worker::python_interpreter(""),
        worker::python_package_directory(worker::PackageParts::kWritten) + "/galileo/apphost.py"};
    sourcing.processes = options.processes;
    Counts counts;
    {
        worker::AppSources apps(sourcing, base::system_clock());
        std::vector<std::string> ids;
        for (unsigned i = 0; i < options.clients; ++i) {
            ids.push_back("client-" + std::to_string(i));
        }
        auto sources = apps.open(options.app, nullptr, ids);
        if (!sources) {
            fmt::print(stderr, "{}\n", sources.error().message());
            return 1;
        }
        counts = consume(*sources, options.duration);
    }
    fmt::print(
        "{{\"app\": \"{}\", \"clients\": {}, \"processes\": {}, \"requests_per_s\": {:.0f}, "
        "\"broken\": {}, \"cpu_us_per_request\": {:.2f}, "
        "\"python_cpu_us_per_request\": {:.2f}}}\n",
        options.app, options.clients, options.processes,
        static_cast<double>(counts.requests) / options.duration, counts.broken,
        cpu_seconds(RUSAGE_SELF) * 1e6 / static_cast<double>(counts.requests),
        cpu_seconds(RUSAGE_CHILDREN) * 1e6 / static_cast<double>(counts.requests));
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app{"What client apps make"};
    app.add_option("--apps", options.apps);
    app.add_option("--app", options.app)->required();
    app.add_option("--clients", options.clients);
    app.add_option("--processes", options.processes);
    app.add_option("--duration", options.duration);
    CLI11_PARSE(app, argc, argv);
    return run(options);
}
