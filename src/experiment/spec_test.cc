#include "experiment/spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

namespace galileo::experiment {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr std::string_view kSmall = R"(
services:
  echo:
    routes: ["127.0.0.1:8080"]
workloads:
  - rate: 10
duration: 5s
)";

ExperimentSpec parsed(std::string_view text) {
    auto spec = parse_spec(text, "x.yml");
    EXPECT_TRUE(spec.ok()) << spec.error().message();
    return spec ? *std::move(spec) : ExperimentSpec{};
}

TEST(Spec, FillsDefaultsOfASmallFile) {
    const ExperimentSpec spec = parsed(kSmall);
    EXPECT_EQ(spec.duration, 5s);
    EXPECT_EQ(
        spec.services,
        (std::vector{ServiceSpec{"echo", "CachingSymmetryHostRouter", {{"127.0.0.1:8080", 1}}}}));
    ASSERT_EQ(spec.workloads.size(), 1U);
    const WorkloadSpec& workload = spec.workloads[0];
    EXPECT_EQ(workload.name, "echo");
    EXPECT_EQ(workload.service, "echo");
    EXPECT_EQ(workload.clients, 1U);
    EXPECT_EQ(workload.request.method, "GET");
    EXPECT_EQ(workload.request.path, "/");
    EXPECT_EQ(workload.request.timeout, 30s);
    EXPECT_EQ(std::get<ConstantRate>(workload.profile).per_second, 10);
    EXPECT_EQ(spec.trace_sink, TraceSink::kStream);
    EXPECT_EQ(spec.connection, ConnectionMode::kKeepAlive);
    EXPECT_EQ(spec.drain_timeout, 10s);
    EXPECT_FALSE(spec.seed.has_value());
    EXPECT_TRUE(spec.workers.empty());
}

constexpr std::string_view kEveryKey = R"(
name: all
creator: me
metadata: {a: [1, 2.5, null, "x"], b: {c: true}}
seed: 18446744073709551615
duration: 1m
interval: 30s
connections: 100
connection: per-request
trace: {sink: none, body_limit: 1KiB}
database: a/b.sqlite
drain_timeout: 3s
targets:
  t: {latency: 1ms..2ms, size: 10KB, status: {200: 99, 503: 1}, freeze: [1s@2s]}
workers:
  - labels: {galileo_zone: A}
    threads: 2
  -
services:
  echo:
    router: StaticRouter
    balancer: least-latency
    routes: [{host: "target:t", weight: 2}, "https://example.org/base"]
workloads:
  - name: one
    service: echo
    clients: 3
    worker_labels: {galileo_zone: A}
    method: post
    path: /a?b=c
    headers: {X-A: 1, Accept: null}
    params: {q: [1, 2]}
    cookies: {k: v}
    json: {a: 1}
    timeout: 500ms
    allow_redirects: false
    verify: false
    ticks: [10, 0]
    spacing: poisson
    max_requests: 5
  - {name: two, service: echo, body: text, stages: [{duration: 10s, to: 5}, {duration: 5, rate: 7}]}
  - {name: three, service: echo, data: {a: b}, distribution: [uniform, 0.1, 0.2]}
  - {name: four, service: echo, max: true, in_flight: 4}
  - {name: five, service: echo, app: my-app, parameters: {x: 1}, rate: 1e3}
)";

