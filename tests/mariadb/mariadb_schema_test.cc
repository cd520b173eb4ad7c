// Goal: databases as the original and the notebooks know them, and those that are not ours.
#include "mariadb_fixture.h"
#include "store/open_store.h"

namespace galileo::store::mariadb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using MariadbSchemaTest = MariadbTest;

TEST_F(MariadbSchemaTest, HasTheColumnsOfTheOriginalInTheirOrder) {
    open();
    const std::pair<const char*, std::vector<std::string>> tables[] = {
        {"experiments",
         {"EXP_ID|varchar(100)|NO|PRI", "NAME|varchar(100)|YES|", "CREATOR|varchar(100)|YES|",
          "START|double|YES|", "END|double|YES|", "CREATED|double|YES|", "STATUS|varchar(30)|NO|"}},
        {"metadata", {"EXP_ID|varchar(100)|NO|PRI", "DATA|longtext|NO|"}},
        {"nodeinfo",
         {"EXP_ID|varchar(100)|NO|MUL", "NODE|varchar(50)|NO|", "INFO_KEY|varchar(50)|YES|",
          "INFO_VALUE|text|YES|"}},
        {"telemetry",
         {"EXP_ID|varchar(100)|NO|MUL", "TIMESTAMP|double|NO|", "METRIC|varchar(100)|NO|",
          "SUBSYSTEM|varchar(100)|YES|", "NODE|varchar(50)|NO|", "VALUE|double|NO|"}},
        {"events",
         {"EXP_ID|varchar(100)|NO|MUL", "TIMESTAMP|double|NO|", "NAME|varchar(100)|NO|",
          "VALUE|text|YES|"}},
        {"traces",
         {"REQUEST_ID|varchar(36)|NO|", "CLIENT|varchar(50)|NO|", "SERVICE|varchar(50)|NO|",
          "CREATED|double|NO|", "SENT|double|NO|", "DONE|double|NO|", "STATUS|int(11)|YES|",
          "RESPONSE|text|YES|", "HEADERS|text|YES|", "SERVER|varchar(50)|YES|",
          "EXP_ID|varchar(100)|YES|"}},
        {"statistics", {"EXP_ID|varchar(100)|NO|MUL", "TIMESTAMP|double|NO|", "DATA|longtext|NO|"}},
    };
    for (const auto& [table, columns] : tables) {
        EXPECT_EQ(query(fmt::format("SELECT COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_KEY "
                                    "FROM information_schema.COLUMNS WHERE "
                                    "TABLE_SCHEMA=DATABASE() AND TABLE_NAME='{}' "
                                    "AND EXTRA NOT LIKE '%INVISIBLE%' ORDER BY ORDINAL_POSITION",
                                    table),
                        4),
                  columns)
            << table;
    }
    EXPECT_THAT(query("SELECT DISTINCT ENGINE, TABLE_COLLATION FROM information_schema.TABLES "
                      "WHERE TABLE_SCHEMA=DATABASE()",
                      2),
                ElementsAre("InnoDB|utf8mb4_bin"));
}

