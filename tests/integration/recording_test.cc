// An experiment recorded from a real Redis into a real database, read back as notebooks read it.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <future>

#include "coord_fixture.h"
#include "model/trace.h"
#include "recorder/experiment_recording.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/sqlite_store.h"

namespace galileo::recorder {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

constexpr std::string_view kTraces = "galileo/results/traces";
constexpr std::string_view kEvents = "galileo/events";

class RecordingTest : public coord::CoordTest {
  protected:
    std::string database() const { return server_.directory() + "/galileodb.sqlite"; }

    std::unique_ptr<store::ExperimentStore> open_store() {
        auto store = store::sqlite::SqliteStore::open({.path = database()});
        EXPECT_TRUE(store.ok()) << store.error().message();
        return std::move(store).value();
    }

    Result<std::unique_ptr<ExperimentRecording>> start(const RecordingRequest& request = {},
                                                       RecordingLimits limits = {}) {
        limits.linger = linger_;
        return ExperimentRecording::start(request, *client_, *subscriber_, open_store(), clock_,
                                          rng_, limits);
    }

    std::int64_t publish_now(std::string_view id) {
        const double now = base::to_epoch_seconds(clock_.wall());
        return publish(kTraces, fmt::format("{},w1:echo:0,echo,{:.7f},{:.7f},{:.7f},200,h:80,None,"
                                            "{{\"A\": \"b\"| \"C\": \"d\"}},one, two\\nthree",
                                            id, now, now, now));
    }

