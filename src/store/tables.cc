#include "store/tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace galileo::store {

namespace {

/// What is known about experiments and hosts.
std::vector<Table> experiment_tables() {
    return {
        {"experiments",
         {"EXP_ID", "NAME", "CREATOR", "START", "END", "CREATED", "STATUS"},
         R"sql(
    EXP_ID VARCHAR(100) NOT NULL PRIMARY KEY,
    NAME VARCHAR(100),
    CREATOR VARCHAR(100),
    START DOUBLE,
    END DOUBLE,
    CREATED DOUBLE,
    STATUS VARCHAR(30) NOT NULL
)sql"},
        {"metadata",
         {"EXP_ID", "DATA"},
         R"sql(
    EXP_ID VARCHAR(100) NOT NULL PRIMARY KEY,
    DATA JSON NOT NULL
)sql"},
        {"nodeinfo",
         {"EXP_ID", "NODE", "INFO_KEY", "INFO_VALUE"},
         R"sql(
    EXP_ID VARCHAR(100) NOT NULL,
    NODE VARCHAR(50) NOT NULL,
    INFO_KEY VARCHAR(50),
    INFO_VALUE TEXT
)sql",
         TableOrigin::kContract,
         true},
        {"telemetry",
         {"EXP_ID", "TIMESTAMP", "METRIC", "SUBSYSTEM", "NODE", "VALUE"},
         R"sql(
    EXP_ID VARCHAR(100) NOT NULL,
    TIMESTAMP DOUBLE NOT NULL,
    METRIC VARCHAR(100) NOT NULL,
    SUBSYSTEM VARCHAR(100),
    NODE VARCHAR(50) NOT NULL,
    VALUE DOUBLE NOT NULL
)sql",
         TableOrigin::kContract,
         true},
    };
}

/// What happened during experiments.
std::vector<Table> recorded_tables() {
    return {
        {"events",
         {"EXP_ID", "TIMESTAMP", "NAME", "VALUE"},
         R"sql(
    EXP_ID VARCHAR(100) NOT NULL,
    TIMESTAMP DOUBLE NOT NULL,
    NAME VARCHAR(100) NOT NULL,
    VALUE TEXT
)sql",
         TableOrigin::kContract,
         true},
        {"traces",
         {"REQUEST_ID", "CLIENT", "SERVICE", "CREATED", "SENT", "DONE", "STATUS", "RESPONSE",
          "HEADERS", "SERVER", "EXP_ID"},
         R"sql(
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
)sql"},
        {"statistics",
         {"EXP_ID", "TIMESTAMP", "DATA"},
         R"sql(
    EXP_ID VARCHAR(100) NOT NULL,
    TIMESTAMP DOUBLE NOT NULL,
    DATA LONGTEXT NOT NULL
)sql",
         TableOrigin::kOurs,
         true},
    };
}

}  // namespace

const std::vector<Table>& tables() {
    static const std::vector<Table> kAll = [] {
        auto all = experiment_tables();
        for (auto& table : recorded_tables()) {
            all.push_back(std::move(table));
        }
        return all;
    }();
    return kAll;
}

const Table& table_named(std::string_view name) {
    const auto found = std::find_if(tables().begin(), tables().end(),
                                    [name](const Table& table) { return table.name == name; });
    GALILEO_ASSERT(found != tables().end());
    return *found;
}

Result<void> check_columns(std::string_view database,
                           const Table& table,
                           std::span<const std::string> found,
                           std::string_view remedy) {
    if (found.empty()) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("database {}: it has no table {}: not written by galileo; {}",
                                 database, table.name, remedy));
    }
    for (const std::string_view column : table.columns) {
        if (std::find(found.begin(), found.end(), column) == found.end()) {
            return Error(ErrorCode::kInvalidInput,
                         fmt::format("database {}: its table {} has no column {}: written by "
                                     "another program or a galileo-db before 0.9; {}",
                                     database, table.name, column, remedy));
        }
    }
    return {};
}

}  // namespace galileo::store
