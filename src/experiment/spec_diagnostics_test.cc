// What is said about wrong files: where, what was given, what is allowed.
#include "experiment/spec_diagnostics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/random.h"
#include "experiment/spec.h"
#include "experiment/spec_document.h"

namespace galileo::experiment {
namespace {

using testing::HasSubstr;

/// The message for a file, without its name; `ok` when nothing is wrong with it.
std::string complaint(std::string_view text) {
    SpecDiagnostics diagnostics;
    const auto spec = parse_spec(text, "", &diagnostics);
    EXPECT_EQ(spec.ok(), diagnostics.empty());
    if (!spec) {
        EXPECT_EQ(spec.error().message(), diagnostics.to_text());
        EXPECT_EQ(spec.error().code(), ErrorCode::kInvalidInput);
    }
    return spec ? "ok" : diagnostics.to_text();
}

/// A correct file around the lines of one workload, which begin in line 4.
std::string workload(std::string_view lines) {
    return "services: {web: {routes: [h]}}\nduration: 10s\nworkloads:\n  - " + std::string(lines);
}

/// A correct file after the given lines, which begin in line 1.
std::string root(std::string_view lines) {
    return std::string(lines) +
           "\nservices: {web: {routes: [h]}}\nworkloads: [{rate: 1}]\nduration: 10s\n";
}

struct Case {
    const char* name;
    std::string text;
    std::string complaint;
};
void PrintTo(const Case& wrong, std::ostream* out) {
    *out << wrong.name;
}

const auto kName = [](const auto& test) { return std::string(test.param.name); };

class WrongSpec : public testing::TestWithParam<Case> {};

TEST_P(WrongSpec, SaysWhereWhatAndWhatIsAllowed) {
    EXPECT_EQ(complaint(GetParam().text), GetParam().complaint);
}

INSTANTIATE_TEST_SUITE_P(
    Syntax,
    WrongSpec,
    testing::Values(
        Case{"empty", "",
             "services: required; allowed: at least one service and its routes\n"
             "workloads: required; allowed: a list of at least one workload"},
        Case{
            "not_a_mapping", "- a\n",
            "1:1: given a list of 1; allowed: a mapping of the keys name, creator, metadata, seed, "
            "duration, interval, services, workloads, workers, targets, connections, connection, "
            "trace, database, drain_timeout\n"
            "1:1: services: required; allowed: at least one service and its routes\n"
            "1:1: workloads: required; allowed: a list of at least one workload"},
        Case{"yaml", "a: b: c\n", "1:5: not valid YAML: illegal map value"},
        Case{"tab", "services:\n\ta: 1\n", "2:3: not valid YAML: illegal map value"},
        Case{"open_list", "a: [1, 2\n", "2:1: not valid YAML: end of sequence flow not found"},
        Case{"open_quote", "a: 1\nb: 'x\n", "2:4: the quote that opens here is never closed"},
        Case{"open_double_quote", "b: \"x\\\"\n", "1:4: the quote that opens here is never closed"},
        Case{
            "second_document", "a: 1\n---\nb: 2\n",
            "2:1: unexpected text after the end of the first value: wrong indentation, or a second "
            "document"},
        Case{"tag", "a: !!python/object x\n",
             "1:4: tags are not supported: "
             "'tag:yaml.org,2002:python/object'"},
        Case{"list_as_key", "? [a]\n: b\n", "1:3: a key must be one word or quoted text"},
        Case{"bytes", "a: \xff\n", "1:4: byte 0xff is not UTF-8 text"},
        Case{"control", std::string("a: \x01 b\n"), "1:4: control character 0x01"},
        Case{"nul", std::string("a: \0 b\n", 7), "1:4: control character 0x00"},
        Case{"unknown_alias", "a: *b\n",
             "1:4: not valid YAML: the referenced anchor is not defined"},
        Case{"alias_of_itself", "a: &b [*b]\n",
             "1:8: an alias inside the value that it stands for"}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Keys,
    WrongSpec,
    testing::Values(
        Case{
            "unknown", workload("rate: 1\n    client: 2"),
            "5:5: workloads[0].client: unknown key; did you mean 'clients'? allowed: name, "
            "service, "
            "clients, worker_labels, method, path, headers, params, cookies, body, json, data, "
            "timeout, allow_redirects, verify, app, parameters, rate, ticks, stages, distribution, "
            "max, in_flight, spacing, max_requests"},
        Case{"far_from_all", root("trace: {xyz: 1}"),
             "1:9: trace.xyz: unknown key; allowed: sink, body_limit"},
        Case{
            "typo_hides_what_is_missing",
            "servces: {a: {routes: [h]}}\nworkloads: [{rate: 1}]\nduration: 1s",
            "1:1: servces: unknown key; did you mean 'services'? allowed: name, creator, metadata, "
            "seed, duration, interval, services, workloads, workers, targets, connections, "
            "connection, trace, database, drain_timeout"},
        Case{"twice", root("name: a\nname: b"),
             "2:1: name: the key is given twice, first in line 1"},
        Case{"twice_inside", root("metadata:\n  a: {b: 1, b: 2}"),
             "2:13: metadata.a.b: the key is given twice, first in line 2"},
        Case{
            "merge_key", root("trace: {<<: {sink: none}}"),
            "1:9: trace.<<: unknown key; merge keys are not supported; allowed: sink, body_limit"}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Values,
    WrongSpec,
    testing::Values(
        Case{"negative_rate", workload("rate: -5"),
             "4:11: workloads[0].rate: given -5; allowed: number above 0, at most 1e9"},
        Case{"zero_rate", workload("rate: 0"),
             "4:11: workloads[0].rate: given 0; allowed: number above 0, at most 1e9"},
        Case{"nan_rate", workload("rate: .nan"),
             "4:11: workloads[0].rate: given '.nan'; allowed: number above 0, at most 1e9"},
        Case{"infinite_rate", workload("rate: .inf"),
             "4:11: workloads[0].rate: given '.inf'; allowed: number above 0, at most 1e9"},
        Case{"huge_rate", workload("rate: 2e9"),
             "4:11: workloads[0].rate: given 2000000000; allowed: number above 0, at most 1e9"},
        Case{"text_rate", workload("rate: fast"),
             "4:11: workloads[0].rate: given 'fast'; allowed: number above 0, at most 1e9"},
        Case{"quoted_rate", workload("rate: \"5\""),
             "4:11: workloads[0].rate: given the text '5'; allowed: number above 0, at most 1e9"},
        Case{"empty_rate", workload("rate:"),
             "4:5: workloads[0].rate: given nothing; allowed: number above 0, at most 1e9"},
        Case{"too_many_clients", workload("rate: 1\n    clients: 1000001"),
             "5:14: workloads[0].clients: given 1000001; allowed: whole number, 1 to 1000000"},
        Case{"half_a_client", workload("rate: 1\n    clients: 1.5"),
             "5:14: workloads[0].clients: given '1.5'; allowed: whole number, 1 to 1000000"},
        Case{"negative_seed", root("seed: -1"),
             "1:7: seed: given '-1'; allowed: whole number, 0 to 18446744073709551615"},
        Case{"large_seed", root("seed: 18446744073709551616"),
             "1:7: seed: given '18446744073709551616'; allowed: whole number, 0 to "
             "18446744073709551615"},
        Case{"duration",
             "services: {web: {routes: [h]}}\nworkloads: [{rate: 1}]\nduration: 10 parsecs",
             "3:11: duration: given '10 parsecs'; allowed: duration, above 0, at most 366d"},
        Case{"no_duration", "services: {web: {routes: [h]}}\nworkloads: [{rate: 1}]\n",
             "1:1: duration: required, as workloads[0] has no end of its own; allowed: duration, "
             "above 0, at most 366d"},
        Case{"zero_duration",
             "services: {web: {routes: [h]}}\nworkloads: [{rate: 1}]\nduration: 0s",
             "3:11: duration: given '0s'; allowed: duration, above 0, at most 366d"},
        Case{"long_duration",
             "services: {web: {routes: [h]}}\nworkloads: [{rate: 1}]\nduration: 400d",
             "3:11: duration: given 9600h; allowed: duration, above 0, at most 366d"},
        Case{"choice", root("connection: keepalive"),
             "1:13: connection: given 'keepalive'; did you mean 'keep-alive'? allowed: keep-alive, "
             "per-request"},
        Case{"boolean", workload("rate: 1\n    verify: yes"),
             "5:13: workloads[0].verify: given 'yes'; allowed: 'true', 'false'"},
        Case{"false_max", workload("max: false"),
             "4:10: workloads[0].max: given 'false'; allowed: 'true'"},
        Case{"size", root("trace: {body_limit: 2GiB}"),
             "1:21: trace.body_limit: given 2147483648; allowed: size, at most 1GiB"},
        Case{"metadata", root("metadata: [1]"),
             "1:11: metadata: given a list of 1; allowed: mapping, any content"},
        Case{"infinite_metadata", root("metadata: {a: [1, .inf]}"),
             "1:11: metadata.a[1]: allowed: finite numbers"},
        Case{"method", workload("rate: 1\n    method: G T"),
             "5:13: workloads[0].method: given 'G T'; allowed: HTTP method, any case"},
        Case{"path", workload("rate: 1\n    path: index"),
             "5:11: workloads[0].path: given 'index'; allowed: text that begins with '/'"},
        Case{"header_injection", workload("rate: 1\n    headers: {A: \"b\\r\\nC: d\"}"),
             "5:18: workloads[0].headers.A: allowed: text in one line, without control characters"},
        Case{"header_list", workload("rate: 1\n    headers: {A: [b]}"),
             "5:18: workloads[0].headers.A: given a list of 1; allowed: text, or null for none"},
        Case{"param_mapping", workload("rate: 1\n    params: {a: {b: c}}"),
             "5:13: workloads[0].params.a: allowed: a scalar or a list of scalars"},
        Case{"two_bodies", workload("rate: 1\n    body: a\n    json: b"),
             "4:5: workloads[0]: allowed: at most one of 'body', 'json' and 'data'"}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Profiles,
    WrongSpec,
    testing::Values(
        Case{"none", workload("clients: 1"),
             "4:5: workloads[0]: given none; allowed: exactly one of 'rate', 'ticks', 'stages', "
             "'distribution' and 'max'"},
        Case{"two", workload("rate: 1\n    max: true"),
             "4:5: workloads[0]: given rate and max; allowed: exactly one of 'rate', 'ticks', "
             "'stages', 'distribution' and 'max'"},
        Case{"ticks_without_interval", workload("ticks: [1, 2]"),
             "1:1: interval: required with 'ticks' (of workloads[0]); allowed: duration, above 0"},
        Case{"too_few_ticks", workload("ticks: [1, 2]\ninterval: 3s"),
             "4:12: workloads[0].ticks: given 2; a duration of 10s holds 4 intervals of 3s"},
        Case{"wrong_tick", workload("ticks: [1, -2, x]\ninterval: 4s"),
             "4:16: workloads[0].ticks[1]: given -2; allowed: number, 0 to 1e9\n"
             "4:20: workloads[0].ticks[2]: given 'x'; allowed: number, 0 to 1e9"},
        Case{"no_load_in_ticks", workload("ticks: [0, 0]\ninterval: 5s"),
             "4:12: workloads[0].ticks: all rates are 0; allowed: at least one above 0"},
        Case{"empty_stages", workload("stages: []"),
             "4:13: workloads[0].stages: given an empty list; allowed: at least one stage"},
        Case{"stage_without_duration", workload("stages: [{to: 5}]"),
             "4:14: workloads[0].stages[0].duration: required; allowed: duration, above 0"},
        Case{"stage_without_rate", workload("stages: [{duration: 5s}]"),
             "4:14: workloads[0].stages[0]: allowed: either 'rate', to hold it, or 'to' (and "
             "'from')"},
        Case{"stage_of_no_length", workload("stages: [{duration: 0s, to: 5}]"),
             "4:25: workloads[0].stages[0].duration: given 0s; allowed: above 0, at most 366d"},
        Case{"long_stages", workload("stages: [{duration: 11s, to: 5}]"),
             "4:13: workloads[0].stages: the stages last 11s, longer than 'duration', 10s"},
        Case{"negative_stage", workload("stages: [{duration: 5s, to: -5}]"),
             "4:33: workloads[0].stages[0].to: given -5; allowed: number, 0 to 1e9"},
        Case{
            "distribution_name", workload("distribution: {name: expvariate, lambd: 1}"),
            "4:26: workloads[0].distribution.name: given 'expvariate'; did you mean 'expovariate'? "
            "allowed: constant, uniform, triangular, normalvariate, gauss, lognormvariate, "
            "expovariate, vonmisesvariate, gammavariate, betavariate, paretovariate, "
            "weibullvariate"},
        Case{"distribution_parameter", workload("distribution: {name: expovariate, lambda: 1}"),
             "4:39: workloads[0].distribution.lambda: not a parameter of expovariate; did you mean "
             "'lambd'? allowed: name, lambd"},
        Case{"distribution_lacks_parameter", workload("distribution: {name: uniform, a: 1}"),
             "4:19: workloads[0].distribution.b: required with uniform; allowed: a number"},
        Case{"spacing_of_a_closed_loop", workload("max: true\n    spacing: even"),
             "5:14: workloads[0].spacing: has no effect without 'rate', 'ticks' or 'stages'"},
        Case{"in_flight_of_an_open_loop", workload("rate: 1\n    in_flight: 2"),
             "5:16: workloads[0].in_flight: has no effect without 'max'"},
        Case{"request_of_an_app", workload("rate: 1\n    app: x\n    path: /y"),
             "6:11: workloads[0].path: has no effect with 'app', which makes the requests"}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    References,
    WrongSpec,
    testing::Values(
        Case{"service", workload("rate: 1\n    service: wib"),
             "5:14: workloads[0].service: no service 'wib'; did you mean 'web'? allowed: web"},
        Case{"which_service",
             "services: {a: {routes: [h]}, b: {routes: [h]}}\nworkloads: [{rate: 1}]\nduration: 1s",
             "2:13: workloads[0].service: required, as there are 2 services; allowed: a, b"},
        Case{"same_name", workload("rate: 1\n  - rate: 2"),
             "5:5: workloads[1].name: another workload is called 'web' already; give each a 'name' "
             "of its own"},
        Case{"target",
             "targets: {abc: {}}\nservices: {a: {routes: [\"target:abd\"]}}\n"
             "workloads: [{rate: 1}]\nduration: 1s",
             "2:25: services.a.routes[0].host: no target 'abd'; did you mean 'abc'? allowed: abc"},
        Case{"no_targets",
             "services: {a: {routes: [\"target:x\"]}}\nworkloads: [{rate: 1}]\nduration: 1s",
             "1:25: services.a.routes[0].host: no target 'x': there is no 'targets'"},
        Case{"labels",
             workload("rate: 1\n    worker_labels: {galileo_zone: C}\n"
                      "workers: [{labels: {galileo_zone: A}}, {labels: {galileo_zone: B}}]"),
             "5:20: workloads[0].worker_labels: none of 'workers' has all of these; they have "
             "galileo_zone: A, galileo_zone: B"},
        Case{"labels_of_none",
             workload("rate: 1\n    worker_labels: {galileo_zone: C}\nworkers: 2"),
             "5:20: workloads[0].worker_labels: none of 'workers' has any labels"},
        Case{"label_name", workload("rate: 1\n    worker_labels: {zone: C}"),
             "5:27: workloads[0].worker_labels.zone: no worker can have this label; allowed: names "
             "that begin with 'galileo_'"},
        Case{"worker_label_name", root("workers: [{labels: {zone: A}}]"),
             "1:27: workers[0].labels.zone: allowed: names that begin with 'galileo_', of letters, "
             "digits and '_'"},
        Case{"label_that_configures", root("workers: [{labels: {galileo_redis_host: A}}]"),
             "1:41: workers[0].labels.galileo_redis_host: configures Galileo itself; allowed: "
             "labels "
             "of your own, such as galileo_zone"},
        Case{"secret_label", root("workers: [{labels: {galileo_my_token: A}}]"),
             "1:39: workers[0].labels.galileo_my_token: may hold a secret, which never becomes a "
             "label; allowed: names without password, token, secret and key"},
        Case{"no_workers", root("workers: 0"),
             "1:10: workers: given '0'; allowed: whole number, 1 to 256, or list of workers"},
        Case{"service_name",
             "services: {\"a,b\": {routes: [h]}}\nworkloads: [{rate: 1}]\nduration: 1s",
             "1:19: services.a,b: 'a,b' cannot be the name of a service; allowed: letters, digits, "
             "'.', '_' and '-', at most 50"},
        Case{"router",
             "services: {a: {router: Round, routes: [h]}}\nworkloads: [{rate: 1}]\nduration: 1s",
             "1:24: services.a.router: given 'Round'; allowed: CachingSymmetryHostRouter, "
             "SymmetryHostRouter, CachingSymmetryServiceRouter, SymmetryServiceRouter, "
             "StaticRouter, "
             "DebugRouter"}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Routes,
    WrongSpec,
    testing::Values(
        Case{"weights",
             "services: {a: {routes: [{host: h, weight: 1.5}, {host: i, weight: -1}]}}\n"
             "workloads: [{rate: 1}]\nduration: 1s",
             "1:43: services.a.routes[0].weight: given 1.5; allowed: whole number, 0 to 1000000\n"
             "1:67: services.a.routes[1].weight: given -1; allowed: whole number, 0 to 1000000"},
        Case{
            "all_zero",
            "services: {a: {routes: [{host: h, weight: 0}]}}\nworkloads: [{rate: 1}]\nduration: 1s",
            "1:24: services.a.routes: all weights are 0; allowed: at least one above 0"},
        Case{"twice", "services: {a: {routes: [h, h]}}\nworkloads: [{rate: 1}]\nduration: 1s",
             "1:28: services.a.routes[1]: 'h' is listed twice; give it one route with a weight"},
        Case{"no_host",
             "services: {a: {routes: [{weight: 1}]}}\nworkloads: [{rate: 1}]\nduration: 1s",
             "1:25: services.a.routes[0].host: required; allowed: 'host', 'host:port' or "
             "'[v6]:port', optionally with 'http://' or 'https://' before and a path behind; or "
             "'target:NAME'"}),
    kName);

TEST(SpecDiagnostics, BadHostsAndTargetsAreExplained) {
    EXPECT_THAT(complaint("services: {a: {routes: [\"h:99999\"]}}\nworkloads: [{rate: 1}]\n"
                          "duration: 1s"),
                HasSubstr("1:25: services.a.routes[0].host: "));
    const auto target = [](std::string_view keys) {
        return complaint(root("targets: {t: {" + std::string(keys) + "}}"));
    };
    EXPECT_THAT(target("latency: soon"), HasSubstr("1:24: targets.t.latency: "));
    EXPECT_THAT(target("status: 99"), HasSubstr("1:23: targets.t.status: "));
    EXPECT_THAT(target("status: {200: 0}"), HasSubstr("1:23: targets.t.status: "));
    EXPECT_THAT(target("freeze: 1s"), HasSubstr("1:23: targets.t.freeze: "));
    EXPECT_THAT(target("size: 2GiB"), HasSubstr("1:21: targets.t.size: given 2147483648"));
    EXPECT_EQ(target("latency: 1ms..3ms, status: 503"), "ok");
}

TEST(SpecDiagnostics, AllProblemsComeAtOnceInTheOrderOfTheFile) {
    SpecDiagnostics diagnostics;
    const auto spec = parse_spec(R"(seed: x
workloads:
  - rate: -1
    clients: none
    spasing: even
services:
  web:
    routes: [{host: h, weight: 0}]
)",
                                 "bad.yml", &diagnostics);
    ASSERT_FALSE(spec.ok());
    ASSERT_EQ(diagnostics.problems.size(), 6U);
    EXPECT_EQ(diagnostics.problems[0].key, "duration");
    EXPECT_EQ(diagnostics.problems[1],
              (SpecDiagnostic{1, 7, "seed",
                              "given 'x'; allowed: whole number, 0 to 18446744073709551615"}));
    EXPECT_EQ(diagnostics.problems[2].key, "workloads[0].rate");
    EXPECT_EQ(diagnostics.problems[3].key, "workloads[0].clients");
    EXPECT_EQ(diagnostics.problems[4].key, "workloads[0].spasing");
    EXPECT_EQ(diagnostics.problems[5].key, "services.web.routes");
    EXPECT_THAT(spec.error().message(), HasSubstr("bad.yml:3:11: workloads[0].rate: given -1"));
}

TEST(SpecDiagnostics, MoreThanTwentyAreOnlyCounted) {
    std::string ticks = "x";
    for (int at = 1; at < 5000; ++at) {
        ticks += ", x";
    }
    SpecDiagnostics diagnostics;
    const auto spec =
        parse_spec(workload("ticks: [" + ticks + "]\ninterval: 2ms"), "x.yml", &diagnostics);
    EXPECT_FALSE(spec.ok());
    EXPECT_EQ(diagnostics.problems.size(), SpecDiagnostics::kLimit);
    EXPECT_EQ(diagnostics.left_out, 4980U);
    EXPECT_THAT(spec.error().message(), testing::EndsWith("\n… and 4980 more"));
}

TEST(SpecDiagnostics, DeepNestingIsRefused) {
    EXPECT_THAT(complaint(std::string(5000, '[')), HasSubstr("nested deeper than 32 levels"));
    EXPECT_THAT(complaint(std::string(500'000, '{')), HasSubstr("nested deeper than 32 levels"));
    std::string steps;
    for (int at = 0; at < 100; ++at) {
        steps += std::string(static_cast<std::size_t>(at), ' ') + "a:\n";
    }
    EXPECT_THAT(complaint(steps), HasSubstr("33:33: nested deeper than 32 levels"));
    std::string dashes;
    for (int at = 0; at < 100'000; ++at) {
        dashes += "- ";
    }
    EXPECT_THAT(complaint(dashes), HasSubstr("nested deeper than 32 levels"));
}

TEST(SpecDiagnostics, AliasBombsAreRefused) {
    std::string bomb = "metadata:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int level = 1; level < 10; ++level) {
        const std::string before = "*a" + std::to_string(level - 1);
        bomb += "  a" + std::to_string(level) + ": &a" + std::to_string(level) + " [" + before;
        for (int copy = 1; copy < 10; ++copy) {
            bomb += ", " + before;
        }
        bomb += "]\n";
    }
    EXPECT_THAT(complaint(bomb),
                HasSubstr("more than 250000 values, with aliases counted in full"));
}

TEST(SpecDiagnostics, LargeTextsAreRefused) {
    EXPECT_EQ(complaint(std::string(kMaxSpecBytes + 1, ' ')), "larger than 1048576 bytes");
    EXPECT_THAT(complaint("a: " + std::string(1'000'000, 'x')), HasSubstr("1:1: a: unknown key"));
}

TEST(SpecDiagnostics, LongAndForeignTextsAreShownShort) {
    const std::string text = complaint(root("connection: \"" + std::string(500, 'x') + "\\n\""));
    EXPECT_THAT(text, HasSubstr("given the text 'xxxxxx"));
    EXPECT_LT(text.size(), 200U);
}

/// Whatever the bytes, the parser answers; seeds are fixed, so a failure repeats.
TEST(SpecDiagnostics, MutatedFilesNeverCrash) {
    const std::string valid = root(
        "metadata: {a: [1, 2], b: &x {c: d}, e: *x}\ntargets: {t: {latency: 1ms}}\n"
        "workers: [{labels: {galileo_zone: A}, threads: 2}]\ntrace: {sink: none}");
    const std::string alphabet = "{}[]:,-#&*!|>'\"%@`? \n\tab019.~<";
    base::Rng rng(20240601);
    for (int round = 0; round < 3000; ++round) {
        std::string text = valid;
        for (std::uint64_t edits = 1 + rng.below(8); edits > 0; --edits) {
            const auto at = static_cast<std::size_t>(rng.below(text.size()));
            switch (rng.below(3)) {
                case 0:
                    text[at] = alphabet[static_cast<std::size_t>(rng.below(alphabet.size()))];
                    break;
                case 1:
                    text.erase(at, static_cast<std::size_t>(1 + rng.below(10)));
                    break;
                default:
                    text.insert(at, text.substr(static_cast<std::size_t>(rng.below(text.size())),
                                                static_cast<std::size_t>(rng.below(20))));
            }
            text += text.empty() ? " " : "";
        }
        SpecDiagnostics diagnostics;
        const auto spec = parse_spec(text, "x", &diagnostics);
        ASSERT_EQ(spec.ok(), diagnostics.empty()) << "round " << round << ":\n" << text;
    }
}

}  // namespace
}  // namespace galileo::experiment
