#include <benchmark/benchmark.h>

#include <cmath>
#include <vector>

#include "base/random.h"
#include "stats/histogram.h"
#include "stats/interval.h"

namespace galileo::stats {
namespace {

using std::chrono::nanoseconds;

/// Latencies around 1 ms, most within a factor of three, a few up to 1 s: what a run records.
std::vector<nanoseconds> latencies() {
    base::Rng rng(1);
    std::vector<nanoseconds> values(4096);
    for (nanoseconds& value : values) {
        const double tail = -std::log1p(-rng.uniform());
        value = nanoseconds(static_cast<std::int64_t>(5e5 * std::exp(tail * 0.7)));
    }
    return values;
}

Histogram filled() {
    Histogram histogram;
    for (const nanoseconds value : latencies()) {
        histogram.record(value);
    }
    return histogram;
}

void record(benchmark::State& state) {
    const auto values = latencies();
    Histogram histogram;
    std::size_t index = 0;
    for (auto step : state) {
        histogram.record(values[index++ % values.size()]);
    }
    benchmark::DoNotOptimize(histogram.count());
}
BENCHMARK(record);

void create_and_destroy(benchmark::State& state) {
    for (auto step : state) {
        Histogram histogram;
        benchmark::DoNotOptimize(histogram.count());
    }
}
BENCHMARK(create_and_destroy);

void copy(benchmark::State& state) {
    const Histogram histogram = filled();
    for (auto step : state) {
        Histogram copied(histogram);
        benchmark::DoNotOptimize(copied.count());
    }
}
BENCHMARK(copy);

void merge(benchmark::State& state) {
    const Histogram histogram = filled();
    Histogram sum;
    for (auto step : state) {
        sum.merge(histogram);
    }
    benchmark::DoNotOptimize(sum.count());
}
BENCHMARK(merge);

void percentile(benchmark::State& state) {
    const Histogram histogram = filled();
    const double percent = static_cast<double>(state.range(0)) / 10;
    for (auto step : state) {
        benchmark::DoNotOptimize(histogram.percentile(percent));
    }
}
BENCHMARK(percentile)->Arg(500)->Arg(990)->Arg(999);

void reset_filled(benchmark::State& state) {
    const Histogram histogram = filled();
    Histogram scratch;
    for (auto step : state) {
        scratch.merge(histogram);
        scratch.reset();
    }
}
BENCHMARK(reset_filled);

void encode_histogram(benchmark::State& state) {
    const Histogram histogram = filled();
    for (auto step : state) {
        benchmark::DoNotOptimize(histogram.encode());
    }
    state.counters["bytes"] = static_cast<double>(histogram.encode().size());
}
BENCHMARK(encode_histogram);

void decode_histogram(benchmark::State& state) {
    const std::string bytes = filled().encode();
    for (auto step : state) {
        auto decoded = Histogram::decode(bytes);
        benchmark::DoNotOptimize(decoded.ok());
    }
}
BENCHMARK(decode_histogram);

/// What one worker publishes each second: one service on two hosts.
Snapshot published() {
    Tally tally;
    tally.completed = 2000;
    tally.statuses[200] = 2000;
    tally.intended = filled();
    tally.service = filled();
    tally.send_lag = filled();
    tally.schedule_lag = filled();
    Snapshot snapshot;
    snapshot.services["echo"] = tally;
    snapshot.hosts["echo"]["10.0.0.1:8080"] = tally;
    snapshot.hosts["echo"]["10.0.0.2:8080"] = tally;
    return snapshot;
}

void encode_snapshot(benchmark::State& state) {
    const Snapshot snapshot = published();
    for (auto step : state) {
        benchmark::DoNotOptimize(encode(snapshot));
    }
    state.counters["bytes"] = static_cast<double>(encode(snapshot).size());
}
BENCHMARK(encode_snapshot);

void decode_and_merge_snapshot(benchmark::State& state) {
    const std::string bytes = encode(published());
    Snapshot whole;
    for (auto step : state) {
        whole.merge(decode_snapshot(bytes).value());
    }
    benchmark::DoNotOptimize(whole.in_flight);
}
BENCHMARK(decode_and_merge_snapshot);

}  // namespace
}  // namespace galileo::stats
