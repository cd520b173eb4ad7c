#include "store/open_store.h"

#include <fmt/format.h>

#include "store/mariadb/mariadb_store.h"
#include "store/sqlite/sqlite_store.h"

namespace galileo::store {

Result<std::unique_ptr<ExperimentStore>> open_store(const base::Environment& environment) {
    const std::string driver = environment.get("galileo_expdb_driver", "sqlite");
    if (driver == "sqlite") {
        sqlite::SqliteOptions options;
        options.path = environment.get("galileo_expdb_sqlite_path", options.path);
        return std::unique_ptr<ExperimentStore>(TRY(sqlite::SqliteStore::open(options)));
    }
    if (driver == "mysql" || driver == "mariadb") {
        const auto options = TRY(mariadb::MariadbOptions::from_environment(environment));
        return std::unique_ptr<ExperimentStore>(TRY(mariadb::MariadbStore::open(options)));
    }
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("galileo_expdb_driver: unknown database driver {}; this version "
                             "knows sqlite and mysql (or mariadb, the same)",
                             driver));
}

}  // namespace galileo::store
