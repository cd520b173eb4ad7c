// Goal: what is special to SQLite: files of the original, what notebooks run, every way to fail.
#include "store/sqlite/sqlite_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "base/ids.h"
#include "store/sqlite/schema.h"
#include "store/testing/store_conformance.h"

namespace galileo::store::sqlite {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// A directory that goes away with everything in it.
class TemporaryDirectory {
  public:
    TemporaryDirectory()
        : path_(std::filesystem::temp_directory_path() /
                ("galileo-store-" + base::random_hex(12))) {
        std::filesystem::create_directory(path_);
    }
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    [[nodiscard]] std::string file(std::string_view name = "galileodb.sqlite") const {
        return path_ / name;
    }

  private:
    std::filesystem::path path_;
};

class SqliteEnvironment final : public testing::StoreEnvironment {
  public:
    std::unique_ptr<ExperimentStore> open() override {
        auto store = SqliteStore::open({.path = directory_.file()});
        EXPECT_TRUE(store.ok()) << store.error().message();
        return store ? std::move(store).value() : nullptr;
    }

  private:
    TemporaryDirectory directory_;
};

using testing::StoreConformance;
INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, ::testing::Values(testing::conformance_on([] {
                             return std::make_unique<SqliteEnvironment>();
                         })));

class SqliteStoreTest : public ::testing::Test {
  protected:
    std::unique_ptr<SqliteStore> open(SqliteOptions options = {}) {
        options.path = directory_.file();
        auto store = SqliteStore::open(options);
        EXPECT_TRUE(store.ok()) << store.error().message();
        return store ? std::move(store).value() : nullptr;
    }

    Error open_error(SqliteOptions options) {
        auto store = SqliteStore::open(options);
        EXPECT_FALSE(store.ok());
        return store ? Error(ErrorCode::kInternal, "opened") : std::move(store).error();
    }

    std::unique_ptr<Connection> raw() {
        return Connection::open(directory_.file(), OpenMode::kCreate, 0ms).value();
    }

    /// All rows of a query, values separated by `|`, NULL as `NULL`.
    std::vector<std::string> query(std::string_view sql, int columns) {
        const auto connection = raw();
        auto statement = connection->prepare(sql);
        EXPECT_TRUE(statement.ok()) << statement.error().message();
        std::vector<std::string> rows;
        while (statement->step().value()) {
            std::string row;
            for (int i = 0; i < columns; ++i) {
                row += (i == 0 ? "" : "|");
                row += statement->is_null(i) ? "NULL" : statement->text(i);
            }
            rows.push_back(row);
        }
        return rows;
    }

    TemporaryDirectory directory_;
};

model::Trace trace(std::string response = "ok") {
    return {.request_id = "2205fbcccc:2",
            .client = "w1:echo:1",
            .service = "echo",
            .created = 1.5,
            .sent = 2.5,
            .done = 3.5,
            .status = 200,
            .server = "h:1",
            .exp_id = std::nullopt,
            .headers = "{}",
            .response = std::move(response)};
}

