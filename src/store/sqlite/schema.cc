#include "store/sqlite/schema.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "store/tables.h"

namespace galileo::store::sqlite {

namespace {

std::string create_tables() {
    std::string sql;
    for (const Table& table : tables()) {
        sql += fmt::format("CREATE TABLE IF NOT EXISTS {} ({});\n", table.name, table.definition);
        if (table.indexed) {
            sql += fmt::format("CREATE INDEX IF NOT EXISTS {0}_by_experiment ON {0} (EXP_ID);\n",
                               table.name);
        }
    }
    return sql + fmt::format("PRAGMA user_version = {};", kSchemaVersion);
}

Result<std::int64_t> user_version(Connection& connection) {
    Statement statement = TRY(connection.prepare("PRAGMA user_version"));
    TRY(statement.step());
    return statement.integer(0);
}

Result<void> check_table(Connection& connection, const Table& table) {
    Statement statement = TRY(connection.prepare("SELECT upper(name) FROM pragma_table_info(?)"));
    statement.bind(1, table.name);
    std::vector<std::string> found;
    while (TRY(statement.step())) {
        found.emplace_back(statement.text(0));
    }
    return check_columns(connection.path(), table, found, "choose another file");
}

Result<void> check_existing(Connection& connection) {
    for (const Table& table : tables()) {
        if (TRY(has_table(connection, table.name))) {
            TRY(check_table(connection, table));
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
        if (table.origin == TableOrigin::kContract || TRY(has_table(connection, table.name))) {
            TRY(check_table(connection, table));
        }
    }
    return {};
}

Result<bool> has_table(Connection& connection, std::string_view name) {
    Statement statement =
        TRY(connection.prepare("SELECT 1 FROM sqlite_master WHERE type='table' AND name=?"));
    statement.bind(1, name);
    return statement.step();
}

Result<void> create_schema(Connection& connection) {
    if (TRY(user_version(connection)) < kSchemaVersion) {
        Transaction transaction = TRY(Transaction::begin(connection));
        // Somebody else may have done it while we waited for the lock.
        if (TRY(user_version(connection)) < kSchemaVersion) {
            TRY(check_existing(connection));  // a foreign file stays as it was
            TRY(connection.execute(create_tables().c_str()));
        }
        TRY(check_schema(connection));
        return transaction.commit();
    }
    return check_schema(connection);
}

}  // namespace galileo::store::sqlite
