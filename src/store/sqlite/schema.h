#pragma once

#include "base/result.h"
#include "store/sqlite/connection.h"

namespace galileo::store::sqlite {

/// Our version of the schema, kept in SQLite's `user_version`. 0, as in files that the original
/// wrote, has the same six tables.
inline constexpr std::int64_t kSchemaVersion = 1;

/// Makes the tables of contract 5.2 where they are missing. kInvalidInput when the file was written
/// by a newer galileo or has a table of one of our names without our columns. Several processes may
/// do this at once.
Result<void> create_schema(Connection& connection);

/// The checks of create_schema alone, for connections that may not write.
Result<void> check_schema(Connection& connection);

}  // namespace galileo::store::sqlite
