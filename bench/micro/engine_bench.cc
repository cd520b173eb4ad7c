// What the engine itself adds to a request: timetable, counting, trace.

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "engine/pace.h"
#include "engine/schedule.h"
#include "engine/tally_book.h"
#include "engine/trace_collector.h"
#include "http/exchange.h"
#include "stats/histogram.h"

namespace galileo::engine {
namespace {

struct Item final : Due {
    void on_due(base::MonotonicTime /*now*/) override {}
};

// Takes the earliest of `n` clients and puts it back one interval later.
void schedule_next(benchmark::State& state) {
    Schedule schedule;
    std::vector<Item> items(static_cast<std::size_t>(state.range(0)));
    base::Rng rng(1);
    for (Item& item : items) {
        schedule.set(item, base::MonotonicTime(std::chrono::nanoseconds(rng.below(1'000'000))));
    }
    for (auto _ : state) {
        Due& first = schedule.first();
        schedule.set(first, schedule.first_due() + std::chrono::nanoseconds(rng.below(1'000'000)));
    }
}
BENCHMARK(schedule_next)->Arg(1)->Arg(100)->Arg(10'000)->Arg(100'000);

void closed_pace(benchmark::State& state) {
    ClientWorkload workload;
    workload.in_flight = 64;
    base::MonotonicTime now{};
    Pace pace(std::move(workload), now);
    while (pace.take(now)) {
    }
    for (auto _ : state) {
        now += std::chrono::microseconds(1);
        benchmark::DoNotOptimize(pace.settle(now, Outcome::kAnswered));
    }
}
BENCHMARK(closed_pace);

void count_a_request(benchmark::State& state) {
    HotTally tally;
    base::Rng rng(1);
    for (auto _ : state) {
        const auto latency = std::chrono::nanoseconds(100'000 + rng.below(500'000));
        ++tally.sent;
        ++tally.completed;
        tally.count_end(200, http::Failure::kNone);
        tally.send_lag.record(std::chrono::nanoseconds(latency.count() / 8));
        tally.intended.record(latency);
        tally.service.record(latency);
    }
}
BENCHMARK(count_a_request);

// Recording and reading one trace with a head and body of the usual size, on one thread.
void trace_through_the_ring(benchmark::State& state) {
    TraceCollector ring({}, 1);
    const auto label = std::make_shared<const ClientLabel>(
        ClientLabel{"worker:service:1", "service", "202611240000-abcd", "0123456789"});
    LabelPlace place;
    const std::string head(static_cast<std::size_t>(state.range(0)), 'h');
    TraceView trace;
    trace.status = 200;
    trace.server = "127.0.0.1:8080";
    trace.head = head;
    trace.body = "ok";
    std::uint64_t visited = 0;
    const auto visitor = [&visited](const TraceView& view) { visited += view.number; };
    for (auto _ : state) {
        ++trace.number;
        ring.lane(0).append(label, place, trace);
        if (ring.lane(0).consumed()) {
            continue;
        }
        ring.visit(static_cast<std::size_t>(-1), visitor);
    }
    benchmark::DoNotOptimize(visited);
    if (ring.lost() > 0) {
        state.SkipWithError("traces were lost");
    }
}
BENCHMARK(trace_through_the_ring)->Arg(140)->Arg(1024);

}  // namespace
}  // namespace galileo::engine