TEST_F(SqliteStoreTest, HasTheColumnsOfTheOriginalInTheirOrder) {
    open();
    const std::pair<const char*, std::vector<std::string>> tables[] = {
        {"experiments",
         {"EXP_ID|VARCHAR(100)|1|1", "NAME|VARCHAR(100)|0|0", "CREATOR|VARCHAR(100)|0|0",
          "START|DOUBLE|0|0", "END|DOUBLE|0|0", "CREATED|DOUBLE|0|0", "STATUS|VARCHAR(30)|1|0"}},
        {"metadata", {"EXP_ID|VARCHAR(100)|1|1", "DATA|JSON|1|0"}},
        {"nodeinfo",
         {"EXP_ID|VARCHAR(100)|1|0", "NODE|VARCHAR(50)|1|0", "INFO_KEY|VARCHAR(50)|0|0",
          "INFO_VALUE|TEXT|0|0"}},
        {"telemetry",
         {"EXP_ID|VARCHAR(100)|1|0", "TIMESTAMP|DOUBLE|1|0", "METRIC|VARCHAR(100)|1|0",
          "SUBSYSTEM|VARCHAR(100)|0|0", "NODE|VARCHAR(50)|1|0", "VALUE|DOUBLE|1|0"}},
        {"events",
         {"EXP_ID|VARCHAR(100)|1|0", "TIMESTAMP|DOUBLE|1|0", "NAME|VARCHAR(100)|1|0",
          "VALUE|TEXT|0|0"}},
        {"traces",
         {"REQUEST_ID|VARCHAR(36)|1|0", "CLIENT|VARCHAR(50)|1|0", "SERVICE|VARCHAR(50)|1|0",
          "CREATED|DOUBLE|1|0", "SENT|DOUBLE|1|0", "DONE|DOUBLE|1|0", "STATUS|INT|0|0",
          "RESPONSE|TEXT|0|0", "HEADERS|TEXT|0|0", "SERVER|VARCHAR(50)|0|0",
          "EXP_ID|VARCHAR(100)|0|0"}},
        {"statistics", {"EXP_ID|VARCHAR(100)|1|0", "TIMESTAMP|DOUBLE|1|0", "DATA|LONGTEXT|1|0"}},
    };
    for (const auto& [table, columns] : tables) {
        EXPECT_EQ(
            query(fmt::format("SELECT name, type, \"notnull\", pk FROM pragma_table_info('{}')",
                              table),
                  4),
            columns)
            << table;
    }
    EXPECT_EQ(query("PRAGMA user_version", 1), std::vector<std::string>{"2"});
    EXPECT_EQ(query("PRAGMA journal_mode", 1), std::vector<std::string>{"wal"});
}

TEST_F(SqliteStoreTest, AnswersTheQueriesOfTheNotebooks) {
    const auto store = open();
    ASSERT_TRUE(store
                    ->save({.id = "e1",
                            .name = "n",
                            .creator = std::nullopt,
                            .start = 1.5,
                            .end = std::nullopt,
                            .created = 1.25,
                            .status = "FINISHED"})
                    .ok());
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
                ::testing::ElementsAre("e1|n|NULL|1.5|NULL|1.25|FINISHED"));
    EXPECT_THAT(query("SELECT * FROM metadata", 2),
                ::testing::ElementsAre(R"(e1|{"k": "\u00fc"})"));
    EXPECT_THAT(query("SELECT * FROM metadata WHERE EXP_ID = 'e1'", 2), ::testing::SizeIs(1));
    // Double-quoted literals and lower-case column names, as they write them.
    EXPECT_THAT(query(R"(SELECT * FROM nodeinfo WHERE exp_id in ("e1", "e2"))", 4),
                ::testing::ElementsAre("e1|node1|arch|amd64"));
    EXPECT_THAT(query(R"(SELECT * FROM events WHERE exp_id in ("e1"))", 4),
                ::testing::ElementsAre("e1|1.5|pod/running|a b"));
    EXPECT_THAT(query(R"(SELECT * FROM telemetry WHERE exp_id in ("e1"))", 6),
                ::testing::ElementsAre("e1|1.5|cpu|NULL|node1|80.0"));
    EXPECT_THAT(query("SELECT * FROM traces", 11),
                ::testing::ElementsAre("2205fbcccc:2|w1:echo:1|echo|1.5|2.5|3.5|200|ok|{}|h:1|e1"));
    EXPECT_THAT(
        query("SELECT typeof(DATA), typeof(START), typeof(STATUS) FROM metadata, experiments", 3),
        ::testing::ElementsAre("text|real|text"));
    EXPECT_THAT(query("SELECT typeof(CREATED), typeof(STATUS), typeof(RESPONSE) FROM traces", 3),
                ::testing::ElementsAre("real|integer|text"));
}

