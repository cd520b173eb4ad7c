#include "base/clock.h"
#include "base/random.h"
#include "base/signals.h"
#include "cli/execute.h"
#include "coord/redis_address.h"
#include "recorder/experiment_recording.h"
#include "redis/client.h"
#include "redis/subscriber.h"
#include "store/open_store.h"

namespace galileo::cli {

namespace {

constexpr std::chrono::milliseconds kForEver{-1};

}  // namespace

Result<ExitCode> execute_recorder(const RecorderFlags& flags, Context& context) {
    auto inbox = TRY(base::SignalInbox::open());
    auto& clock = base::system_clock();
    const auto address = TRY(coord::running_redis(flags.redis, context.environment));
    const auto redis = TRY(redis::Client::open(address, clock));
    const auto subscriber = TRY(redis::Subscriber::start(address, clock));
    auto store = TRY(store::open_store(context.environment));
    base::Rng rng(base::entropy_seed());
    const auto recording = TRY(
        recorder::ExperimentRecording::start({flags.name, flags.creator, flags.metadata}, *redis,
                                             *subscriber, std::move(store), clock, rng));
    context.out << recording->experiment_id() << '\n';
    context.out.flush();
    inbox.wait(kForEver);
    const auto stopped = recording->stop();
    context.out << model::to_python_json(recorder::to_json(recording->account())) << '\n';
    TRY(stopped);
    return ExitCode::kSuccess;
}

}  // namespace galileo::cli
