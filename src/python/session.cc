#include "python/session.h"

#include "base/clock.h"

namespace galileo::python {

base::Result<std::shared_ptr<Session>> Session::open(const redis::RedisOptions& options) {
    auto& clock = base::system_clock();
    auto session = std::make_shared<Session>();
    session->redis = TRY(redis::Client::open(options, clock));
    session->subscriber = TRY(redis::Subscriber::start(options, clock));
    session->bus = std::make_unique<coord::EventBus>(*session->redis, *session->subscriber);
    session->cluster =
        std::make_unique<control::Cluster>(*session->redis, *session->subscriber, clock);
    session->routes = std::make_unique<coord::RoutingStore>(*session->redis);
    session->done = TRY(DoneWatches::listen(*session->bus));
    return session;
}

Session::~Session() {
    close();
}

void Session::close() {
    if (redis) {
        redis->cancel();
    }
    if (subscriber) {
        subscriber->stop();
    }
}

base::Result<LiveStatistics*> Session::statistics() {
    const std::lock_guard lock(mutex_);
    if (!statistics_) {
        statistics_ = TRY(LiveStatistics::listen(*subscriber, base::system_clock()));
    }
    return statistics_.get();
}

}  // namespace galileo::python
