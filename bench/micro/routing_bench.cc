// What choosing a host and making the bytes of a request cost.

#include <benchmark/benchmark.h>

#include <chrono>
#include <string>

#include "http/request.h"
#include "routing/router.h"
#include "routing/table.h"

namespace galileo::routing {
namespace {

model::RoutingRecord record_of(int hosts) {
    model::RoutingRecord record{.service = "echo", .hosts = {}, .weights = {}};
    for (int i = 0; i < hosts; ++i) {
        record.hosts.push_back("host-" + std::to_string(i) + ":8080");
        record.weights.push_back(1 + i % 3);
    }
    return record;
}

void draw_by(benchmark::State& state, const RouterOptions& options) {
    RoutingTable table;
    if (!table.set(record_of(static_cast<int>(state.range(0)))).ok()) {
        state.SkipWithError("the record is not valid");
    }
    HostLoads loads;
    auto router = Router::create(options, table).release_value();
    router.attach(loads);
    base::MonotonicTime now{};
    for (auto _ : state) {
        now += std::chrono::microseconds(10);
        const auto route = router.next("echo", now);
        benchmark::DoNotOptimize(route);
        if (route->load != nullptr) {  // as the engine tells it
            route->load->begin();
            route->load->end(std::chrono::microseconds(100), false, now);
        }
    }
}

void draw(benchmark::State& state) {
    draw_by(state, {});
}
BENCHMARK(draw)->Arg(1)->Arg(3)->Arg(100);

void draw_at_random(benchmark::State& state) {
    draw_by(state, {.balancer = BalancerType::kWeightedRandom});
}
BENCHMARK(draw_at_random)->Arg(3)->Arg(100);

void draw_of_two(benchmark::State& state) {
    draw_by(state, {.balancer = BalancerType::kPowerOfTwoChoices});
}
BENCHMARK(draw_of_two)->Arg(3)->Arg(100);

void draw_soonest(benchmark::State& state) {
    draw_by(state, {.balancer = BalancerType::kLeastLatency});
}
BENCHMARK(draw_soonest)->Arg(3)->Arg(100);

// Parameters to bytes, as for each request of a client app.
void build_a_request(benchmark::State& state) {
    const model::Json parameters = {
        {"method", "post"},
        {"path", "/predictions/digits?v=1"},
        {"kwargs", {{"json", {{"image", std::string(200, 'x')}}}, {"headers", {{"X-A", "1"}}}}}};
    const http::Origin origin{.host = "h", .port = 8080, .authority = "h:8080"};
    for (auto _ : state) {
        const auto made = http::RequestTemplate::from_parameters(parameters);
        benchmark::DoNotOptimize(made->render(origin, ""));
    }
}
BENCHMARK(build_a_request);

void render_a_template(benchmark::State& state) {
    const auto made = http::RequestTemplate::from_parameters({{"path", "/x"}}).release_value();
    const http::Origin origin{.host = "h", .port = 8080, .authority = "h:8080"};
    for (auto _ : state) {
        benchmark::DoNotOptimize(made.render(origin, ""));
    }
}
BENCHMARK(render_a_template);

}  // namespace
}  // namespace galileo::routing
