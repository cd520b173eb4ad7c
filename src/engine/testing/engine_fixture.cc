#include "engine/testing/engine_fixture.h"

#include <thread>
#include <utility>

#include "http/request.h"

namespace galileo::engine::testing {

EngineFixture::EngineFixture() {
    EXPECT_TRUE(table_.set({"echo", {server_.authority()}, {1}}).ok());
}

void EngineFixture::start(const EngineOptions& options) {
    auto made = Engine::create(options, base::system_clock());
    ASSERT_TRUE(made.ok()) << made.error().message();
    engine_ = std::move(made).value();
}

Engine& EngineFixture::engine() {
    if (!engine_) {
        start({});
    }
    return *engine_;
}

ClientSpec EngineFixture::spec(std::string id, const Sends& sends) const {
    ClientSpec made;
    made.id = std::move(id);
    made.service = sends.service;
    made.run_id = sends.run_id;
    made.timeout = sends.timeout;
    auto request = http::RequestTemplate::from_parameters({{"path", sends.path}});
    EXPECT_TRUE(request.ok());
    made.request = std::make_shared<const http::RequestTemplate>(std::move(request).value());
    auto router = routing::Router::create(
        {.type = sends.router, .balancer = sends.balancer, .seed = 1}, table_);
    EXPECT_TRUE(router.ok());
    made.router = std::make_unique<routing::Router>(std::move(router).value());
    return made;
}

void EngineFixture::add(std::string id, const Sends& sends) {
    const auto added = engine().add_client(spec(std::move(id), sends));
    EXPECT_TRUE(added.ok()) << added.error().message();
}

ClientWorkload EngineFixture::open(std::unique_ptr<pacing::Arrivals> arrivals) {
    ClientWorkload workload;
    workload.arrivals = std::move(arrivals);
    workload.start = now();
    workload.on_finished = [this](const std::string& /*client*/) { ++finished_; };
    return workload;
}

ClientWorkload EngineFixture::closed(unsigned in_flight) {
    ClientWorkload workload = open(nullptr);
    workload.in_flight = in_flight;
    return workload;
}

std::unique_ptr<pacing::Arrivals> EngineFixture::burst(std::uint64_t count) {
    return pacing::recorded_arrivals(std::vector<std::chrono::nanoseconds>(count), std::nullopt);
}

std::unique_ptr<pacing::Arrivals> EngineFixture::steady(double rate,
                                                        std::chrono::nanoseconds duration,
                                                        pacing::Share share) {
    auto profile = pacing::RateProfile::constant(rate, duration);
    return pacing::profile_arrivals(
        std::make_shared<const pacing::RateProfile>(std::move(profile).value()),
        pacing::Spacing::kEven, share, 1);
}

const stats::Snapshot& EngineFixture::taken(std::string_view run_id) {
    const stats::Snapshot interval = engine().take_interval(run_id);
    taken_.in_flight = taken_.waiting = taken_.connections = 0;
    taken_.merge(interval);
    return taken_;
}

bool EngineFixture::await(const std::function<bool()>& condition) {
    const auto deadline = base::system_clock().monotonic() + std::chrono::seconds(20);
    while (!condition()) {
        if (base::system_clock().monotonic() > deadline) {
            return false;
        }
        // tidy: real sockets and threads; the condition, not the time, decides the test
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

void EngineFixture::expect_accounts_add_up() {
    const stats::Snapshot& now_taken = taken();
    const stats::Tally tally = now_taken.total();
    EXPECT_EQ(tally.planned, tally.sent + tally.dropped + now_taken.waiting);
    EXPECT_EQ(tally.sent, tally.completed + now_taken.in_flight);
    EXPECT_EQ(tally.intended.count(), tally.completed);
    EXPECT_LE(tally.failed, tally.completed);
    EXPECT_LE(tally.late, tally.sent);
}

}  // namespace galileo::engine::testing