TEST_F(MariadbSchemaTest, AnswersTheQueriesOfTheNotebooks) {
    const auto store = open();
    ASSERT_TRUE(store->save(experiment("e1", "FINISHED")).ok());
    ASSERT_TRUE(store->save_metadata("e1", model::parse_json(R"({"k":"\u00fc"})").value()).ok());
    ASSERT_TRUE(
        store->add_node_infos("e1", std::vector<NodeInfo>{{"node1", "arch", "amd64"}}).ok());
    ASSERT_TRUE(
        store->add_events("e1", std::vector<model::Event>{{1.5, "pod/running", "a b"}}).ok());
    ASSERT_TRUE(store
                    ->add_telemetry("e1", std::vector<model::TelemetryPoint>{{1.5, "node1", "cpu",
                                                                              std::nullopt, 80}})
                    .ok());
    ASSERT_TRUE(store->add_traces(std::vector<model::Trace>{trace()}, "e1").ok());

    EXPECT_THAT(query("SELECT * FROM experiments", 7),
                ElementsAre("e1|n|NULL|1.5|NULL|1.25|FINISHED"));
    EXPECT_THAT(query("SELECT * FROM metadata WHERE EXP_ID = 'e1'", 2),
                ElementsAre(R"(e1|{"k": "\u00fc"})"));
    // Double-quoted literals and lower-case column names, as they write them.
    EXPECT_THAT(query(R"(SELECT * FROM nodeinfo WHERE exp_id in ("e1", "e2"))", 4),
                ElementsAre("e1|node1|arch|amd64"));
    EXPECT_THAT(query(R"(SELECT * FROM events WHERE exp_id in ("e1"))", 4),
                ElementsAre("e1|1.5|pod/running|a b"));
    EXPECT_THAT(query(R"(SELECT * FROM telemetry WHERE exp_id in ("e1"))", 6),
                ElementsAre("e1|1.5|cpu|NULL|node1|80"));
    EXPECT_THAT(query("SELECT * FROM traces", 11),
                ElementsAre("2205fbcccc:2|w1:echo:1|echo|1.5|2.5|3.5|200|ok|{}|h:1|e1"));
    // The original inserts without knowing of our column.
    run("INSERT INTO experiments VALUES ('e0', NULL, NULL, 1, NULL, 1, 'RUNNING')");
    EXPECT_EQ(store->list().value().back().id, "e0");
}

// The same tables as a program writes them that knows nothing of us, and rows that it leaves
// behind. MariaDB's own default character set is latin1.
const char* const kOriginal[] = {
    "CREATE TABLE experiments (EXP_ID VARCHAR(100) NOT NULL, NAME VARCHAR(100), "
    "CREATOR VARCHAR(100), START DOUBLE, END DOUBLE, CREATED DOUBLE, STATUS VARCHAR(30) NOT NULL, "
    "PRIMARY KEY (EXP_ID))",
    "CREATE TABLE metadata (EXP_ID VARCHAR(100) NOT NULL, DATA JSON NOT NULL, PRIMARY KEY "
    "(EXP_ID))",
    "CREATE TABLE nodeinfo (EXP_ID VARCHAR(100) NOT NULL, NODE VARCHAR(50) NOT NULL, "
    "INFO_KEY VARCHAR(50), INFO_VALUE TEXT)",
    "CREATE TABLE telemetry (EXP_ID VARCHAR(100) NOT NULL, TIMESTAMP DOUBLE NOT NULL, "
    "METRIC VARCHAR(100) NOT NULL, SUBSYSTEM VARCHAR(100), NODE VARCHAR(50) NOT NULL, "
    "VALUE DOUBLE NOT NULL)",
    "CREATE TABLE events (EXP_ID VARCHAR(100) NOT NULL, TIMESTAMP DOUBLE NOT NULL, "
    "NAME VARCHAR(100) NOT NULL, VALUE TEXT)",
    "CREATE TABLE traces (REQUEST_ID VARCHAR(36) NOT NULL, CLIENT VARCHAR(50) NOT NULL, "
    "SERVICE VARCHAR(50) NOT NULL, CREATED DOUBLE NOT NULL, SENT DOUBLE NOT NULL, "
    "DONE DOUBLE NOT NULL, STATUS INT, RESPONSE TEXT, HEADERS TEXT, SERVER VARCHAR(50), "
    "EXP_ID VARCHAR(100))",
    "INSERT INTO experiments VALUES ('old', NULL, 'me', 1, 2.5, 1, 'RUNNING'), "
    "('b', NULL, NULL, NULL, NULL, 3, 'FINISHED'), ('a', NULL, NULL, NULL, NULL, 4, 'RUNNING')",
    R"(INSERT INTO metadata VALUES ('old', '{"exp_id": "old"}'))",
    "INSERT INTO events VALUES ('old', '5.5', 'name', NULL)",
    "INSERT INTO traces VALUES ('r:1', 'c', 's', 1, -1, 2, NULL, NULL, NULL, NULL, 'old')"};

