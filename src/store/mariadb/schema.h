#pragma once

#include "base/result.h"
#include "store/mariadb/connection.h"
#include "store/mariadb/options.h"

namespace galileo::store::mariadb {

/// The order in which experiments were added, as an ORDER BY clause for their table. Tables that we
/// make number them in an invisible column, which SELECT * and INSERT do not show; those of the
/// original have none and are ordered by time of creation.
enum class ExperimentOrder { kOrdinal, kCreated };

/// What is not the same in all databases.
struct Schema {
    ExperimentOrder order = ExperimentOrder::kOrdinal;
    bool has_statistics = true;  ///< our table (TableOrigin::kOurs) is there
};

/// Makes tables where they are missing, or refuses with kNotFound when one of contract 5.2 is;
/// takes those of the original as they are. kInvalidInput, and nothing is made, when there is a
/// table of one of our names without our columns; kDenied when tables are missing and the user may
/// not make them. Several programs may do this at once.
Result<Schema> create_schema(Connection& connection, MissingTables missing);

}  // namespace galileo::store::mariadb
