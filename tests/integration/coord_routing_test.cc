#include <gmock/gmock.h>

#include "coord/routing_store.h"
#include "coord_fixture.h"

namespace galileo::coord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Record = model::RoutingRecord;

using CoordRoutingStore = CoordTest;

class CoordRoutingListener : public CoordTest {
  protected:
    void SetUp() override {
        CoordTest::SetUp();
        store_ = std::make_unique<RoutingStore>(*client_);
        auto started = RoutingListener::start(*client_, *subscriber_, table_);
        ASSERT_TRUE(started.ok());
        listener_ = std::move(started).value();
    }
    std::vector<std::string> hosts(std::string_view service) {
        const auto found = table_.find(service);
        return found == nullptr ? std::vector<std::string>{} : found->record.hosts;
    }

    routing::RoutingTable table_;
    std::unique_ptr<RoutingStore> store_;
    std::unique_ptr<RoutingListener> listener_;
};

TEST_F(CoordRoutingStore, WritesAsTheOriginalDoes) {
    RoutingStore store(*client_);
    Monitor monitor(server_.options());
    ASSERT_TRUE(store.set({"echo", {"127.0.0.1:8099", "localhost:8099"}, {1, 2.5}}).ok());
    EXPECT_THAT(
        monitor.take(*client_),
        ElementsAre("MULTI", "DEL routing:hosts:echo", "DEL routing:weights:echo",
                    "SADD routing:services echo",
                    "RPUSH routing:hosts:echo 127.0.0.1:8099 localhost:8099",
                    "RPUSH routing:weights:echo 1 2.5", "PUBLISH routing:updates echo", "EXEC"));
    ASSERT_TRUE(store.remove("echo").ok());
    EXPECT_THAT(monitor.take(*client_),
                ElementsAre("MULTI", "DEL routing:hosts:echo", "DEL routing:weights:echo",
                            "DEL galileo:routing:drained:echo", "SREM routing:services echo",
                            "PUBLISH routing:updates echo", "EXEC"));
    EXPECT_EQ(integer({"DBSIZE"}), 0);
}

TEST_F(CoordRoutingStore, ReadsBackWhatItAndTheOriginalWrite) {
    RoutingStore store(*client_);
    EXPECT_EQ(store.record("echo").value(), std::nullopt);
    const Record record{"echo", {"a:1", "b:2"}, {1, 0.25}};
    ASSERT_TRUE(store.set(record).ok());
    EXPECT_EQ(store.record("echo").value(), record);
    run({"SADD", "routing:services", "py"});
    run({"RPUSH", "routing:hosts:py", "h"});
    run({"RPUSH", "routing:weights:py", "1.0"});
    EXPECT_THAT(store.records().value(), ElementsAre(record, Record{"py", {"h"}, {1}}));
}

TEST_F(CoordRoutingStore, DrainsAHostAndGivesItItsWeightBack) {
    RoutingStore store(*client_);
    ASSERT_TRUE(store.set({"s", {"a", "b", "a"}, {3, 2.5, 4}}).ok());
    EXPECT_EQ(store.drain("s", "a").value(), (Record{"s", {"a", "b", "a"}, {0, 2.5, 0}}));
    EXPECT_TRUE(store.drain("s", "a").ok()) << "twice is once";
    EXPECT_EQ(store.drain("s", "b").value(), (Record{"s", {"a", "b", "a"}, {0, 0, 0}}));
    EXPECT_EQ(store.undrain("s", "b").value(), (Record{"s", {"a", "b", "a"}, {0, 2.5, 0}}));
    EXPECT_EQ(store.undrain("s", "a").value(), (Record{"s", {"a", "b", "a"}, {3, 2.5, 4}}));
    EXPECT_EQ(store.undrain("s", "a").error().code(), ErrorCode::kConflict);
    EXPECT_EQ(store.undrain("s", "a").error().message(), "host 'a' of service 's' is not drained");
    EXPECT_EQ(store.drain("s", "c").error().message(), "service 's' has no host 'c'");
    EXPECT_EQ(store.drain("x", "a").error().message(), "No routing record found for service 'x'");

    ASSERT_TRUE(store.drain("s", "a").ok());
    ASSERT_TRUE(store.set({"s", {"b", "a"}, {1, 7}}).ok());
    EXPECT_EQ(store.undrain("s", "a").value(), (Record{"s", {"b", "a"}, {1, 7}}))
        << "it has got a weight meanwhile";
    ASSERT_TRUE(store.drain("s", "a").ok());
    ASSERT_TRUE(store.remove("s").ok());
    EXPECT_EQ(integer({"DBSIZE"}), 0);
}

TEST_F(CoordRoutingListener, IsToldOfDrainedHosts) {
    ASSERT_TRUE(store_->set({"s", {"a", "b"}, {1, 1}}).ok());
    ASSERT_TRUE(listener_->watch("s").ok());
    const auto weights = [&] { return table_.find("s")->record.weights; };
    ASSERT_TRUE(store_->drain("s", "a").ok());
    EXPECT_TRUE(eventually([&] { return weights() == std::vector<double>{0, 1}; }));
    ASSERT_TRUE(store_->undrain("s", "a").ok());
    EXPECT_TRUE(eventually([&] { return weights() == std::vector<double>{1, 1}; }));
}

