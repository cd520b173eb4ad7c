#include <gmock/gmock.h>

#include "coord/bus.h"
#include "coord/keys.h"
#include "coord/lease.h"
#include "coord/registry.h"
#include "coord_fixture.h"

namespace galileo::coord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CoordRegistry : public CoordTest {
  protected:
    static model::ClientDescription describe(const std::string& id, const std::string& worker) {
        model::ClientDescription description;
        description.client_id = id;
        description.worker = worker;
        description.config.service = "echo";
        return description;
    }
    std::vector<std::string> keys_now() {
        auto keys = texts({"KEYS", "*"});
        std::sort(keys.begin(), keys.end());
        return keys;
    }
};

TEST_F(CoordRegistry, RegistersWithTheOriginalsCommands) {
    Registry registry(*client_);
    Monitor monitor(server_.options());
    ASSERT_TRUE(registry
                    .register_worker("w1", {{"galileo_zone", "A"},
                                            {"galileo_redis_password", "s3cret"},
                                            {"galileo_API_TOKEN", "s3cret"}})
                    .ok());
    const auto commands = monitor.take(*client_);
    EXPECT_THAT(commands,
                ElementsAre("TYPE galileo:workers", "TYPE w1", "TYPE galileo:worker:w1:clients",
                            "HKEYS w1", "SADD galileo:workers w1", "SADD galileo:lease:workers w1",
                            "HMSET w1 galileo_zone A",
                            HasSubstr("PUBLISH __eventbus:global:galileo.worker.api."
                                      "RegisterWorkerEvent")));
    EXPECT_EQ(registry.labels("w1").value(), (Labels{{"galileo_zone", "A"}}));
}

TEST_F(CoordRegistry, LabelsOfAnEarlierRegistrationGoAway) {
    Registry registry(*client_);
    // As the original leaves it behind (contract 10.4).
    run({"HMSET", "w1", "galileo_old", "x", "galileo_redis_password", "s3cret"});
    ASSERT_TRUE(registry.register_worker("w1", {{"galileo_zone", "B"}}).ok());
    EXPECT_EQ(registry.labels("w1").value(), (Labels{{"galileo_zone", "B"}}));
    ASSERT_TRUE(registry.register_worker("w1", {}).ok());
    EXPECT_TRUE(registry.labels("w1")->empty());
}

TEST_F(CoordRegistry, RefusesNamesThatClash) {
    Registry registry(*client_);
    run({"SET", "taken", "x"});
    const auto clash = registry.register_worker("taken", {});
    EXPECT_EQ(clash.error().code(), ErrorCode::kConflict);
    EXPECT_THAT(clash.error().message(), HasSubstr("'taken'"));
    EXPECT_EQ(registry.register_worker("galileo:workers", {}).error().code(),
              ErrorCode::kInvalidInput);
    EXPECT_EQ(registry.register_worker("a,b", {}).error().code(), ErrorCode::kInvalidInput);
    run({"SET", "galileo:workers", "x"});
    EXPECT_EQ(registry.register_worker("w1", {}).error().code(), ErrorCode::kConflict);
}

TEST_F(CoordRegistry, UnregisteringLeavesNoKeyBehind) {
    Registry registry(*client_);
    ASSERT_TRUE(registry.register_worker("w1", {{"galileo_zone", "A"}}).ok());
    ASSERT_TRUE(registry.register_worker("w2", {}).ok());
    const std::vector<model::ClientDescription> clients{describe("w1:echo:0", "w1"),
                                                        describe("w1:echo:1", "w1")};
    ASSERT_TRUE(registry.register_clients("w1", clients).ok());
    EXPECT_EQ(text({"GET", "galileo:client:w1:echo:1"}),
              R"(["w1:echo:1", "w1", ["echo", null, null, null]])");
    ASSERT_TRUE(registry.unregister_clients("w1", std::vector<std::string>{"w1:echo:1"}).ok());
    EXPECT_EQ(registry.clients().value().size(), 1U);
    EventBus bus(*client_, *subscriber_);
    std::atomic<int> gone{0};
    ASSERT_TRUE(bus.subscribe<UnregisterWorkerEvent>([&](const UnregisterWorkerEvent& event) {
                       gone += event.name == "w1" ? 1 : 100;
                   })
                    .ok());
    ASSERT_TRUE(registry.unregister_worker("w1").ok());
    EXPECT_THAT(keys_now(), ElementsAre("galileo:lease:workers", "galileo:workers"));
    EXPECT_THAT(registry.workers().value(), ElementsAre("w2"));
    EXPECT_TRUE(eventually([&] { return gone == 1; }));
}

TEST_F(CoordRegistry, ReclaimRemovesWhatACrashLeftAndNumbersAboveIt) {
    Registry registry(*client_);
    EXPECT_EQ(registry.reclaim("w1").value(), 0U);
    const std::vector<model::ClientDescription> left{describe("w1:echo:3", "w1"),
                                                     describe("w1:a:b:17", "w1")};
    ASSERT_TRUE(registry.register_clients("w1", left).ok());
    const std::vector<model::ClientDescription> other{describe("w1:x:echo:90", "w1:x")};
    ASSERT_TRUE(registry.register_clients("w1:x", other).ok());
    run({"DEL", "galileo:worker:w1:clients"});  // `discover` does this under running clients
    run({"SADD", "galileo:worker:w1:clients", "w1:odd", "w1:echo:5"});
    run({"SET", "galileo:client:w1:junk:99", "not JSON"});
    EXPECT_EQ(registry.reclaim("w1").value(), 18U);
    EXPECT_THAT(keys_now(), ElementsAre("galileo:client:w1:junk:99", "galileo:client:w1:x:echo:90",
                                        "galileo:worker:w1:x:clients"));
}

