#include "store/sqlite/row_inserter.h"

#include <fmt/format.h>

#include <string>

namespace galileo::store::sqlite {

Result<RowInserter> RowInserter::create(Connection& connection,
                                        std::string_view table,
                                        std::span<const std::string_view> columns) {
    std::string row = "(?";
    for (std::size_t i = 1; i < columns.size(); ++i) {
        row += ",?";
    }
    row += ')';
    const std::string one =
        fmt::format("INSERT INTO {} ({}) VALUES {}", table, fmt::join(columns, ","), row);
    std::string many = one;
    for (std::size_t i = 1; i < kRows; ++i) {
        many += ',' + row;
    }
    Statement one_statement = TRY(connection.prepare(one));
    Statement many_statement = TRY(connection.prepare(many));
    return RowInserter(columns.size(), std::move(one_statement), std::move(many_statement));
}

}  // namespace galileo::store::sqlite
