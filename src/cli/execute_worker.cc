#include <algorithm>
#include <thread>

#include "base/clock.h"
#include "base/signals.h"
#include "cli/common_flags.h"
#include "cli/execute.h"
#include "coord/redis_address.h"
#include "worker/daemon.h"
#include "worker/options.h"

namespace galileo::cli {

namespace {

constexpr std::chrono::milliseconds kTick{50};

Result<worker::WorkerOptions> options_of(const WorkerFlags& flags,
                                         const base::Environment& environment) {
    auto options = TRY(worker::WorkerOptions::from_environment(environment));
    if (!flags.name.empty()) {
        options.name = flags.name;
        options.labels["galileo_worker_name"] = flags.name;
    }
    options.redis = TRY(coord::running_redis(flags.redis, environment));
    options.loops = static_cast<unsigned>(
        flags.threads.value_or(std::max(std::thread::hardware_concurrency(), 1U)));
    options.connections = flags.connections.value_or(0);
    if (!flags.trace_logging.empty()) {
        options.trace_logging = TRY(
            worker::parse_trace_logging(flags.trace_logging == "none" ? "" : flags.trace_logging));
    }
    if (!flags.journal_directory.empty()) {
        options.journal_directory = flags.journal_directory;
    }
    return options;
}

}  // namespace

Result<ExitCode> execute_worker(const WorkerFlags& flags, Context& context) {
    raise_open_file_limit();
    auto inbox = TRY(base::SignalInbox::open());
    const auto options = TRY(options_of(flags, context.environment));
    auto daemon = worker::WorkerDaemon::start(options, base::system_clock());
    if (!daemon) {
        context.err << "galileo: " << daemon.error().message() << '\n';
        return ExitCode::kFailure;
    }
    while (!inbox.wait(kTick)) {
        (*daemon)->tick();
    }
    return ExitCode::kSuccess;
}

}  // namespace galileo::cli
