#include "store/sqlite/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <vector>

namespace galileo::store::sqlite {

namespace {

// Columns keep the order of contract 5.2: readers select `*` and count. Ours come last or in tables
// of their own.
constexpr const char* kTables = R"sql(
CREATE TABLE IF NOT EXISTS experiments (
    EXP_ID VARCHAR(100) NOT NULL PRIMARY KEY,
    NAME VARCHAR(100),
    CREATOR VARCHAR(100),
    START DOUBLE,
    END DOUBLE,
    CREATED DOUBLE,
    STATUS VARCHAR(30) NOT NULL
);
CREATE TABLE IF NOT EXISTS metadata (
    EXP_ID VARCHAR(100) NOT NULL PRIMARY KEY,
    DATA JSON NOT NULL
);
CREATE TABLE IF NOT EXISTS nodeinfo (
    EXP_ID VARCHAR(100) NOT NULL,
    NODE VARCHAR(50) NOT NULL,
    INFO_KEY VARCHAR(50),
    INFO_VALUE TEXT
);
CREATE TABLE IF NOT EXISTS telemetry (
    EXP_ID VARCHAR(100) NOT NULL,
    TIMESTAMP DOUBLE NOT NULL,
    METRIC VARCHAR(100) NOT NULL,
    SUBSYSTEM VARCHAR(100),
    NODE VARCHAR(50) NOT NULL,
    VALUE DOUBLE NOT NULL
);
CREATE TABLE IF NOT EXISTS events (
    EXP_ID VARCHAR(100) NOT NULL,
    TIMESTAMP DOUBLE NOT NULL,
    NAME VARCHAR(100) NOT NULL,
    VALUE TEXT
);
CREATE TABLE IF NOT EXISTS traces (
    REQUEST_ID VARCHAR(36) NOT NULL,
    CLIENT VARCHAR(50) NOT NULL,
    SERVICE VARCHAR(50) NOT NULL,
    CREATED DOUBLE NOT NULL,
    SENT DOUBLE NOT NULL,
    DONE DOUBLE NOT NULL,
    STATUS INT,
    RESPONSE TEXT,
    HEADERS TEXT,
    SERVER VARCHAR(50),
    EXP_ID VARCHAR(100)
);
PRAGMA user_version = 1;
)sql";

struct Table {
    const char* name;
    std::vector<std::string_view> columns;
};

const std::vector<Table>& tables() {
    static const std::vector<Table> kAll = {
        {"experiments", {"EXP_ID", "NAME", "CREATOR", "START", "END", "CREATED", "STATUS"}},
        {"metadata", {"EXP_ID", "DATA"}},
        {"nodeinfo", {"EXP_ID", "NODE", "INFO_KEY", "INFO_VALUE"}},
        {"telemetry", {"EXP_ID", "TIMESTAMP", "METRIC", "SUBSYSTEM", "NODE", "VALUE"}},
        {"events", {"EXP_ID", "TIMESTAMP", "NAME", "VALUE"}},
        {"traces",
         {"REQUEST_ID", "CLIENT", "SERVICE", "CREATED", "SENT", "DONE", "STATUS", "RESPONSE",
          "HEADERS", "SERVER", "EXP_ID"}},
    };
    return kAll;
}

Result<std::int64_t> user_version(Connection& connection) {
    Statement statement = TRY(connection.prepare("PRAGMA user_version"));
    TRY(statement.step());
    return statement.integer(0);
}

Result<void> check_table(Connection& connection, const Table& table) {
    Statement statement = TRY(connection.prepare("SELECT upper(name) FROM pragma_table_info(?)"));
    statement.bind(1, std::string_view(table.name));
    std::vector<std::string> found;
    while (TRY(statement.step())) {
        found.emplace_back(statement.text(0));
    }
    for (const std::string_view column : table.columns) {
        if (std::find(found.begin(), found.end(), column) == found.end()) {
            return Error(
                ErrorCode::kInvalidInput,
                found.empty()
                    ? fmt::format("database {}: it has no table {}: not written by galileo; "
                                  "choose another file",
                                  connection.path(), table.name)
                    : fmt::format("database {}: its table {} has no column {}: written by "
                                  "another program or a galileo-db before 0.9; choose "
                                  "another file",
                                  connection.path(), table.name, column));
        }
    }
    return {};
}

}  // namespace

Result<void> check_schema(Connection& connection) {
    const std::int64_t version = TRY(user_version(connection));
    if (version > kSchemaVersion) {
        return Error(
            ErrorCode::kInvalidInput,
            fmt::format("database {}: written by a newer galileo (schema {}, this one knows "
                        "{}); use that one or choose another file",
                        connection.path(), version, kSchemaVersion));
    }
    for (const Table& table : tables()) {
        TRY(check_table(connection, table));
    }
    return {};
}

Result<void> create_schema(Connection& connection) {
    if (TRY(user_version(connection)) < kSchemaVersion) {
        Transaction transaction = TRY(Transaction::begin(connection));
        // Somebody else may have done it while we waited for the lock.
        if (TRY(user_version(connection)) < kSchemaVersion) {
            TRY(connection.execute(kTables));
        }
        // A foreign file stays as it was.
        TRY(check_schema(connection));
        return transaction.commit();
    }
    return check_schema(connection);
}

}  // namespace galileo::store::sqlite
