#include "store/open_store.h"

#include <fmt/format.h>

#include "store/mariadb/mariadb_store.h"
#include "store/sqlite/sqlite_store.h"

namespace galileo::store {

namespace {

sqlite::OpenMode sqlite_mode(Access access) {
    switch (access) {
        case Access::kMake:
            break;
        case Access::kExisting:
            return sqlite::OpenMode::kExisting;
        case Access::kReadOnly:
            return sqlite::OpenMode::kReadOnly;
    }
    return sqlite::OpenMode::kCreate;
}

}  // namespace

Result<std::unique_ptr<ExperimentStore>> open_store(const base::Environment& environment,
                                                    Access access) {
    const std::string driver = environment.get("galileo_expdb_driver", "sqlite");
    if (driver == "sqlite") {
        sqlite::SqliteOptions options;
        options.path = environment.get("galileo_expdb_sqlite_path", options.path);
        options.mode = sqlite_mode(access);
        return std::unique_ptr<ExperimentStore>(TRY(sqlite::SqliteStore::open(options)));
    }
    if (driver == "mysql" || driver == "mariadb") {
        auto options = TRY(mariadb::MariadbOptions::from_environment(environment));
        options.missing_tables = access == Access::kMake ? mariadb::MissingTables::kMake
                                                         : mariadb::MissingTables::kRefuse;
        return std::unique_ptr<ExperimentStore>(TRY(mariadb::MariadbStore::open(options)));
    }
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("galileo_expdb_driver: unknown database driver {}; this version "
                             "knows sqlite and mysql (or mariadb, the same)",
                             driver));
}

std::string store_name(const base::Environment& environment) {
    const std::string driver = environment.get("galileo_expdb_driver", "sqlite");
    if (driver == "sqlite") {
        return environment.get("galileo_expdb_sqlite_path", "galileodb.sqlite");
    }
    const auto options = mariadb::MariadbOptions::from_environment(environment);
    return options ? options->name() : std::string();
}

}  // namespace galileo::store
