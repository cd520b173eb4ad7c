#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace galileo::store {

/// Who has defined a table.
enum class TableOrigin {
    kContract,  ///< contract 5.2: every database has it
    kOurs,      ///< databases of the original, and older ones of ours, lack it until we write there
};

/// One table, the same in SQLite and MariaDB.
struct Table {
    std::string_view name;
    /// Their order is fixed: readers select `*` and count. Ours come last or in tables of their
    /// own.
    std::vector<std::string_view> columns;
    /// What stands between the parentheses of CREATE TABLE.
    std::string_view definition;
    TableOrigin origin = TableOrigin::kContract;
    /// Whether an index finds the rows of an experiment. Not in traces: it would cost half as much
    /// again for every trace written.
    bool indexed = false;
};

/// The six of contract 5.2, then ours.
const std::vector<Table>& tables();

/// The one of this name, which must exist.
const Table& table_named(std::string_view name);

/// Whether `found`, the upper-case names of the columns that a database has in a table, includes
/// those of `table`. kInvalidInput when not, with `database` in front and `remedy` at the end.
Result<void> check_columns(std::string_view database,
                           const Table& table,
                           std::span<const std::string> found,
                           std::string_view remedy);

}  // namespace galileo::store
