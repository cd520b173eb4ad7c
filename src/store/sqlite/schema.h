#pragma once

#include <string_view>

#include "base/result.h"
#include "store/sqlite/connection.h"

namespace galileo::store::sqlite {

/// Our version of the schema, kept in SQLite's `user_version`:
///   0  as in files that the original wrote: the six tables of contract 5.2
///   1  the same
///   2  `statistics`; indexes on the experiment
inline constexpr std::int64_t kSchemaVersion = 2;

/// Makes tables and indexes where they are missing. kInvalidInput when the file was written
/// by a newer galileo or has a table of one of our names without our columns. Several processes may
/// do this at once.
Result<void> create_schema(Connection& connection);

/// The checks of create_schema alone, for connections that may not write.
Result<void> check_schema(Connection& connection);

Result<bool> has_table(Connection& connection, std::string_view name);

}  // namespace galileo::store::sqlite
