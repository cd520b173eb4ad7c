#include "store/open_store.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "store/influx/mixed_store.h"
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

Result<std::unique_ptr<ExperimentStore>> open_mariadb(const base::Environment& environment,
                                                      Access access) {
    auto options = TRY(mariadb::MariadbOptions::from_environment(environment));
    options.missing_tables =
        access == Access::kMake ? mariadb::MissingTables::kMake : mariadb::MissingTables::kRefuse;
    return std::unique_ptr<ExperimentStore>(TRY(mariadb::MariadbStore::open(options)));
}

Result<std::unique_ptr<ExperimentStore>> open_mixed(const base::Environment& environment,
                                                    Access access) {
    const auto options = TRY(influx::InfluxOptions::from_environment(environment));
    auto influx = TRY(influx::InfluxClient::open(options, base::system_clock()));
    return std::unique_ptr<ExperimentStore>(std::make_unique<influx::MixedStore>(
        TRY(open_mariadb(environment, access)), std::move(influx)));
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
        return open_mariadb(environment, access);
    }
    if (driver == "mixed") {
        return open_mixed(environment, access);
    }
    if (driver == "influxdb") {
        return Error(ErrorCode::kInvalidInput,
                     "galileo_expdb_driver: influxdb alone cannot hold experiments; use mixed, "
                     "which keeps them in MySQL or MariaDB and what they record in InfluxDB");
    }
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("galileo_expdb_driver: unknown database driver {}; this version "
                             "knows sqlite, mysql (or mariadb, the same) and mixed",
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