TEST_F(CoordRegistry, ListsClientsInSpiteOfGarbage) {
    Registry registry(*client_);
    const std::vector<model::ClientDescription> clients{describe("w1:echo:0", "w1"),
                                                        describe("w1:echo:1", "w1")};
    ASSERT_TRUE(registry.register_clients("w1", clients).ok());
    run({"SADD", "galileo:worker:w1:clients", "gone", "broken", "wrong"});
    run({"SET", "galileo:client:broken", "{\"x\": "});
    run({"LPUSH", "galileo:client:wrong", "x"});
    run({"SET", "galileo:worker:w9:clients", "a string"});
    run({"SET", "galileo:client:object",
         R"({"client_id": "object", "worker": "w2", "config": {"service": "s"}})"});
    run({"SADD", "galileo:worker:w2:clients", "object"});
    const auto listed = registry.clients().value();
    ASSERT_EQ(listed.size(), 3U);
    EXPECT_EQ(listed[0].client_id, "object");
    EXPECT_EQ(listed[1], clients[0]);
    EXPECT_EQ(registry.client("w1:echo:1").value(), clients[1]);
    EXPECT_EQ(registry.client("broken").value(), std::nullopt);
    EXPECT_EQ(registry.client("gone").value(), std::nullopt);
    EXPECT_THAT(registry.client_counts(std::vector<std::string>{"w1", "w2", "none"}).value(),
                ElementsAre(5U, 1U, 0U));
}

TEST_F(CoordRegistry, ListsWorkersWhoseLabelsAreGarbage) {
    Registry registry(*client_);
    ASSERT_TRUE(registry.register_worker("w2", {{"galileo_zone", "A"}}).ok());
    run({"SADD", "galileo:workers", "w1"});
    run({"SET", "w1", "not a hash"});
    EXPECT_THAT(
        registry.workers_with_labels().value(),
        ElementsAre(RegisteredWorker{"w1", {}}, RegisteredWorker{"w2", {{"galileo_zone", "A"}}}));
}

TEST_F(CoordRegistry, DiscoverEmptiesTheRegistryAndAsksEveryWorker) {
    Registry registry(*client_);
    EventBus bus(*client_, *subscriber_);
    std::atomic<int> asked{0};
    ASSERT_TRUE(
        bus.subscribe<RegisterWorkerCommand>([&](const RegisterWorkerCommand&) { ++asked; }).ok());
    ASSERT_TRUE(registry.register_worker("w1", {}).ok());
    const std::vector<model::ClientDescription> clients{describe("w1:echo:0", "w1")};
    ASSERT_TRUE(registry.register_clients("w1", clients).ok());
    EXPECT_EQ(registry.discover().value(), 1);
    EXPECT_TRUE(registry.workers()->empty());
    EXPECT_TRUE(registry.clients()->empty());
    EXPECT_TRUE(eventually([&] { return asked == 1; }));
}

TEST_F(CoordRegistry, LeasesSayWhoIsAlive) {
    LeaseBook book(*client_);
    EXPECT_TRUE(book.workers()->empty());
    const WorkerLease lease{"w1", "0.1.0", "host", 42, 1795487519.25, 2};
    {
        LeaseKeeper keeper(*client_, keys::worker_lease("w1"), encode_lease(lease));
        ASSERT_TRUE(eventually([&] { return book.worker("w1").value().has_value(); }));
        EXPECT_EQ(book.worker("w1").value(), lease);
        const auto left = integer({"PTTL", "galileo:lease:worker:w1"});
        EXPECT_GT(left, 5'000);
        EXPECT_LE(left, 10'000);
        run({"SET", "galileo:lease:worker:broken", "junk"});
        run({"LPUSH", "galileo:lease:worker:list", "junk"});
        EXPECT_EQ(book.workers()->size(), 1U);
        server_.restart();
        EXPECT_TRUE(eventually([&] {
            const auto found = book.worker("w1");
            return found.ok() && found->has_value();
        })) << "refreshed after the server lost it";
    }
    EXPECT_EQ(book.worker("w1").value(), std::nullopt);
}

TEST_F(CoordRegistry, LeasesTellHowOldTheyAre) {
    LeaseBook book(*client_);
    EXPECT_EQ(book.worker_lease_age("w1").value(), std::nullopt);
    run({"SET", "galileo:lease:worker:w1", "{}", "PX", "7000"});
    const auto age = book.worker_lease_age("w1").value().value();
    EXPECT_GE(age, std::chrono::seconds(3));
    EXPECT_LE(age, kLeaseTimeToLive);
    run({"SET", "galileo:lease:worker:w1", "{}", "PX", "60000"});
    EXPECT_EQ(book.worker_lease_age("w1").value(), std::chrono::milliseconds(0));
    run({"SET", "galileo:lease:worker:w1", "{}"});
    EXPECT_EQ(book.worker_lease_age("w1").value(), std::nullopt);
}

TEST_F(CoordRegistry, LeasesSayWhichRunsGoOn) {
    LeaseBook book(*client_);
    EXPECT_TRUE(book.runs()->empty());
    const RunLease lease{"202611240230-9f3a", "peak", "host", 42, 1795487519.25, 3};
    run({"SET", keys::run_lease(lease.run_id), encode_lease(lease)});
    run({"SET", keys::run_lease("bare"), "{}"});
    run({"SET", keys::run_lease("broken"), "junk"});
    run({"LPUSH", keys::run_lease("list"), "junk"});
    const auto runs = book.runs().value();
    ASSERT_EQ(runs.size(), 2U);
    EXPECT_EQ(runs[0], lease);
    EXPECT_EQ(runs[1].run_id, "bare");
    EXPECT_EQ(book.run("gone").value(), std::nullopt);
}

}  // namespace
}  // namespace galileo::coord