// The same tables as a program writes them that knows nothing of us, and rows that it leaves
// behind.
constexpr const char* kOriginal = R"sql(
CREATE TABLE experiments (EXP_ID VARCHAR(100) NOT NULL, NAME VARCHAR(100), CREATOR VARCHAR(100),
    START DOUBLE, END DOUBLE, CREATED DOUBLE, STATUS VARCHAR(30) NOT NULL, PRIMARY KEY (EXP_ID));
CREATE TABLE metadata (EXP_ID VARCHAR(100) NOT NULL, DATA JSON NOT NULL, PRIMARY KEY (EXP_ID));
CREATE TABLE nodeinfo (EXP_ID VARCHAR(100) NOT NULL, NODE VARCHAR(50) NOT NULL,
    INFO_KEY VARCHAR(50), INFO_VALUE TEXT);
CREATE TABLE telemetry (EXP_ID VARCHAR(100) NOT NULL, TIMESTAMP DOUBLE NOT NULL,
    METRIC VARCHAR(100) NOT NULL, SUBSYSTEM VARCHAR(100), NODE VARCHAR(50) NOT NULL,
    VALUE DOUBLE NOT NULL);
CREATE TABLE events (EXP_ID VARCHAR(100) NOT NULL, TIMESTAMP DOUBLE NOT NULL,
    NAME VARCHAR(100) NOT NULL, VALUE TEXT);
CREATE TABLE traces (REQUEST_ID VARCHAR(36) NOT NULL, CLIENT VARCHAR(50) NOT NULL,
    SERVICE VARCHAR(50) NOT NULL, CREATED DOUBLE NOT NULL, SENT DOUBLE NOT NULL,
    DONE DOUBLE NOT NULL, STATUS INT, RESPONSE TEXT, HEADERS TEXT, SERVER VARCHAR(50),
    EXP_ID VARCHAR(100));
INSERT INTO experiments VALUES ('old', NULL, 'me', 1, 2.5, 1, 'RUNNING');
INSERT INTO metadata VALUES ('old', '{"exp_id": "old"}');
INSERT INTO events VALUES ('old', 'notatime', 'name', NULL);
INSERT INTO traces VALUES ('r:1', 'c', 's', 1, -1, 2, NULL, NULL, NULL, NULL, 'old');
)sql";

TEST_F(SqliteStoreTest, ReadsFilesOfTheOriginalAsTheyAre) {
    ASSERT_TRUE(raw()->execute(kOriginal).ok());
    const auto store = SqliteStore::open({.path = directory_.file(), .mode = OpenMode::kReadOnly});
    ASSERT_TRUE(store.ok()) << store.error().message();
    EXPECT_EQ((*store)->count_traces("old").value(), 1U);
    EXPECT_TRUE((*store)
                    ->for_each_second("old",
                                      [](const StatisticsSecond&) {
                                          ADD_FAILURE() << "a second of the original";
                                          return Visit::kContinue;
                                      })
                    .ok());
    EXPECT_EQ(query("PRAGMA user_version", 1), std::vector<std::string>{"0"});
}

TEST_F(SqliteStoreTest, BringsFilesOfTheOriginalForward) {
    ASSERT_TRUE(raw()->execute(kOriginal).ok());
    const auto store = open();
    ASSERT_TRUE(store->add_statistics("old", std::vector<StatisticsSecond>{{1, "AA=="}}).ok());
    EXPECT_EQ(query("SELECT name FROM sqlite_master WHERE type='index' AND name LIKE '%by_exp%' "
                    "ORDER BY name",
                    1),
              (std::vector<std::string>{"events_by_experiment", "nodeinfo_by_experiment",
                                        "statistics_by_experiment", "telemetry_by_experiment"}));
    EXPECT_EQ(query("SELECT * FROM experiments", 7),
              std::vector<std::string>{"old|NULL|me|1.0|2.5|1.0|RUNNING"});
    ASSERT_TRUE(store->remove("old").ok());
    EXPECT_TRUE(query("SELECT * FROM statistics", 3).empty());
}

