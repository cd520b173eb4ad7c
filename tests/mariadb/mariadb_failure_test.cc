// Goal: every way in which a server fails ends in an error of the right code, in time, and the next
// call goes on when it can.
#include <chrono>
#include <optional>
#include <thread>

#include "base/clock.h"
#include "mariadb_fixture.h"

namespace galileo::store::mariadb {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class MariadbFailureTest : public MariadbTest {
  protected:
    MariadbOptions impatient() {
        auto soon = options();
        soon.connect_timeout = 1s;
        soon.patience = 1s;
        return soon;
    }
    MariadbOptions with_short_locks() {
        auto soon = options();
        soon.lock_timeout = 1s;
        return soon;
    }

    /// Ends all connections to the test's database, as an administrator or a restart would.
    void kill_connections() {
        const auto ids =
            query(fmt::format("SELECT ID FROM information_schema.PROCESSLIST WHERE DB='{}' AND ID<>"
                              "CONNECTION_ID()",
                              database_),
                  1);
        ASSERT_FALSE(ids.empty());
        const auto killer = Connection::open(server().options("mysql")).value();
        for (const auto& id : ids) {
            (void)killer->execute("KILL " + id).ok();  // it may have gone by itself
        }
    }

    const std::vector<model::Trace> batch_ = std::vector<model::Trace>(3, trace());
};

TEST_F(MariadbFailureTest, ConnectsAnewWhenTheServerHungUpMeanwhile) {
    const auto store = open();
    ASSERT_TRUE(store->add_traces(batch_, "x").ok());
    kill_connections();
    EXPECT_EQ(store->count_traces("x").value(), 3U);
    kill_connections();
    EXPECT_TRUE(store->add_traces(batch_, "x").ok());  // with the statement prepared again
    EXPECT_EQ(store->count_traces("x").value(), 6U);
}

TEST_F(MariadbFailureTest, LosesNothingHalfWhenTheConnectionBreaksInTheMiddle) {
    const auto connection = Connection::open(options()).value();
    const auto store = open();
    {
        auto transaction = Transaction::begin(*connection);
        ASSERT_TRUE(transaction.ok());
        ASSERT_TRUE(connection->execute("INSERT INTO events VALUES ('x', 1, 'first', NULL)").ok());
        kill_connections();
        const auto second = connection->execute("INSERT INTO events VALUES ('x', 2, 'b', NULL)");
        ASSERT_FALSE(second.ok());
        EXPECT_EQ(second.error().code(), ErrorCode::kUnavailable);
        const auto third = connection->execute("INSERT INTO events VALUES ('x', 3, 'c', NULL)");
        ASSERT_FALSE(third.ok());  // not on a connection of its own
        EXPECT_EQ(third.error().code(), ErrorCode::kUnavailable);
        const auto committed = transaction->commit();
        ASSERT_FALSE(committed.ok());
    }
    EXPECT_TRUE(query("SELECT NAME FROM events", 1).empty());
    EXPECT_TRUE(store->add_events("x", std::vector<model::Event>{{1, "e", "v"}}).ok());
}

TEST_F(MariadbFailureTest, SaysWhenAReadBreaksOff) {
    const auto store = open();
    ASSERT_TRUE(
        store->add_traces(std::vector<model::Trace>(2'000, trace(std::string(5'000, 'r'))), "x")
            .ok());
    int seen = 0;
    const auto visited = store->for_each_trace("x", [&](const model::Trace&) {
        if (++seen == 1) {
            kill_connections();
        }
        return Visit::kContinue;
    });
    ASSERT_FALSE(visited.ok());
    EXPECT_EQ(visited.error().code(), ErrorCode::kUnavailable);
    EXPECT_LT(seen, 2'000);
    EXPECT_EQ(store->count_traces("x").value(), 2'000U);
}

TEST_F(MariadbFailureTest, DoesNotWaitForEverForAServerThatHangs) {
    auto& clock = base::system_clock();
    const auto store = open(impatient());
    ASSERT_TRUE(store->add_traces(batch_, "x").ok());
    server().freeze();
    const auto started = clock.monotonic();
    const auto written = store->add_traces(batch_, "x");
    const auto opened = MariadbStore::open(impatient());
    const auto read = store->count_traces("x");
    const auto took = clock.monotonic() - started;
    server().thaw();
    for (const auto* error : {&written.error(), &opened.error(), &read.error()}) {
        EXPECT_EQ(error->code(), ErrorCode::kTimeout);
        EXPECT_THAT(error->message(), HasSubstr("does not answer"));
    }
    EXPECT_GE(took, 3s);
    EXPECT_LT(took, 6s);
    EXPECT_EQ(store->count_traces("x").value(), 3U);
    EXPECT_TRUE(store->add_traces(batch_, "x").ok());
}

TEST_F(MariadbFailureTest, DoesNotWaitForEverToWriteToAServerThatHangs) {
    const auto connection = Connection::open(impatient()).value();
    ASSERT_TRUE(connection->execute("START TRANSACTION").ok());
    server().freeze();
    const auto sent = connection->execute("SELECT '" + std::string(4'000'000, 'x') + "'");
    server().thaw();
    ASSERT_FALSE(sent.ok());
    EXPECT_EQ(sent.error().code(), ErrorCode::kTimeout);
}

TEST_F(MariadbFailureTest, GivesUpOnLockedRowsAndGoesOnAfterwards) {
    const auto store = open(with_short_locks());
    ASSERT_TRUE(store->save(experiment("x")).ok());
    {
        const auto other = raw();
        ASSERT_TRUE(other->execute("START TRANSACTION").ok());
        ASSERT_TRUE(other->execute("UPDATE experiments SET STATUS='LOCKED'").ok());
        const auto locked = store->update(experiment("x", "RUNNING"));
        ASSERT_FALSE(locked.ok());
        EXPECT_EQ(locked.error().code(), ErrorCode::kTimeout);
        EXPECT_THAT(locked.error().message(), HasSubstr("locked by another program"));
        EXPECT_EQ(store->find("x").value()->status, "QUEUED");  // reading goes on meanwhile
    }
    EXPECT_TRUE(store->update(experiment("x", "RUNNING")).ok());
}

TEST_F(MariadbFailureTest, EndsADeadlockForOneOfTheTwo) {
    open();
    run("INSERT INTO metadata VALUES ('a', '{}'), ('b', '{}')");
    const auto one = Connection::open(with_short_locks()).value();
    const auto two = Connection::open(with_short_locks()).value();
    ASSERT_TRUE(one->execute("START TRANSACTION").ok());
    ASSERT_TRUE(two->execute("START TRANSACTION").ok());
    ASSERT_TRUE(one->execute("DELETE FROM metadata WHERE EXP_ID='a'").ok());
    ASSERT_TRUE(two->execute("DELETE FROM metadata WHERE EXP_ID='b'").ok());
    std::optional<Error> first;
    std::thread waiting([&] {
        if (auto done = one->execute("DELETE FROM metadata WHERE EXP_ID='b'"); !done) {
            first = done.error();
        }
    });
    const auto second = two->execute("DELETE FROM metadata WHERE EXP_ID='a'");
    if (second) {
        (void)two->execute("ROLLBACK").ok();
    }
    waiting.join();
    EXPECT_NE(first.has_value(), !second.ok());
    EXPECT_EQ((first ? *first : second.error()).code(), ErrorCode::kTimeout);
}

TEST_F(MariadbFailureTest, SaysThatItMayNotAndNeverThePassword) {
    auto stranger = options();
    stranger.user = "nobody";
    stranger.password = "geheim-3141";
    const Error denied = open_error(stranger);
    EXPECT_EQ(denied.code(), ErrorCode::kDenied);
    EXPECT_THAT(denied.message(), AllOf(HasSubstr("'nobody'@'localhost'"), HasSubstr(database_),
                                        Not(HasSubstr("geheim"))));
}

TEST_F(MariadbFailureTest, NamesWhatIsNotThere) {
    auto no_database = options();
    no_database.database = "nosuch";
    const Error missing = open_error(no_database);
    EXPECT_EQ(missing.code(), ErrorCode::kNotFound);
    EXPECT_THAT(missing.message(), HasSubstr("CREATE DATABASE"));

    auto no_server = options();
    no_server.socket = "/nosuch/socket";
    const Error unreachable = open_error(no_server);
    EXPECT_EQ(unreachable.code(), ErrorCode::kUnavailable);
    EXPECT_THAT(unreachable.message(), HasSubstr("/nosuch/socket"));

    MariadbOptions closed_port;
    closed_port.host = "127.0.0.1";
    closed_port.port = 1;
    closed_port.database = "galileo";
    EXPECT_EQ(open_error(closed_port).code(), ErrorCode::kUnavailable);
    closed_port.host = "nosuch.invalid";
    EXPECT_EQ(open_error(closed_port).code(), ErrorCode::kUnavailable);
}

TEST_F(MariadbFailureTest, SaysThatTheServerIsReadOnly) {
    const auto store = open();
    run("CREATE USER reader@localhost");
    run(fmt::format("GRANT ALL ON {}.* TO reader@localhost", database_));
    auto reader = options();
    reader.user = "reader";
    const auto limited = open(reader);
    run("SET GLOBAL read_only=1");
    const auto refused = limited->add_traces(batch_, "x");
    run("SET GLOBAL read_only=0");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), ErrorCode::kDenied);
    EXPECT_THAT(refused.error().message(), HasSubstr("the server is read-only"));
    run("DROP USER reader@localhost");
}

TEST_F(MariadbFailureTest, SurvivesACrashOfTheServer) {
    const auto store = open();
    ASSERT_TRUE(store->add_traces(batch_, "x").ok());
    server().kill();
    const auto away = store->count_traces("x");
    ASSERT_FALSE(away.ok());
    EXPECT_EQ(away.error().code(), ErrorCode::kUnavailable);
    server().restart();
    EXPECT_TRUE(store->add_traces(batch_, "x").ok());
}

}  // namespace
}  // namespace galileo::store::mariadb