TEST_F(MariadbSchemaTest, TakesDatabasesOfTheOriginal) {
    for (const char* statement : kOriginal) {
        run(statement);
    }
    const auto before = query("SHOW CREATE TABLE experiments", 2);
    const auto store = open();
    EXPECT_EQ(query("SHOW CREATE TABLE experiments", 2), before);
    const auto old = store->running().value();
    ASSERT_TRUE(old.has_value());
    EXPECT_EQ(old->id, "old");
    EXPECT_EQ(store->list().value()[1].id, "b");
    EXPECT_EQ(store->metadata("old").value().value()["exp_id"], "old");
    EXPECT_EQ(store->traces_per_host("old").value(),
              (std::vector<HostTraces>{{std::nullopt, 1, 1}}));
    ASSERT_TRUE(store->add_traces(std::vector<model::Trace>{trace("caf\xC3\xA9")}, "old").ok());
    EXPECT_EQ(store->count_traces("old").value(), 2U);
    ASSERT_TRUE(store->save(experiment("new")).ok());
    ASSERT_TRUE(store->remove("old").ok());
}

TEST_F(MariadbSchemaTest, SaysHowToMakeAnOldTableTakeAllOfUnicode) {
    for (const char* statement : kOriginal) {
        run(statement);
    }
    const auto store = open();
    const std::vector<model::Trace> batch = {trace("\xF0\x9F\x98\x80")};
    const auto refused = store->add_traces(batch, "old");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidInput);
    EXPECT_THAT(refused.error().message(), HasSubstr("CONVERT TO CHARACTER SET utf8mb4"));
    run("ALTER TABLE traces CONVERT TO CHARACTER SET utf8mb4");
    EXPECT_TRUE(store->add_traces(batch, "old").ok());
}

TEST_F(MariadbSchemaTest, RefusesForeignDatabasesAndLeavesThemAlone) {
    run("CREATE TABLE events (id INT, text TEXT)");
    const Error foreign = open_error(options());
    EXPECT_EQ(foreign.code(), ErrorCode::kInvalidInput);
    EXPECT_THAT(foreign.message(), HasSubstr("database " + database_ + " on "));
    EXPECT_THAT(foreign.message(), HasSubstr("table events has no column EXP_ID"));
    EXPECT_THAT(query("SHOW TABLES", 1), ElementsAre("events"));
}

TEST_F(MariadbSchemaTest, NeedsNoPrivilegeToCreateWhatExists) {
    open();
    run("CREATE USER writer@localhost IDENTIFIED BY 'geheim'");
    run(fmt::format("GRANT SELECT, INSERT, UPDATE, DELETE ON {}.* TO writer@localhost", database_));
    auto writer = options();
    writer.user = "writer";
    writer.password = "geheim";
    EXPECT_TRUE(open(writer)->save(experiment("x")).ok());
    run("DROP TABLE traces");
    const Error denied = open_error(writer);
    EXPECT_EQ(denied.code(), ErrorCode::kDenied);
    EXPECT_THAT(denied.message(), HasSubstr("CREATE for the first time"));
    run("DROP USER writer@localhost");
}

TEST_F(MariadbSchemaTest, MakesNoTablesForThoseWhoOnlyLook) {
    auto looking = options();
    looking.missing_tables = MissingTables::kRefuse;
    const Error refused = open_error(looking);
    EXPECT_EQ(refused.code(), ErrorCode::kNotFound);
    EXPECT_THAT(refused.message(), HasSubstr("it has no table experiments"));
    EXPECT_THAT(query("SHOW TABLES", 1), ::testing::IsEmpty());
    open();
    EXPECT_TRUE(open(looking)->list().ok());
}

TEST_F(MariadbSchemaTest, OpensByTheVariablesOfTheOriginal) {
    for (const char* driver : {"mysql", "mariadb"}) {
        const auto store = open_store(base::Environment({
            {"galileo_expdb_driver", driver},
            {"galileo_expdb_mysql_socket", options().socket},
            {"galileo_expdb_mysql_user", "root"},
            {"galileo_expdb_mysql_db", database_},
        }));
        ASSERT_TRUE(store.ok()) << store.error().message();
        EXPECT_TRUE((*store)->list().ok());
    }
}

}  // namespace
}  // namespace galileo::store::mariadb
