#include "base/clock.h"
#include "base/process.h"
#include "base/signals.h"
#include "cli/execute.h"
#include "coord/redis_address.h"
#include "experiment/experiment_daemon.h"
#include "redis/client.h"
#include "redis/subscriber.h"
#include "store/open_store.h"

namespace galileo::cli {

Result<ExitCode> execute_experimentd(const ExperimentdFlags& flags, Context& context) {
    auto inbox = TRY(base::SignalInbox::open());
    auto& clock = base::system_clock();
    const auto address = TRY(coord::running_redis(flags.redis, context.environment));
    const std::string where = "Could not initiate Redis connection: " + address.to_string();
    const auto redis = TRY_WITHIN(where, redis::Client::open(address, clock));
    const auto subscriber = TRY_WITHIN(where, redis::Subscriber::start(address, clock));
    experiment::ExperimentDaemon::Options options;
    options.name = flags.name.empty() ? base::host_name() : flags.name;
    options.open_store = [&context] { return store::open_store(context.environment); };
    options.wait = [&inbox](std::chrono::nanoseconds patience) {
        return inbox.wait(std::chrono::ceil<std::chrono::milliseconds>(patience)).has_value();
    };
    const auto daemon =
        TRY(experiment::ExperimentDaemon::start(std::move(options), *redis, *subscriber, clock));
    context.out << "waiting for experiments\n";
    context.out.flush();
    daemon->run();
    return ExitCode::kSuccess;
}

}  // namespace galileo::cli