    /// All rows of a query, values separated by `|`, NULL as `NULL`.
    std::vector<std::string> query(int columns, const std::string& sql) {
        const auto connection =
            store::sqlite::Connection::open(database(), store::sqlite::OpenMode::kCreate,
                                            std::chrono::milliseconds(10'000))
                .value();
        auto statement = connection->prepare(sql);
        EXPECT_TRUE(statement.ok()) << statement.error().message();
        std::vector<std::string> rows;
        while (statement->step().value()) {
            std::string row;
            for (int i = 0; i < columns; ++i) {
                row += i == 0 ? "" : "|";
                row += statement->is_null(i) ? "NULL" : std::string(statement->text(i));
            }
            rows.push_back(row);
        }
        return rows;
    }
    std::string of(std::string_view table, const ExperimentRecording& recording) {
        return fmt::format("SELECT * FROM {} WHERE exp_id in (\"{}\")", table,
                           recording.experiment_id());
    }

    base::Rng rng_{7};
    std::chrono::milliseconds linger_{0};
};

TEST_F(RecordingTest, RecordsAllFourKinds) {
    run({"HSET", "telemd.info:pi", "arch", "arm32", "cpus", "4"});
    auto node = start_subscriber();
    ASSERT_TRUE(node->subscribe("telemcmd/pi", [](const auto&) {}).ok());
    ASSERT_TRUE(node->subscribe("telemcmd/silent", [](const auto&) {}).ok());

    RecordingRequest request{"exp", "me", model::parse_json(R"({"k": [1, {"x": "y"}]})").value()};
    auto started = start(request);
    ASSERT_TRUE(started.ok()) << started.error().message();
    auto& recording = **started;
    EXPECT_THAT(recording.experiment_id(), MatchesRegex("[0-9]{12}-[0-9a-f]{4}"));
    EXPECT_THAT(query(2, "SELECT STATUS, END FROM experiments"), ElementsAre("RUNNING|NULL"));

    EXPECT_EQ(publish_now("2205fbcccc:1"), 1);
    EXPECT_EQ(publish(kTraces, "late:1,w1:late:3,late,1.5,-1.0000000,2.5,-1,None,other,None,None"),
              1);
    EXPECT_EQ(publish(kTraces, "old:1,w1:a:1,a,1.5,2.5,3.5,200,srv:80,None,hello, world"), 1);
    EXPECT_EQ(publish(kEvents, "1795487324.25 foo"), 1);
    EXPECT_EQ(publish(kEvents, "1795487324.5 bar some value with spaces"), 1);
    EXPECT_EQ(publish("telem/pi/cpu", "1795488056.5000000 80.000000"), 1);
    EXPECT_EQ(publish("telem/pi/docker_cgrp_net/abc/eth0/rx", "1795488056.5 12.5"), 1);
    EXPECT_EQ(publish("telem/pi/status", "1795488057.5 true"), 1);

    const auto account = recording.stop();
    ASSERT_TRUE(account.ok()) << account.error().message();
    EXPECT_EQ(account->traces, 3U);
    EXPECT_EQ(account->telemetry, 3U);
    EXPECT_EQ(account->events, 2U);
    EXPECT_EQ(account->node_infos, 2U);
    EXPECT_EQ(account->refused + account->lost, 0U);
    EXPECT_EQ(account->trouble, "");
    EXPECT_EQ(publish(kEvents, "1 late"), 0);

    const auto& id = recording.experiment_id();
    EXPECT_THAT(query(6,
                      "SELECT EXP_ID, NAME, CREATOR, STATUS, START = CREATED, END >= START FROM "
                      "experiments"),
                ElementsAre(id + "|exp|me|FINISHED|1|1"));
    EXPECT_THAT(query(2, "SELECT * FROM metadata"),
                ElementsAre(id + "|{\"k\": [1, {\"x\": \"y\"}], \"exp_id\": \"" + id + "\"}"));
    EXPECT_THAT(query(4, of("nodeinfo", recording)),
                ElementsAre(id + "|pi|arch|arm32", id + "|pi|cpus|4"));
    EXPECT_THAT(query(4, of("events", recording)),
                ElementsAre(id + "|1795487324.25|foo|NULL",
                            id + "|1795487324.5|bar|some value with spaces"));
    EXPECT_THAT(query(6, of("telemetry", recording)),
                ElementsAre(id + "|1795488056.005|cpu|NULL|pi|80.0",
                            id + "|1795488056.5|docker_cgrp_net|abc/eth0/rx|pi|12.5",
                            id + "|1795488057.5|status|NULL|pi|1.0"));
    EXPECT_THAT(
        query(9,
              "SELECT REQUEST_ID, CLIENT, SERVICE, SENT > 0, STATUS, RESPONSE, HEADERS, SERVER, "
              "EXP_ID FROM traces"),
        ElementsAre("2205fbcccc:1|w1:echo:0|echo|1|200|one, two\nthree|{\"A\": \"b\", \"C\": "
                    "\"d\"}|h:80|" +
                        id,
                    "late:1|w1:late:3|late|0|-1|NULL|NULL|NULL|" + id,
                    "old:1|w1:a:1|a|1|200|hello, world|NULL|srv:80|" + id));
}

TEST_F(RecordingTest, NamesWhatIsNotNamed) {
    auto started = start();
    ASSERT_TRUE(started.ok());
    const auto& id = (*started)->experiment_id();
    EXPECT_THAT(query(2, "SELECT NAME, CREATOR FROM experiments"),
                ElementsAre(fmt::format("{}|galileodb-recorder-{}", id, ::getpid())));
    EXPECT_THAT(query(1, "SELECT DATA FROM metadata"), ElementsAre("{\"exp_id\": \"" + id + "\"}"));
    RecordingRequest wrong;
    wrong.metadata = 5;
    EXPECT_EQ(start(wrong).error().code(), ErrorCode::kInvalidInput);
}

TEST_F(RecordingTest, LeavesOutSingleMessagesThatCannotBeStored) {
    auto started = start();
    ASSERT_TRUE(started.ok());
    const std::pair<std::string_view, std::string_view> wrong[] = {
        {"telem/pi/cpu", "1795488056.168946190 NaN"},
        {"telem/pi/cpu", "1795488056.168946190 inf"},
        {"telem/pi/cpu", "1795488056.168946190  5.0"},
        {"telem/pi", "1795488056.168946190 5.0"},
        {"telem/pi/cpu", "1795488056.168946190 busy"},
        {kEvents, "oneword"},
        {kEvents, "notatime name"},
        {kTraces, "a,b,c"},
        {kTraces, "a,b,c,nan,1,1,200,s,None,{},r"},
        {kTraces, ""},
    };
    for (const auto& [channel, payload] : wrong) {
        EXPECT_EQ(publish(channel, payload), 1);
        EXPECT_EQ(publish("telem/pi/ram", "1795488056.5 1.0"), 1);
    }
    const auto account = (*started)->stop();
    ASSERT_TRUE(account.ok());
    EXPECT_EQ(account->telemetry, std::size(wrong));
    EXPECT_EQ(account->refused, std::size(wrong));
    EXPECT_EQ(account->lost, 0U);
    EXPECT_THAT(account->trouble, HasSubstr("trace"));
}

// Messages as a real telemd sent them: values as C's %f, nanoseconds without leading zeros.
TEST_F(RecordingTest, StoresWhatTheOriginalsTelemdPublishes) {
    const std::pair<std::string_view, std::string_view> info[] = {
        {"arch", "amd64"}, {"boot", "1795486434"}, {"hostname", "vm"},        {"ram", "24683620"},
        {"cpus", "2"},     {"disk", "vda zram0"},  {"net", "eth0 ifb0 ifb1"}, {"netspeed", "-1"}};
    redis::Command store_info("HSET");
    store_info.arg("telemd.info:node1");
    for (const auto& [key, value] : info) {
        store_info.arg(key).arg(value);
    }
    run(store_info);
    auto node = start_subscriber();
    ASSERT_TRUE(node->subscribe("telemcmd/node1", [](const auto&) {}).ok());
    auto started = start();
    ASSERT_TRUE(started.ok());
    struct Sent {
        std::string_view topic;
        std::string_view payload;
        std::string_view row;  // EXP_ID left out; empty: refused
    };
    const Sent messages[] = {
        {"cpu", "1795488056.668946190 80.000000", "1795488056.668946|cpu|NULL|80.0"},
        {"freq", "1795488056.68715712 0.000000", "1795488056.068716|freq|NULL|0.0"},
        {"psi_cpu/some", "1795488056.8689362 304049960.000000",
         "1795488056.008689|psi_cpu|some|304049960.0"},
        {"rd/vda", "1795488057.5 2203.648000", "1795488057.000000|rd|vda|2203.648"},
        {"cpu", "1795488057.168741733 NaN", ""},
        {"signal/wlan0", "1795488057.68741733 -47.000000", "1795488057.068742|signal|wlan0|-47.0"},
        {"rx/eth0", "1795488057.168741733 +Inf", ""},
        {"docker_cgrp_net/0123456789ab/eth0/rx", "1795488058.100000000 7.000000",
         "1795488058.100000|docker_cgrp_net|0123456789ab/eth0/rx|7.0"},
        {"cpu", "1795488058.1", ""},
        {"", "1795488058.1 1.000000", ""},
    };
    std::vector<std::string> expected;
    std::uint64_t refused = 0;
    for (const auto& sent : messages) {
        EXPECT_EQ(publish(fmt::format("telem/node1/{}", sent.topic), sent.payload), 1);
        if (sent.row.empty()) {
            ++refused;
        } else {
            expected.emplace_back(sent.row);
        }
    }
    const auto account = (*started)->stop();
    ASSERT_TRUE(account.ok());
    EXPECT_EQ(account->telemetry, expected.size());
    EXPECT_EQ(account->refused, refused);
    EXPECT_EQ(account->lost, 0U);
    EXPECT_EQ(query(4,
                    "SELECT printf('%.6f', TIMESTAMP), METRIC, SUBSYSTEM, VALUE FROM telemetry "
                    "ORDER BY rowid"),
              expected);
    std::vector<std::string> infos;
    for (const auto& [key, value] : info) {
        infos.push_back(fmt::format("node1|{}|{}", key, value));
    }
    EXPECT_THAT(query(3, "SELECT NODE, INFO_KEY, INFO_VALUE FROM nodeinfo"),
                ::testing::UnorderedElementsAreArray(infos));
}

TEST_F(RecordingTest, WritesWithoutWaitingForTheEnd) {
    auto started = start();
    ASSERT_TRUE(started.ok());
    publish_now("a:1");
    EXPECT_TRUE(eventually([&] { return (*started)->account().traces == 1; }));
}

TEST_F(RecordingTest, TakesInWhatWorkersStillHoldWhenItIsStopped) {
    linger_ = std::chrono::milliseconds(1'000);
    auto started = start();
    ASSERT_TRUE(started.ok());
    auto stopping = std::async(std::launch::async, [&] { return (*started)->stop(); });
    EXPECT_EQ(stopping.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
    publish_now("a:1");
    const auto account = stopping.get();
    ASSERT_TRUE(account.ok());
    EXPECT_EQ(account->traces, 1U);
}

TEST_F(RecordingTest, LosesNoLineOfAFlood) {
    auto started = start();
    ASSERT_TRUE(started.ok());
    constexpr int kRounds = 100;
    constexpr int kLines = 1'000;
    std::vector<redis::Command> commands;
    for (int i = 0; i < kLines; ++i) {
        commands.push_back({"PUBLISH", kTraces,
                            fmt::format("a:{},w1:echo:0,echo,1.5,2.5,3.5,200,h:80,None,{{}},{}", i,
                                        std::string(200, 'x'))});
    }
    for (int round = 0; round < kRounds; ++round) {
        ASSERT_TRUE(client_->pipeline(commands).ok());
    }
    const auto account = (*started)->stop();
    ASSERT_TRUE(account.ok());
    EXPECT_EQ(account->traces, static_cast<std::uint64_t>(kRounds) * kLines);
    EXPECT_EQ(account->lost, 0U);
}

TEST_F(RecordingTest, CountsWhatItsMemoryDoesNotHold) {
    auto started = start({}, {.flush = std::chrono::hours(1), .queue = {.bytes = 10'000}});
    ASSERT_TRUE(started.ok());
    for (int i = 0; i < 100; ++i) {
        publish_now(fmt::format("a:{}", i));
    }
    const auto account = (*started)->stop();
    ASSERT_TRUE(account.ok());
    EXPECT_GT(account->lost, 0U);
    EXPECT_GT(account->traces, 0U);
    EXPECT_EQ(account->traces + account->lost, 100U);
    EXPECT_THAT(account->trouble, HasSubstr("faster than the database"));
}

TEST_F(RecordingTest, GivesItsIdToTracesOfItsTimeThatHaveNone) {
    auto started = start();
    ASSERT_TRUE(started.ok());
    const double now = base::to_epoch_seconds(clock_.wall());
    const auto trace = [](std::string id, double created, std::optional<std::string> exp_id) {
        return model::Trace{.request_id = std::move(id),
                            .client = "c",
                            .service = "s",
                            .created = created,
                            .sent = created,
                            .done = created,
                            .status = 200,
                            .server = {},
                            .exp_id = std::move(exp_id),
                            .headers = {},
                            .response = {}};
    };
    const std::vector<model::Trace> traces = {trace("mine", now, std::nullopt),
                                              trace("early", now - 100, std::nullopt),
                                              trace("other", now, "another")};
    ASSERT_TRUE(open_store()->add_traces(traces, std::nullopt).ok());
    const auto account = (*started)->stop();
    ASSERT_TRUE(account.ok());
    EXPECT_EQ(account->traces, 1U);
    EXPECT_THAT(query(2, "SELECT REQUEST_ID, EXP_ID FROM traces"),
                ElementsAre("mine|" + (*started)->experiment_id(), "early|NULL", "other|another"));
}

TEST_F(RecordingTest, IsSubscribedOnceAndEndsItsSubscriptions) {
    coord::Monitor monitor(server_.options());
    {
        auto started = start();
        ASSERT_TRUE(started.ok());
        EXPECT_EQ(integer({"PUBSUB", "NUMPAT"}), 2);
        EXPECT_EQ(start().error().code(), ErrorCode::kConflict);
        EXPECT_EQ(integer({"PUBSUB", "NUMPAT"}), 2);
        EXPECT_THAT(query(1, "SELECT STATUS FROM experiments"), ElementsAre("RUNNING", "FAILED"));
        EXPECT_EQ((*started)->stop().value(), (*started)->stop().value());
    }
    EXPECT_EQ(integer({"PUBSUB", "NUMPAT"}), 0);
    EXPECT_THAT(texts({"PUBSUB", "CHANNELS"}), IsEmpty());
    const auto commands = monitor.take(*client_);
    EXPECT_THAT(commands, ::testing::Contains("PSUBSCRIBE telem/*"));
    EXPECT_THAT(commands, ::testing::Contains("PSUBSCRIBE galileo/events"));
    EXPECT_THAT(commands, ::testing::Contains("SUBSCRIBE galileo/results/traces"));
}

TEST_F(RecordingTest, SaysThatMessagesAreMissingAfterALostConnection) {
    auto started = start();
    ASSERT_TRUE(started.ok());
    run({"CLIENT", "KILL", "TYPE", "pubsub"});
    EXPECT_TRUE(eventually([&] { return !(*started)->account().trouble.empty(); }));
    EXPECT_TRUE(eventually([&] { return publish(kEvents, "1795487324.25 foo") == 1; }));
    const auto account = (*started)->stop();
    ASSERT_TRUE(account.ok());
    EXPECT_EQ(account->events, 1U);
    EXPECT_THAT(account->trouble, HasSubstr("connection to Redis was lost"));
}

TEST_F(RecordingTest, CountsTheRowsOfADatabaseThatIsLocked) {
    auto started = ExperimentRecording::start(
        {}, *client_, *subscriber_,
        store::sqlite::SqliteStore::open(
            {.path = database(), .busy_timeout = std::chrono::milliseconds(1)})
            .value(),
        clock_, rng_, {.linger = linger_, .patience = std::chrono::milliseconds(1)});
    ASSERT_TRUE(started.ok());
    {
        const auto other =
            store::sqlite::Connection::open(database(), store::sqlite::OpenMode::kCreate,
                                            std::chrono::milliseconds(10'000))
                .value();
        ASSERT_TRUE(other->execute("BEGIN IMMEDIATE").ok());
        publish_now("a:1");
        EXPECT_TRUE(eventually([&] { return (*started)->account().lost == 1; }));
        EXPECT_THAT((*started)->account().trouble, HasSubstr("locked"));
    }
    publish_now("a:2");
    const auto account = (*started)->stop();
    ASSERT_TRUE(account.ok()) << account.error().message();
    EXPECT_EQ(account->traces, 1U);
    EXPECT_THAT(query(1, "SELECT STATUS FROM experiments"), ElementsAre("FINISHED"));
}

}  // namespace
}  // namespace galileo::recorder