TEST(Spec, ReadsEveryKeyOfTheExperiment) {
    const ExperimentSpec spec = parsed(kEveryKey);

    EXPECT_EQ(spec.seed, 18446744073709551615U);
    EXPECT_EQ(spec.metadata.dump(), R"({"a":[1,2.5,null,"x"],"b":{"c":true}})");
    EXPECT_EQ(spec.connections, 100U);
    EXPECT_EQ(spec.connection, ConnectionMode::kPerRequest);
    EXPECT_EQ(spec.trace_sink, TraceSink::kNone);
    EXPECT_EQ(spec.trace_body_limit, 1024U);
    EXPECT_EQ(spec.database, "a/b.sqlite");
    EXPECT_EQ(spec.drain_timeout, 3s);
    EXPECT_EQ(spec.targets,
              (std::vector{TargetSpec{"t", "1ms..2ms", 10'000, "200=99,503=1", {"1s@2s"}}}));
    ASSERT_EQ(spec.workers.size(), 2U);
    EXPECT_THAT(spec.workers[0].labels, ElementsAre(Pair("galileo_zone", "A")));
    EXPECT_EQ(spec.workers[0].threads, 2U);
    EXPECT_EQ(spec.workers[1], WorkerSpec{});
    EXPECT_EQ(spec.services[0].router, "StaticRouter");
    EXPECT_EQ(spec.services[0].balancer, "least-latency");
    EXPECT_EQ(spec.services[0].routes[0], (Route{"target:t", 2}));
}

TEST(Spec, ReadsEveryKeyOfWorkloads) {
    const ExperimentSpec spec = parsed(kEveryKey);
    ASSERT_EQ(spec.workloads.size(), 5U);
    const WorkloadSpec& one = spec.workloads[0];
    EXPECT_EQ(one.clients, 3U);
    EXPECT_EQ(one.spacing, pacing::Spacing::kPoisson);
    EXPECT_EQ(one.max_requests, 5U);
    EXPECT_EQ(std::get<Ticks>(one.profile).rates, (std::vector<double>{10, 0}));
    EXPECT_EQ(client_parameters(one).dump(),
              R"({"method":"post","path":"/a?b=c","kwargs":{"headers":{"X-A":"1","Accept":null},)"
              R"("params":{"q":[1,2]},"cookies":{"k":"v"},"json":{"a":1},"timeout":0.5,)"
              R"("allow_redirects":false,"verify":false}})");
    const auto& stages = std::get<Stages>(spec.workloads[1].profile).stages;
    ASSERT_EQ(stages.size(), 2U);
    EXPECT_EQ(stages[0].from, 0);
    EXPECT_EQ(stages[0].to, 5);
    EXPECT_EQ(stages[1].duration, 5s);
    EXPECT_EQ(stages[1].from, 7);
    EXPECT_EQ(std::get<Intervals>(spec.workloads[2].profile).parameters,
              (std::vector<double>{0.1, 0.2}));
    EXPECT_EQ(client_parameters(spec.workloads[2]).dump(),
              R"({"method":"GET","path":"/","kwargs":{"data":{"a":"b"},"timeout":30.0}})");
    EXPECT_EQ(std::get<ClosedLoop>(spec.workloads[3].profile).in_flight, 4U);
    EXPECT_EQ(client_parameters(spec.workloads[4]).dump(), R"({"x":1})");
    EXPECT_EQ(std::get<ConstantRate>(spec.workloads[4].profile).per_second, 1000);
}

TEST(Spec, ReadsJson) {
    const ExperimentSpec spec = parsed(
        "{\n\t\"duration\": 5,\n\t\"services\":{\"echo\":{\"routes\":[\"h\"]}},\n"
        "\t\"workloads\":[{\"rate\":2.5e1,\"body\":\"\\ud83d\\ude00\\u00fc\\/\"}]\n}");
    EXPECT_EQ(spec.duration, 5s);
    EXPECT_EQ(spec.workloads[0].request.body, "😀ü/");
    EXPECT_EQ(std::get<ConstantRate>(spec.workloads[0].profile).per_second, 25);
}

TEST(Spec, StagesContinueWhereTheOneBeforeEnded) {
    const ExperimentSpec spec = parsed(R"(
services: {a: {routes: [h]}}
workloads:
  - stages: [{duration: 1s, to: 10}, {duration: 1s, to: 5}, {duration: 1s, from: 1, to: 2}]
)");
    const auto& stages = std::get<Stages>(spec.workloads[0].profile).stages;
    EXPECT_EQ(stages[1].from, 10);
    EXPECT_EQ(stages[2].from, 1);
    EXPECT_EQ(spec.duration, 3s);
}

TEST(Spec, DurationIsTheLongestProfileWhenNotGiven) {
    const ExperimentSpec spec = parsed(R"(
services: {a: {routes: [h]}}
interval: 2s
workloads:
  - {name: x, ticks: [1, 2, 3]}
  - {name: y, stages: [{duration: 5s, rate: 1}]}
)");
    EXPECT_EQ(spec.duration, 6s);
    EXPECT_EQ(workload_duration(spec, spec.workloads[0]), 6s);
    EXPECT_EQ(workload_duration(spec, spec.workloads[1]), 5s);
}

TEST(Spec, DistributionsTakeNamedParametersWithDefaults) {
    const auto parameters = [](std::string_view distribution) {
        const ExperimentSpec spec =
            parsed("services: {a: {routes: [h]}}\nduration: 1s\nworkloads:\n  - distribution: " +
                   std::string(distribution));
        return std::get<Intervals>(spec.workloads[0].profile).parameters;
    };
    using Values = std::vector<double>;
    EXPECT_EQ(parameters("{name: constant, interval: 0.5}"), Values{0.5});
    EXPECT_EQ(parameters("{sigma: 2, mu: 1, name: lognormvariate}"), (Values{1, 2}));
    EXPECT_EQ(parameters("{name: triangular}"), (Values{0, 1}));
    EXPECT_EQ(parameters("{name: triangular, mode: 0.9}"), (Values{0, 1, 0.9}));
    EXPECT_EQ(parameters("{name: gauss, sigma: 3}"), (Values{0, 3}));
    EXPECT_EQ(parameters("[expovariate, 4]"), Values{4});
}

TEST(Spec, AnchorsAndAliasesAreFollowed) {
    const ExperimentSpec spec = parsed(R"(
services: {a: {routes: [h]}}
duration: 1s
workloads:
  - {name: x, rate: 1, headers: &common {A: b}}
  - {name: y, rate: 1, headers: *common}
)");
    EXPECT_EQ(spec.workloads[1].request.headers.dump(), R"({"A":"b"})");
}

TEST(Spec, HostsWithPortsNeedNoQuotes) {
    const ExperimentSpec spec = parsed(R"(
targets: {a: {}}
services:
  a:
    routes: [{host: target:a}, 127.0.0.1:80, https://h:1/x]
  b:
    routes:
      - 127.0.0.1:80
      - "[::1]:80"
duration: 1s
workloads: [{service: a, rate: 1}]
)");
    ASSERT_EQ(spec.services[0].routes.size(), 3U);
    EXPECT_EQ(spec.services[0].routes[0].host, "target:a");
    EXPECT_EQ(spec.services[0].routes[1].host, "127.0.0.1:80");
    EXPECT_EQ(spec.services[0].routes[2].host, "https://h:1/x");
    EXPECT_EQ(spec.services[1].routes[1].host, "[::1]:80");
}

TEST(Spec, PlansRequests) {
    const ExperimentSpec spec = parsed(R"(
services: {a: {routes: [h]}}
duration: 10s
workloads:
  - {name: rate, rate: 100}
  - {name: ramp, stages: [{duration: 4s, to: 100}, {duration: 6s, rate: 100}]}
  - {name: few, rate: 100, max_requests: 7}
  - {name: fixed, clients: 3, distribution: [constant, 2]}
  - {name: random, distribution: [expovariate, 2]}
  - {name: closed, max: true}
  - {name: closed-few, max: true, max_requests: 9}
)");
    const auto planned = [&](std::size_t at) { return planned_requests(spec, spec.workloads[at]); };
    EXPECT_EQ(planned(0), 1000U);
    EXPECT_EQ(planned(1), 800U);
    EXPECT_EQ(planned(2), 7U);
    EXPECT_EQ(planned(3), 12U);  // after 2, 4, 6 and 8 s; the end is not a start
    EXPECT_EQ(planned(4), std::nullopt);
    EXPECT_EQ(planned(5), std::nullopt);
    EXPECT_EQ(planned(6), 9U);
    EXPECT_FALSE(rate_profile(spec, spec.workloads[4]).has_value());
    EXPECT_EQ(rate_profile(spec, spec.workloads[1])->rate_at(2s), 50);
}

TEST(Spec, DescribesProfiles) {
    const ExperimentSpec spec = parsed(R"(
services: {a: {routes: [h]}}
duration: 20s
interval: 10s
workloads:
  - {name: a1, rate: 1500, spacing: poisson}
  - {name: a2, stages: [{duration: 10s, to: 2000}, {duration: 10s, rate: 2000}]}
  - {name: a3, ticks: [0.5, 20]}
  - {name: a4, distribution: [uniform, 0.1, 0.2]}
  - {name: a5, max: true, in_flight: 2}
)");
    const auto text = [&](std::size_t at) { return describe_profile(spec, spec.workloads[at]); };
    EXPECT_EQ(text(0), "1,500/s, Poisson");
    EXPECT_EQ(text(1), "0 → 2,000/s in 10s, 2,000/s for 10s");
    EXPECT_EQ(text(2), "2 ticks of 10s, 0.5/s to 20/s");
    EXPECT_EQ(text(3), "uniform(0.1, 0.2) per client");
    EXPECT_EQ(text(4), "closed loop, 2 in flight per client");
}

TEST(Spec, ChecksWhatFlagsBuiltByTheSameRules) {
    ExperimentSpec spec;
    spec.services.push_back({"web", "CachingSymmetryHostRouter", {{"127.0.0.1:1", 1}}});
    spec.workloads.emplace_back();
    spec.workloads[0].profile = Stages{{{2s, 0, 10}}};
    EXPECT_TRUE(check_spec(spec).empty());
    EXPECT_EQ(spec.duration, 2s);
    EXPECT_EQ(spec.workloads[0].name, "web");

    spec.workloads[0].profile = ConstantRate{-1};
    spec.workloads[0].clients = 0;
    EXPECT_EQ(check_spec(spec).to_text(),
              "workloads[0].clients: given 0; allowed: whole number, 1 to 1000000\n"
              "workloads[0].rate: given -1; allowed: number above 0, at most 1e9");
}

TEST(Spec, MatchesLabels) {
    const Labels labels = {{"galileo_zone", "A"}, {"galileo_gpu", "1"}};
    EXPECT_TRUE(matches_labels(labels, {}));
    EXPECT_TRUE(matches_labels(labels, {{"galileo_zone", "A"}}));
    EXPECT_FALSE(matches_labels(labels, {{"galileo_zone", "B"}}));
    EXPECT_FALSE(matches_labels(labels, {{"galileo_disk", "A"}}));
}

TEST(Spec, LoadsFilesWithinTheLimit) {
    const auto missing = load_spec("/nowhere/x.yml");
    ASSERT_FALSE(missing.ok());
    EXPECT_EQ(missing.error().code(), ErrorCode::kNotFound);
    EXPECT_THAT(missing.error().message(), HasSubstr("/nowhere/x.yml"));

    const auto folder = load_spec("/");
    EXPECT_FALSE(folder.ok());

    const auto endless = load_spec("/dev/zero");
    ASSERT_FALSE(endless.ok());
    EXPECT_EQ(endless.error().message(), "/dev/zero: larger than 1048576 bytes");
}

TEST(Spec, NamesTargets) {
    EXPECT_EQ(target_name("target:a"), "a");
    EXPECT_EQ(target_name("target"), std::nullopt);
    EXPECT_EQ(target_name("host:80"), std::nullopt);
}

}  // namespace
}  // namespace galileo::experiment