TEST_F(SqliteStoreTest, TakesFilesOfTheOriginal) {
    ASSERT_TRUE(raw()->execute(kOriginal).ok());
    const auto store = open();
    const auto old = store->running().value();
    ASSERT_TRUE(old.has_value());
    EXPECT_EQ(old->id, "old");
    EXPECT_EQ(old->start, 1.0);
    EXPECT_EQ(store->metadata("old").value().value()["exp_id"], "old");
    EXPECT_EQ(store->count_traces("old").value(), 1U);
    EXPECT_EQ(store->traces_per_host("old").value(),
              (std::vector<HostTraces>{{std::nullopt, 1, 1}}));
    ASSERT_TRUE(store
                    ->for_each_event("old",
                                     [](const model::Event& event) {
                                         EXPECT_EQ(event.timestamp, 0);
                                         return Visit::kContinue;
                                     })
                    .ok());
    ASSERT_TRUE(store->add_traces(std::vector<model::Trace>{trace()}, "old").ok());
    ASSERT_TRUE(store->remove("old").ok());
}

TEST_F(SqliteStoreTest, ReadsFilesOfTheOriginalWithoutWriting) {
    ASSERT_TRUE(raw()->execute(kOriginal).ok());
    const auto store = open({.mode = OpenMode::kReadOnly});
    EXPECT_EQ(store->list().value().size(), 1U);
    const auto written = store->save({.id = "x",
                                      .name = {},
                                      .creator = {},
                                      .start = {},
                                      .end = {},
                                      .created = {},
                                      .status = "QUEUED"});
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error().code(), ErrorCode::kDenied);
    EXPECT_EQ(query("PRAGMA user_version", 1), std::vector<std::string>{"0"});
}

TEST_F(SqliteStoreTest, RefusesForeignFilesAndLeavesThemAlone) {
    ASSERT_TRUE(raw()->execute("CREATE TABLE events (id INT, text TEXT)").ok());
    const Error foreign = open_error({.path = directory_.file()});
    EXPECT_EQ(foreign.code(), ErrorCode::kInvalidInput);
    EXPECT_THAT(foreign.message(), HasSubstr(directory_.file()));
    EXPECT_THAT(foreign.message(), HasSubstr("table events has no column EXP_ID"));
    EXPECT_EQ(query("SELECT name FROM sqlite_schema", 1), std::vector<std::string>{"events"});
    EXPECT_EQ(query("PRAGMA journal_mode", 1), std::vector<std::string>{"delete"});
}

TEST_F(SqliteStoreTest, RefusesFilesOfANewerSchema) {
    open();
    ASSERT_TRUE(raw()->execute("PRAGMA user_version = 99").ok());
    const Error newer = open_error({.path = directory_.file()});
    EXPECT_EQ(newer.code(), ErrorCode::kInvalidInput);
    EXPECT_THAT(newer.message(), HasSubstr("written by a newer galileo (schema 99"));
}

