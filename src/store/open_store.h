#pragma once

#include <memory>

#include "base/environment.h"
#include "base/result.h"
#include "store/experiment_store.h"

namespace galileo::store {

/// Opens the experiment database that the environment names (contract 5.1) and makes its tables
/// where they are missing: galileo_expdb_driver is sqlite (the default), with
/// galileo_expdb_sqlite_path (default ./galileodb.sqlite), or mysql or mariadb, with
/// galileo_expdb_mysql_* (mariadb/options.h). kInvalidInput, with what is allowed, for another
/// driver; else the errors of the driver's store.
Result<std::unique_ptr<ExperimentStore>> open_store(const base::Environment& environment);

}  // namespace galileo::store
