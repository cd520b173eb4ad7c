#pragma once

#include <memory>
#include <string>

#include "base/environment.h"
#include "base/result.h"
#include "store/experiment_store.h"

namespace galileo::store {

/// What opening may do to a database.
enum class Access {
    kMake,      ///< read and write; what is missing is made: the file, the tables
    kExisting,  ///< read and write what is there; kNotFound when there is none
    kReadOnly,  ///< the same for reading: the file stays as it is
};

/// Opens the experiment database that the environment names (contract 5.1), by default making its
/// tables where they are missing: galileo_expdb_driver is sqlite (the default), with
/// galileo_expdb_sqlite_path (default ./galileodb.sqlite), or mysql or mariadb, with
/// galileo_expdb_mysql_* (mariadb/options.h), or mixed, with these and galileo_expdb_influxdb_*
/// (influx/options.h). kInvalidInput, with what is allowed, for another driver, and for influxdb,
/// which is not one alone; else the errors of the driver's store.
Result<std::unique_ptr<ExperimentStore>> open_store(const base::Environment& environment,
                                                    Access access = Access::kMake);

/// What open_store() opens, for people: the file, or `database on host:port`; without
/// secrets. Empty when it opens nothing.
std::string store_name(const base::Environment& environment);

}  // namespace galileo::store