TEST_F(SqliteStoreTest, RefusesGarbage) {
    std::ofstream(directory_.file()) << std::string(10'000, 'g');
    const Error garbage = open_error({.path = directory_.file()});
    EXPECT_EQ(garbage.code(), ErrorCode::kInvalidInput);
    EXPECT_THAT(garbage.message(), HasSubstr(directory_.file() + ": it is not an SQLite database"));
}

TEST_F(SqliteStoreTest, SaysThatAFileIsDamaged) {
    {
        const auto store = open();
        ASSERT_TRUE(
            store->add_traces(std::vector<model::Trace>(500, trace(std::string(900, 'r'))), "x")
                .ok());
    }
    {
        const int fd = ::open(directory_.file().c_str(), O_WRONLY | O_CLOEXEC);
        const std::string junk(200'000, '\x5A');
        ASSERT_EQ(::pwrite(fd, junk.data(), junk.size(), 120'000),
                  static_cast<ssize_t>(junk.size()));
        ::close(fd);
    }
    const auto store = open();
    const auto count = store->count_traces("x");
    ASSERT_FALSE(count.ok());
    EXPECT_EQ(count.error().code(), ErrorCode::kInvalidInput);
    EXPECT_THAT(count.error().message(), HasSubstr("the file is damaged"));
}

TEST_F(SqliteStoreTest, NamesWhatIsWrongWithThePath) {
    const Error no_directory = open_error({.path = directory_.file("no/such/x.sqlite")});
    EXPECT_EQ(no_directory.code(), ErrorCode::kNotFound);
    EXPECT_THAT(no_directory.message(), HasSubstr("no/such/x.sqlite"));
    EXPECT_THAT(no_directory.message(), HasSubstr("create the directory"));

    const Error no_file =
        open_error({.path = directory_.file("x.sqlite"), .mode = OpenMode::kExisting});
    EXPECT_EQ(no_file.code(), ErrorCode::kNotFound);
    const Error not_there =
        open_error({.path = directory_.file("x.sqlite"), .mode = OpenMode::kReadOnly});
    EXPECT_EQ(not_there.code(), ErrorCode::kNotFound);
    EXPECT_FALSE(std::filesystem::exists(directory_.file("x.sqlite")));

    const Error directory = open_error({.path = directory_.file("")});
    EXPECT_EQ(directory.code(), ErrorCode::kInvalidInput);
    EXPECT_THAT(directory.message(), HasSubstr("is a directory"));
    EXPECT_EQ(open_error({.path = ""}).code(), ErrorCode::kInvalidInput);
}

TEST_F(SqliteStoreTest, TakesPathsThatLookLikeUris) {
    const std::string before = std::filesystem::current_path();
    std::filesystem::current_path(std::filesystem::path(directory_.file()).parent_path());
    EXPECT_TRUE(SqliteStore::open({.path = "file:x?mode=memory"}).ok());
    std::filesystem::current_path(before);
    EXPECT_TRUE(std::filesystem::exists(directory_.file("file:x?mode=memory")));
}

TEST_F(SqliteStoreTest, SaysThatItMayNotWrite) {
    open();
    const auto directory = std::filesystem::path(directory_.file()).parent_path();
    ASSERT_EQ(::chmod(directory.c_str(), 0777), 0);
    ASSERT_EQ(::chmod(directory_.file().c_str(), 0444), 0);
    const bool root = ::geteuid() == 0;  // root may write everything: be nobody for a moment
    constexpr uid_t kNobody = 65'534;
    ASSERT_EQ(root ? ::seteuid(kNobody) : 0, 0);
    const Error denied = open_error({.path = directory_.file()});
    const Error no_directory = open_error({.path = "/galileo-no-such-file.sqlite"});
    ASSERT_EQ(root ? ::seteuid(0) : 0, 0);
    EXPECT_EQ(denied.code(), ErrorCode::kDenied);
    EXPECT_THAT(denied.message(), HasSubstr("cannot be written; check the permissions"));
    EXPECT_EQ(no_directory.code(), ErrorCode::kDenied);
}

TEST_F(SqliteStoreTest, WritesABatchAsAWholeOrNotAtAllWhenTheDiskIsFull) {
    std::uint64_t stored = 0;
    const std::vector<model::Trace> batch(100, trace(std::string(1'000, 'r')));
    {
        const auto store = open({.file_bytes_max = 1'000'000});
        for (;;) {
            const auto report = store->add_traces(batch, "x");
            if (!report) {
                EXPECT_EQ(report.error().code(), ErrorCode::kExhausted);
                EXPECT_THAT(report.error().message(), HasSubstr(directory_.file()));
                EXPECT_THAT(report.error().message(), HasSubstr("is full; free space"));
                break;
            }
            stored += report->stored;
            ASSERT_LT(stored, 10'000U) << "the limit has no effect";
        }
        EXPECT_GT(stored, 0U);
        EXPECT_EQ(store->count_traces("x").value(), stored);
        EXPECT_FALSE(store->add_traces(batch, "x").ok());  // and again, without getting stuck
        EXPECT_EQ(store->count_traces("x").value(), stored);
    }
    const auto store = open();  // space was freed: the batch that failed is repeated
    EXPECT_EQ(store->add_traces(batch, "x").value().stored, 100U);
    EXPECT_EQ(store->count_traces("x").value(), stored + 100);
}

TEST_F(SqliteStoreTest, GivesUpOnALockedFileAndGoesOnAfterwards) {
    const auto store = open({.busy_timeout = 5ms});
    const std::vector<model::Trace> batch(3, trace());
    {
        const auto other = raw();
        ASSERT_TRUE(other->execute("BEGIN IMMEDIATE").ok());
        const auto locked = store->add_traces(batch, "x");
        ASSERT_FALSE(locked.ok());
        EXPECT_EQ(locked.error().code(), ErrorCode::kTimeout);
        EXPECT_THAT(locked.error().message(),
                    HasSubstr("locked by another program for more than 5 ms"));
        EXPECT_EQ(store->count_traces("x").value(), 0U);  // reading goes on meanwhile
        ASSERT_TRUE(other->execute("ROLLBACK").ok());
    }
    EXPECT_EQ(store->add_traces(batch, "x").value().stored, 3U);
}

TEST_F(SqliteStoreTest, RollsBackABatchThatFailsHalfWay) {
    const auto store = open();
    // A trigger stands for any failure of one row.
    ASSERT_TRUE(raw()
                    ->execute("CREATE TRIGGER no BEFORE INSERT ON traces WHEN NEW.STATUS = 418 "
                              "BEGIN SELECT RAISE(ABORT, 'teapot'); END")
                    .ok());
    std::vector<model::Trace> batch(50, trace());
    batch[40].status = 418;
    const auto failed = store->add_traces(batch, "x");
    ASSERT_FALSE(failed.ok());
    EXPECT_THAT(failed.error().message(), HasSubstr("teapot"));
    EXPECT_EQ(store->count_traces("x").value(), 0U);
    batch[40].status = 200;
    EXPECT_EQ(store->add_traces(batch, "x").value().stored, 50U);
}

TEST_F(SqliteStoreTest, SeveralWritersOpenAndFillOneNewFile) {
    constexpr int kWriters = 4;
    constexpr int kBatches = 20;
    std::atomic<int> failures{0};
    std::vector<std::thread> writers;
    for (int i = 0; i < kWriters; ++i) {
        writers.emplace_back([&] {
            auto store = SqliteStore::open({.path = directory_.file(), .busy_timeout = 60s});
            const std::vector<model::Trace> batch(40, trace());
            for (int n = 0; n < kBatches; ++n) {
                failures += store.ok() && (*store)->add_traces(batch, "x").ok() ? 0 : 1;
            }
        });
    }
    for (auto& writer : writers) {
        writer.join();
    }
    EXPECT_EQ(failures.load(), 0);
    EXPECT_EQ(open()->count_traces("x").value(), 40U * kWriters * kBatches);
}

TEST_F(SqliteStoreTest, NamesMetadataThatIsNotJson) {
    const auto store = open();
    ASSERT_TRUE(raw()->execute("INSERT INTO metadata VALUES ('x', '{oops')").ok());
    const auto metadata = store->metadata("x");
    ASSERT_FALSE(metadata.ok());
    EXPECT_THAT(metadata.error().message(),
                HasSubstr("metadata of experiment 'x': not valid JSON"));
}

}  // namespace
}  // namespace galileo::store::sqlite
