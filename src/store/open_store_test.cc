// Goal: that the environment chooses the store; opening MariaDB for real is tests/mariadb.
#include "store/open_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "store/mariadb/options.h"

namespace galileo::store {
namespace {

using mariadb::MariadbOptions;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Error error_of(base::Environment::Map variables) {
    auto store = open_store(base::Environment(std::move(variables)));
    EXPECT_FALSE(store.ok());
    return store ? Error(ErrorCode::kInternal, "opened") : std::move(store).error();
}

TEST(OpenStoreTest, NamesTheDriversThatItKnows) {
    const Error unknown = error_of({{"galileo_expdb_driver", "oracle"}});
    EXPECT_EQ(unknown.code(), ErrorCode::kInvalidInput);
    EXPECT_THAT(
        unknown.message(),
        AllOf(HasSubstr("galileo_expdb_driver"), HasSubstr("unknown database driver oracle"),
              HasSubstr("sqlite"), HasSubstr("mysql"), HasSubstr("mariadb")));
}

TEST(OpenStoreTest, KnowsInfluxOnlyBesideSql) {
    const Error alone = error_of({{"galileo_expdb_driver", "influxdb"}});
    EXPECT_EQ(alone.code(), ErrorCode::kInvalidInput);
    EXPECT_THAT(alone.message(), AllOf(HasSubstr("influxdb alone"), HasSubstr("use mixed")));
    EXPECT_THAT(error_of({{"galileo_expdb_driver", "mixed"}}).message(),
                HasSubstr("galileo_expdb_mysql_db: not set"));
    EXPECT_THAT(error_of({{"galileo_expdb_driver", "mixed"},
                          {"galileo_expdb_mysql_db", "galileo"},
                          {"galileo_expdb_influxdb_timeout", "soon"}})
                    .message(),
                HasSubstr("galileo_expdb_influxdb_timeout: 'soon'"));
}

TEST(OpenStoreTest, WantsTheNameOfTheDatabase) {
    const Error unnamed = error_of({{"galileo_expdb_driver", "mysql"}});
    EXPECT_EQ(unnamed.code(), ErrorCode::kInvalidInput);
    EXPECT_THAT(unnamed.message(), HasSubstr("galileo_expdb_mysql_db: not set"));
}

TEST(OpenStoreTest, SaysWhereThereIsNoServerWithoutThePassword) {
    const Error away = error_of({{"galileo_expdb_driver", "mariadb"},
                                 {"galileo_expdb_mysql_host", "127.0.0.1"},
                                 {"galileo_expdb_mysql_port", "1"},
                                 {"galileo_expdb_mysql_user", "me"},
                                 {"galileo_expdb_mysql_password", "geheim-3141"},
                                 {"galileo_expdb_mysql_db", "galileo"}});
    EXPECT_EQ(away.code(), ErrorCode::kUnavailable);
    EXPECT_THAT(away.message(),
                AllOf(HasSubstr("database galileo on 127.0.0.1:1"), Not(HasSubstr("geheim"))));
}

TEST(OpenStoreTest, MakesNoFileUnlessItMay) {
    const std::string path = ::testing::TempDir() + "/galileo-no-such.sqlite";
    std::filesystem::remove(path);
    const base::Environment environment({{"galileo_expdb_sqlite_path", path}});
    for (const Access access : {Access::kReadOnly, Access::kExisting}) {
        const auto refused = open_store(environment, access);
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().code(), ErrorCode::kNotFound);
        EXPECT_THAT(refused.error().message(), HasSubstr(path));
        EXPECT_FALSE(std::filesystem::exists(path));
    }
    model::Experiment queued;
    queued.id = "x";
    queued.status = "QUEUED";
    ASSERT_TRUE(open_store(environment).ok());
    auto reading = open_store(environment, Access::kReadOnly);
    ASSERT_TRUE(reading.ok());
    EXPECT_EQ((*reading)->save(queued).error().code(), ErrorCode::kDenied);
    auto writing = open_store(environment, Access::kExisting);
    ASSERT_TRUE(writing.ok());
    EXPECT_TRUE((*writing)->save(queued).ok());
    std::filesystem::remove(path);
}

Result<MariadbOptions> read(base::Environment::Map variables) {
    return MariadbOptions::from_environment(base::Environment(std::move(variables)));
}

TEST(MariadbOptionsTest, ReadsEveryVariableAndHasTheOriginalsDefaults) {
    const auto plain = read({{"galileo_expdb_mysql_db", "g"}}).value();
    EXPECT_EQ(plain.name(), "g on localhost:3307");
    EXPECT_EQ(plain.user, "");
    EXPECT_EQ(plain.patience, std::chrono::seconds(60));
    EXPECT_EQ(plain.lock_timeout, std::chrono::seconds(10));
    const auto full = read({{"galileo_expdb_mysql_host", "h"},
                            {"galileo_expdb_mysql_port", "3306"},
                            {"galileo_expdb_mysql_user", "u"},
                            {"galileo_expdb_mysql_password", "p"},
                            {"galileo_expdb_mysql_db", "g"},
                            {"galileo_expdb_mysql_timeout", "6"}})
                          .value();
    EXPECT_EQ(full.name(), "g on h:3306");
    EXPECT_EQ(full.user, "u");
    EXPECT_EQ(full.password, "p");
    EXPECT_EQ(full.patience, std::chrono::seconds(6));
    EXPECT_EQ(full.lock_timeout, std::chrono::seconds(3));
    const auto socket =
        read({{"galileo_expdb_mysql_socket", "/run/s"}, {"galileo_expdb_mysql_db", "g"}}).value();
    EXPECT_EQ(socket.name(), "g on /run/s");
}

TEST(MariadbOptionsTest, RefusesWhatIsNoNumber) {
    for (const char* text : {"x", "0", "65536", "3306 ", "-1", "3306x"}) {
        const auto refused =
            read({{"galileo_expdb_mysql_db", "g"}, {"galileo_expdb_mysql_port", text}});
        ASSERT_FALSE(refused.ok()) << text;
        EXPECT_THAT(refused.error().message(), AllOf(HasSubstr("galileo_expdb_mysql_port"),
                                                     HasSubstr(text), HasSubstr("1 to 65535")));
    }
    EXPECT_FALSE(
        read({{"galileo_expdb_mysql_db", "g"}, {"galileo_expdb_mysql_timeout", "0"}}).ok());
}

}  // namespace
}  // namespace galileo::store
