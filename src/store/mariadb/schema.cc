#include "store/mariadb/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "store/tables.h"

namespace galileo::store::mariadb {

namespace {

constexpr std::string_view kOrdinalColumn = "ORDINAL";
constexpr std::string_view kRemedy = "name another database (galileo_expdb_mysql_db)";

// Only servers that have invisible columns read what is in these comments: MariaDB from 10.3.3 the
// first, MySQL from 8.0.23 the second.
constexpr std::string_view kOrdinal =
    "/*M!100303 , ORDINAL BIGINT UNSIGNED NOT NULL AUTO_INCREMENT UNIQUE INVISIBLE */"
    "/*!80023 , ORDINAL BIGINT UNSIGNED NOT NULL AUTO_INCREMENT UNIQUE INVISIBLE */";

/// Upper-case names of the columns of each table that exists.
using Columns = std::map<std::string, std::vector<std::string>, std::less<>>;

Result<Columns> columns_of(Connection& connection) {
    std::string names;
    for (const Table& table : tables()) {
        names += fmt::format("{}'{}'", names.empty() ? "" : ",", table.name);
    }
    Rows rows = TRY(connection.query(
        fmt::format("SELECT TABLE_NAME, UPPER(COLUMN_NAME) FROM information_schema.COLUMNS "
                    "WHERE TABLE_SCHEMA=DATABASE() AND TABLE_NAME IN ({})",
                    names)));
    Columns columns;
    while (TRY(rows.next())) {
        columns[std::string(rows.text(0))].emplace_back(rows.text(1));
    }
    return columns;
}

Result<void> check_existing(const Connection& connection, const Columns& columns) {
    for (const Table& table : tables()) {
        const auto found = columns.find(table.name);
        if (found != columns.end()) {
            TRY(check_columns(connection.name(), table, found->second, kRemedy));
        }
    }
    return {};
}

/// With a binary collation: ids that differ in case only are two. InnoDB: transactions.
std::string create_table(const Table& table) {
    const std::string index =
        table.indexed ? fmt::format(", INDEX {}_by_experiment (EXP_ID)", table.name) : "";
    return fmt::format(
        "CREATE TABLE IF NOT EXISTS {} ({}{}{}) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 "
        "COLLATE=utf8mb4_bin",
        table.name, table.definition, index, table.name == "experiments" ? kOrdinal : "");
}

}  // namespace

Result<Schema> create_schema(Connection& connection, MissingTables missing) {
    Columns columns = TRY(columns_of(connection));
    TRY(check_existing(connection, columns));
    for (const Table& table : tables()) {
        if (columns.contains(table.name)) {
            continue;
        }
        if (missing == MissingTables::kRefuse) {
            if (table.origin == TableOrigin::kOurs) {
                continue;
            }
            return Error(ErrorCode::kNotFound,
                         fmt::format("database {}: it has no table {}: nothing was recorded "
                                     "there; choose another database",
                                     connection.name(), table.name));
        }
        TRY(connection.execute(create_table(table)));
    }
    if (columns.size() < tables().size()) {
        columns = TRY(columns_of(connection));
    }
    const auto& experiments = columns["experiments"];
    const bool numbered =
        std::find(experiments.begin(), experiments.end(), kOrdinalColumn) != experiments.end();
    return Schema{numbered ? ExperimentOrder::kOrdinal : ExperimentOrder::kCreated,
                  columns.contains("statistics")};
}

}  // namespace galileo::store::mariadb
