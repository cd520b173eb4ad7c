#include "coord/run_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"

namespace galileo::coord {
namespace {

using model::Json;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

PrepareRun full_prepare() {
    WorkloadAssignment open;
    open.workload = "load";
    open.config.service = "echo";
    open.config.parameters = Json::parse(R"({"method": "get", "kwargs": {"timeout": 3}})");
    open.config.worker_labels = Json::parse(R"({"galileo_zone": "A"})");
    open.router = "CachingSymmetryHostRouter";
    open.balancer = "least-latency";
    open.clients = 3;
    open.first_client = 1;
    open.client_stride = 2;
    open.clients_in_all = 6;
    open.spacing = ArrivalSpacing::kPoisson;
    open.stages = {{10s, 0, 2000}, {5500ms, 2000, 1e-5}};
    open.duration = 15500ms;
    open.max_requests = 12345;
    open.timeout = 30s;
    WorkloadAssignment closed;
    closed.workload = "max";
    closed.config.service = "echo";
    closed.config.client = "app";
    closed.model = LoadModel::kClosed;
    closed.distribution = "uniform";
    closed.parameters = {0.1, 2};
    closed.in_flight = 7;
    PrepareRun run;
    run.run_id = "202611240231-7828";
    run.seed = 0xffffffffffffffffULL;
    run.trace_sink = RunTraceSink::kNone;
    run.body_limit = 0;
    run.connections = 100;
    run.keep_alive = false;
    run.workloads = {open, closed};
    return run;
}

/// Through the text that travels.
template <typename T>
Result<T> again(const T& message, Result<T> (*from_json)(const Json&)) {
    const auto text = model::to_python_json(to_json(message));
    return from_json(TRY(model::parse_json(text)));
}

TEST(RunProtocol, EveryMessageSurvivesTheWire) {
    EXPECT_EQ(again(full_prepare(), prepare_run_from_json).value(), full_prepare());
    const PreparedRun prepared{4, 2, "0.1.0", 65536};
    EXPECT_EQ(again(prepared, prepared_run_from_json).value(), prepared);
    const StartRun start{"r", 1795487519.2395468};
    EXPECT_EQ(again(start, start_run_from_json).value(), start);
    const StopRun stop{"r", "user"};
    EXPECT_EQ(again(stop, stop_run_from_json).value(), stop);
    const SpawnIntoRun spawn{"r", full_prepare().workloads[0].config, 3};
    EXPECT_EQ(again(spawn, spawn_into_run_from_json).value(), spawn);
    const SpawnedIntoRun spawned{
        {{"w:echo:0", "w", spawn.config}, {"w:echo:1", "w", spawn.config}}};
    EXPECT_EQ(again(spawned, spawned_into_run_from_json).value(), spawned);
    const FinishRun finish{"r", 10s, true};
    EXPECT_EQ(again(finish, finish_run_from_json).value(), finish);
}

TEST(RunProtocol, AccountKeepsTheSnapshotExactly) {
    RunAccount account;
    account.worker = "w1";
    account.state = WorkerRunState::kFinished;
    account.traces_shipped = 10;
    account.traces_lost = 3;
    account.lost_reasons = {{"memory", 1}, {"redis", 2}};
    auto& tally = account.snapshot.services["echo"];
    tally.sent = 13;
    tally.statuses[200] = 13;
    tally.intended.record(5ms);
    const auto read = again(account, run_account_from_json);
    ASSERT_TRUE(read.ok()) << read.error().message();
    EXPECT_EQ(read->worker, "w1");
    EXPECT_EQ(read->state, WorkerRunState::kFinished);
    EXPECT_EQ(read->lost_reasons, account.lost_reasons);
    EXPECT_EQ(stats::encode(read->snapshot), stats::encode(account.snapshot));
}

TEST(RunProtocol, MissingKeysTakeDefaultsAndUnknownOnesAreIgnored) {
    const auto run = prepare_run_from_json(Json::parse(
        R"({"run_id": "r", "later": [], "workloads": [{"config": ["echo"], "x": 1}]})"));
    ASSERT_TRUE(run.ok()) << run.error().message();
    PrepareRun expected;
    expected.run_id = "r";
    expected.workloads.resize(1);
    expected.workloads[0].config.service = "echo";
    EXPECT_EQ(*run, expected);
}

TEST(RunProtocol, ErrorsNameTheKey) {
    struct Row {
        std::string json;
        std::string says;
    };
    for (const auto& row : std::initializer_list<Row>{
             {"[]", "prepare: want a JSON object"},
             {R"({"run_id": 5})", "run_id: want text"},
             {R"({"seed": -1})", "seed: want a whole number from 0"},
             {R"({"seed": 1.5})", "seed: want a whole number from 0"},
             {R"({"keep_alive": 1})", "keep_alive: want true or false"},
             {R"({"trace_sink": "disk"})",
              "trace_sink: 'disk' is unknown; allowed are none, stream"},
             {R"({"workloads": {}})", "workloads: want a list"},
             {R"({"workloads": [5]})", "workloads: want a JSON object"},
             {R"({"workloads": [{"config": 1}]})", "config: ClientConfig: expected a list"},
             {R"({"workloads": [{"duration_ns": 1e300}]})", "duration_ns: want a whole number"},
             {R"({"workloads": [{"duration_ns": 18446744073709551615}]})",
              "duration_ns: more than 292 years"},
             {R"({"workloads": [{"parameters": ["x"]}]})", "parameters: want a list of numbers"},
             {R"({"workloads": [{"stages": [{"from": "x"}]}]})", "from: want a finite number"},
         }) {
        const auto run = prepare_run_from_json(Json::parse(row.json));
        ASSERT_FALSE(run.ok()) << row.json;
        EXPECT_EQ(run.error().code(), ErrorCode::kInvalidInput);
        EXPECT_THAT(run.error().message(), HasSubstr(row.says)) << row.json;
    }
    for (const std::string snapshot : {"!!!!", "AAAA"}) {
        auto account = Json::object();
        account["snapshot"] = snapshot;
        EXPECT_THAT(run_account_from_json(account).error().message(), HasSubstr("snapshot"));
    }
    EXPECT_THAT(
        run_account_from_json(Json::parse(R"({"lost_reasons": {"a": "b"}})")).error().message(),
        HasSubstr("lost_reasons: want an object of numbers"));
    const auto infinite = model::parse_json(R"({"workloads": [{"parameters": [NaN]}]})");
    EXPECT_THAT(prepare_run_from_json(*infinite).error().message(), HasSubstr("parameters"));
}

TEST(RunProtocol, SurvivesRandomChanges) {
    const auto good = model::to_python_json(to_json(full_prepare()));
    constexpr std::string_view kPieces = "{}[]\",:0123456789-+.eEnulltrueNaN";
    for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
        base::Rng rng(seed);
        auto text = good;
        for (auto changes = 1 + rng.below(6); changes > 0; --changes) {
            text[rng.below(text.size())] = kPieces[rng.below(kPieces.size())];
        }
        const auto json = model::parse_json(text);
        if (json) {
            (void)prepare_run_from_json(*json).ok();
            (void)run_account_from_json(*json).ok();
            (void)spawn_into_run_from_json(*json).ok();
            (void)spawned_into_run_from_json(*json).ok();
            (void)finish_run_from_json(*json).ok();
        }
    }
}

}  // namespace
}  // namespace galileo::coord
