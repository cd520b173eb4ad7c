// Goal: what goes where. Both halves have suites of their own; the SQL half is SQLite here.
#include "store/influx/mixed_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "base/clock.h"
#include "store/sqlite/sqlite_store.h"
#include "store/testing/influx_server.h"

namespace galileo::store::influx {
namespace {

using store::testing::InfluxServer;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

class MixedStoreTest : public ::testing::Test {
  protected:
    void SetUp() override {
        sqlite::SqliteOptions options;
        options.path = path_;
        store_ = std::make_unique<MixedStore>(
            sqlite::SqliteStore::open(options).value(),
            InfluxClient::open(server_.options(), base::system_clock()).value());
        ASSERT_TRUE(store_->save(experiment("exp1")).ok());
    }
    void TearDown() override {
        store_.reset();
        for (const char* suffix : {"", "-wal", "-shm"}) {
            std::filesystem::remove(path_ + suffix);
        }
    }
    static model::Experiment experiment(std::string id) {
        return {.id = std::move(id),
                .name = "n",
                .creator = std::nullopt,
                .start = 1.5,
                .end = std::nullopt,
                .created = 1.25,
                .status = "RUNNING"};
    }
    static model::Trace trace() {
        model::Trace one;
        one.request_id = "a:1";
        one.client = "c";
        one.service = "s";
        return one;
    }

    const std::string path_ = ::testing::TempDir() + "/galileo-mixed-" +
                              ::testing::UnitTest::GetInstance()->current_test_info()->name() +
                              ".sqlite";
    InfluxServer server_;
    std::unique_ptr<MixedStore> store_;
};

TEST_F(MixedStoreTest, KeepsExperimentsInSqlAndMakesTheirBuckets) {
    EXPECT_EQ(store_->find("exp1").value()->name, "n");
    EXPECT_EQ(store_->running().value()->id, "exp1");
    ASSERT_TRUE(store_->save_metadata("exp1", {{"k", 1}}).ok());
    EXPECT_EQ(store_->metadata("exp1").value(), (model::Json{{"k", 1}}));
    const std::vector<NodeInfo> infos{{"n1", "cpus", "8"}};
    EXPECT_EQ(store_->add_node_infos("exp1", infos)->stored, 1U);
    EXPECT_EQ(store_->node_infos("exp1").value(), infos);
    ASSERT_THAT(server_.requests(), SizeIs(1));
    EXPECT_THAT(server_.requests()[0].body, HasSubstr("\"name\": \"exp1\""));
}

TEST_F(MixedStoreTest, SavesNoExperimentWithoutABucket) {
    server_.answer([](const auto&) { return InfluxServer::Reply{503}; });
    EXPECT_EQ(store_->save(experiment("exp2")).error().code(), ErrorCode::kUnavailable);
    EXPECT_FALSE(store_->find("exp2").value());
}

TEST_F(MixedStoreTest, WritesTheRestToTheBucketAndAccountsForEachRow) {
    const std::vector<model::TelemetryPoint> points{{1, "n1", "cpu", std::nullopt, 1},
                                                    {2, "n1", "cpu", std::nullopt, std::nan("")}};
    const auto telemetry = store_->add_telemetry("exp1", points);
    ASSERT_TRUE(telemetry.ok());
    EXPECT_EQ(*telemetry, (BatchReport{.stored = 1, .refused = 1}));
    const std::vector<model::Event> events{{1, "foo", std::nullopt}};
    EXPECT_EQ(store_->add_events("exp1", events)->stored, 1U);
    EXPECT_EQ(store_->add_traces(std::vector{trace()}, "exp1")->stored, 1U);
    const auto requests = server_.requests();
    ASSERT_THAT(requests, SizeIs(4));
    for (std::size_t i = 1; i < 4; ++i) {
        EXPECT_THAT(requests[i].line, HasSubstr("bucket=exp1&"));
    }
    EXPECT_THAT(requests[1].body, StartsWith("telemetry,exp_id=exp1,"));
    EXPECT_THAT(requests[2].body, StartsWith("events,exp_id=exp1,"));
    EXPECT_THAT(requests[3].body, StartsWith("traces,client=c,"));
}

TEST_F(MixedStoreTest, PutsEachTraceIntoTheBucketOfItsExperiment) {
    std::vector<model::Trace> traces{trace(), trace(), trace()};
    traces[0].exp_id = traces[2].exp_id = "b";
    traces[1].exp_id = "a";
    EXPECT_EQ(store_->add_traces(traces, std::nullopt)->stored, 3U);
    EXPECT_THAT(server_.requests()[1].line, HasSubstr("bucket=a&"));
    EXPECT_THAT(server_.requests()[2].line, HasSubstr("bucket=b&"));

    traces[1].exp_id = std::nullopt;
    const auto homeless = store_->add_traces(traces, std::nullopt);
    ASSERT_FALSE(homeless.ok());
    EXPECT_EQ(homeless.error().code(), ErrorCode::kInvalidInput);
    EXPECT_THAT(server_.requests(), SizeIs(3)) << "nothing of the batch is written";
}

TEST_F(MixedStoreTest, RemovesTheBucketFirst) {
    server_.answer([](const auto&) { return InfluxServer::Reply{503}; });
    EXPECT_EQ(store_->remove("exp1").error().code(), ErrorCode::kUnavailable);
    EXPECT_TRUE(store_->find("exp1").value());
    server_.answer([](const auto&) { return InfluxServer::Reply{404}; });
    EXPECT_TRUE(store_->remove("exp1").ok());
    EXPECT_FALSE(store_->find("exp1").value());
    EXPECT_EQ(store_->remove("exp1").error().code(), ErrorCode::kNotFound);
}

TEST_F(MixedStoreTest, SaysThatItDoesNotReadBack) {
    const auto refused = store_->count_traces("exp1");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidInput);
    EXPECT_THAT(refused.error().message(), HasSubstr("bucket exp1"));
    EXPECT_FALSE(store_->traces_per_host("exp1").ok());
    EXPECT_FALSE(store_->for_each_trace("exp1", [](const auto&) { return Visit::kStop; }).ok());
    EXPECT_FALSE(store_->for_each_event("exp1", [](const auto&) { return Visit::kStop; }).ok());
    EXPECT_FALSE(store_->for_each_telemetry("exp1", [](const auto&) { return Visit::kStop; }).ok());
    EXPECT_EQ(store_->touch_traces("exp1", 0, 1).value(), 0U);
}

}  // namespace
}  // namespace galileo::store::influx
