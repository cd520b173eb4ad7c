#include "cli/stop_experiments.h"

#include <chrono>
#include <utility>

#include "base/clock.h"
#include "coord/experiment_protocol.h"
#include "coord/experiment_queue.h"
#include "coord/redis_address.h"
#include "coord/rpc.h"
#include "experiment/queued_run.h"
#include "redis/client.h"
#include "store/open_store.h"

namespace galileo::cli {

namespace {

constexpr std::chrono::seconds kDaemonPatience{2};

/// The row that the original's API has made for a queued experiment would stay QUEUED for ever.
Result<void> mark_cancelled(const std::string& id, Context& context) {
    auto opened = store::open_store(context.environment, store::Access::kExisting);
    if (!opened && opened.error().code() == ErrorCode::kNotFound) {
        return {};
    }
    const auto store = TRY(std::move(opened));
    const auto row = TRY(store->find(id));
    return row ? experiment::mark_failed(*row, "cancelled by the user", *store,
                                         base::system_clock())
               : Result<void>();
}

}  // namespace

Result<ExitCode> stop_experiments(const ExpFlags& flags, Context& context) {
    auto& clock = base::system_clock();
    const auto address = TRY(coord::running_redis(flags.redis, context.environment));
    const auto redis = TRY(redis::Client::open(address, clock));
    coord::RpcCaller caller(*redis, clock);
    ExitCode code = ExitCode::kSuccess;
    for (const auto& id : flags.ids) {
        if (TRY(coord::cancel_queued(*redis, id))) {
            TRY(mark_cancelled(id, context));
            context.out << " cancelled " << id << '\n' << std::flush;
            continue;
        }
        const auto stop = TRY(coord::stop_in_daemons(caller, id, kDaemonPatience));
        if (stop.stopped) {
            context.out << " stopped " << id << '\n' << std::flush;
            continue;
        }
        context.err << "galileo: exp: " << id << " is neither queued nor running in one of "
                    << stop.daemons << " daemons\n";
        code = ExitCode::kFailure;
    }
    return code;
}

}  // namespace galileo::cli