TEST_F(CoordRoutingStore, AppendsAndUpdates) {
    RoutingStore store(*client_);
    EXPECT_EQ(store.append("s", "a", 1).value(), (Record{"s", {"a"}, {1}}));
    EXPECT_EQ(store.append("s", "b", 3).value(), (Record{"s", {"a", "b"}, {1, 3}}));
    EXPECT_FALSE(store.append("s", "not a host", 1).ok());
    ASSERT_TRUE(store.update_weights("s", std::vector<double>{5, 6}).ok());
    EXPECT_EQ(store.record("s").value(), (Record{"s", {"a", "b"}, {5, 6}}));
    EXPECT_EQ(store.update_weights("s", std::vector<double>{5}).error().code(),
              ErrorCode::kInvalidInput);
    const auto missing = store.update_weights("x", std::vector<double>{5});
    EXPECT_EQ(missing.error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(missing.error().message(), "No routing record found for service 'x'");
    EXPECT_THAT(store.set({"s", {"a", "b"}, {1}}).error().message(),
                HasSubstr("The number of weights does not match the population"));
    ASSERT_TRUE(store.clear().ok());
    EXPECT_EQ(integer({"DBSIZE"}), 0);
}

TEST_F(CoordRoutingStore, GarbageInOneRecordDoesNotHideTheOthers) {
    RoutingStore store(*client_);
    ASSERT_TRUE(store.set({"good", {"a"}, {1}}).ok());
    run({"SADD", "routing:services", "text", "uneven", "wrong", "empty"});
    run({"RPUSH", "routing:hosts:text", "h"});
    run({"RPUSH", "routing:weights:text", "heavy"});
    run({"RPUSH", "routing:hosts:uneven", "h", "i"});
    run({"RPUSH", "routing:weights:uneven", "1"});
    run({"SET", "routing:hosts:wrong", "x"});
    EXPECT_EQ(store.records()->size(), 1U);
    EXPECT_EQ(store.record("text").error().code(), ErrorCode::kInvalidInput);
    EXPECT_EQ(store.record("uneven").error().code(), ErrorCode::kInvalidInput);
    EXPECT_EQ(store.record("wrong").error().code(), ErrorCode::kConflict);
    EXPECT_EQ(store.record("empty").value(), std::nullopt);
}

TEST_F(CoordRoutingListener, FollowsWatchedServicesOnly) {
    ASSERT_TRUE(store_->set({"s", {"a"}, {1}}).ok());
    EXPECT_TRUE(hosts("s").empty());
    ASSERT_TRUE(listener_->watch("s").ok());
    EXPECT_THAT(hosts("s"), ElementsAre("a"));
    ASSERT_TRUE(store_->set({"other", {"x"}, {1}}).ok());
    ASSERT_TRUE(store_->set({"s", {"b", "c"}, {1, 1}}).ok());
    EXPECT_TRUE(eventually([&] { return hosts("s").size() == 2; }));
    EXPECT_TRUE(hosts("other").empty());
    ASSERT_TRUE(store_->remove("s").ok());
    EXPECT_TRUE(eventually([&] { return hosts("s").empty(); }));
    ASSERT_TRUE(store_->append("s", "d", 1).ok());
    EXPECT_TRUE(eventually([&] { return hosts("s").size() == 1; }));
    listener_->unwatch("s");
    EXPECT_TRUE(hosts("s").empty());
}

TEST_F(CoordRoutingListener, WatchingBeforeThereIsARecordIsFine) {
    ASSERT_TRUE(listener_->watch("s").ok());
    EXPECT_TRUE(hosts("s").empty());
    ASSERT_TRUE(store_->set({"s", {"a"}, {1}}).ok());
    EXPECT_TRUE(eventually([&] { return hosts("s").size() == 1; }));
}

TEST_F(CoordRoutingListener, SurvivesGarbage) {
    ASSERT_TRUE(store_->set({"s", {"a"}, {1}}).ok());
    ASSERT_TRUE(listener_->watch("s").ok());
    for (const std::string& payload :
         {std::string(), std::string("\xff\0x", 3), std::string(1'000'000, 's')}) {
        EXPECT_EQ(publish("routing:updates", payload), 1);
    }
    run({"DEL", "routing:weights:s"});
    run({"RPUSH", "routing:weights:s", "NaN"});
    publish("routing:updates", "s");
    EXPECT_TRUE(eventually([&] { return hosts("s").empty(); })) << "an unreadable record is gone";
    run({"DEL", "routing:weights:s"});
    run({"SET", "routing:weights:s", "a string"});
    publish("routing:updates", "s");
    run({"DEL", "routing:weights:s"});
    ASSERT_TRUE(store_->set({"s", {"b"}, {1}}).ok());
    EXPECT_TRUE(eventually([&] { return hosts("s").size() == 1; }));
}

TEST_F(CoordRoutingListener, ReloadsEverythingAfterALoss) {
    ASSERT_TRUE(store_->set({"s", {"a"}, {1}}).ok());
    ASSERT_TRUE(store_->set({"t", {"x"}, {1}}).ok());
    ASSERT_TRUE(listener_->watch("s").ok());
    ASSERT_TRUE(listener_->watch("t").ok());
    server_.kill();
    EXPECT_TRUE(eventually([&] { return !subscriber_->connected(); }));
    EXPECT_THAT(hosts("s"), ElementsAre("a")) << "kept while Redis is away";
    server_.restart();
    // Written without a message: only the reload after the loss can see it.
    run({"RPUSH", "routing:hosts:s", "b", "c"});
    run({"RPUSH", "routing:weights:s", "1", "1"});
    server_.kill();
    server_.restart();
    EXPECT_TRUE(eventually([&] { return hosts("t").empty(); })) << "the server came back empty";
}

}  // namespace
}  // namespace galileo::coord
