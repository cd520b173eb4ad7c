#include <benchmark/benchmark.h>

#include <memory>
#include <vector>

#include "base/random.h"
#include "pacing/arrivals.h"

namespace galileo::pacing {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

std::shared_ptr<const RateProfile> shared(Result<RateProfile> profile) {
    return std::make_shared<const RateProfile>(std::move(profile).value());
}

void run(benchmark::State& state,
         const std::shared_ptr<const RateProfile>& profile,
         Spacing spacing) {
    auto arrivals = profile_arrivals(profile, spacing, {}, 1);
    for (auto step : state) {
        auto offset = arrivals->next();
        if (!offset.has_value()) {
            arrivals = profile_arrivals(profile, spacing, {}, 1);
        }
        benchmark::DoNotOptimize(offset);
    }
}

void constant_rate(benchmark::State& state, Spacing spacing) {
    run(state, shared(RateProfile::constant(20'000, hours(10))), spacing);
}
BENCHMARK_CAPTURE(constant_rate, even, Spacing::kEven);
BENCHMARK_CAPTURE(constant_rate, poisson, Spacing::kPoisson);

void ramp(benchmark::State& state, Spacing spacing) {
    run(state, shared(RateProfile::of_stages({{hours(10), 0, 40'000}})), spacing);
}
BENCHMARK_CAPTURE(ramp, even, Spacing::kEven);
BENCHMARK_CAPTURE(ramp, poisson, Spacing::kPoisson);

void thousand_ticks(benchmark::State& state, Spacing spacing) {
    std::vector<double> rates;
    for (int tick = 0; tick < 1000; ++tick) {
        rates.push_back(10'000 + 10 * tick);
    }
    run(state, shared(RateProfile::of_ticks(rates, milliseconds(36'000), hours(10))), spacing);
}
BENCHMARK_CAPTURE(thousand_ticks, even, Spacing::kEven);
BENCHMARK_CAPTURE(thousand_ticks, poisson, Spacing::kPoisson);

void exponential_intervals(benchmark::State& state) {
    const auto distribution = Distribution::create("expovariate", {20'000}).value();
    const auto arrivals = interval_arrivals(distribution, base::Rng(1), std::nullopt);
    for (auto step : state) {
        benchmark::DoNotOptimize(arrivals->next());
    }
}
BENCHMARK(exponential_intervals);

void draw(benchmark::State& state, const char* name, const std::vector<double>& parameters) {
    const auto distribution = Distribution::create(name, parameters).value();
    base::Rng rng(1);
    for (auto step : state) {
        benchmark::DoNotOptimize(distribution.draw(rng));
    }
}
BENCHMARK_CAPTURE(draw, constant, "constant", {1});
BENCHMARK_CAPTURE(draw, uniform, "uniform", {0, 1});
BENCHMARK_CAPTURE(draw, triangular, "triangular", {0, 1, 0.3});
BENCHMARK_CAPTURE(draw, normal, "normalvariate", {0, 1});
BENCHMARK_CAPTURE(draw, lognormal, "lognormvariate", {0, 1});
BENCHMARK_CAPTURE(draw, exponential, "expovariate", {4});
BENCHMARK_CAPTURE(draw, von_mises, "vonmisesvariate", {1, 4});
BENCHMARK_CAPTURE(draw, gamma, "gammavariate", {2, 0.5});
BENCHMARK_CAPTURE(draw, gamma_below_1, "gammavariate", {0.5, 2});
BENCHMARK_CAPTURE(draw, beta, "betavariate", {2, 3});
BENCHMARK_CAPTURE(draw, pareto, "paretovariate", {3});
BENCHMARK_CAPTURE(draw, weibull, "weibullvariate", {2, 1.5});

}  // namespace
}  // namespace galileo::pacing
