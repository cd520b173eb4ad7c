#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <mysql.h>

#include "store/mariadb/connection.h"
#include "store/tables.h"

namespace galileo::store::mariadb {

/// Inserts many rows into one table, inside a transaction: collects them column by column and sends
/// them as arrays of parameters of one prepared statement, which the server neither parses nor
/// acknowledges row by row; more than fit into its max_allowed_packet in several parts. Its
/// connection must outlive it. Thread-compatible.
class ArrayInsert {
  public:
    /// `rows`: how many will come, to reserve memory for.
    ArrayInsert(Connection& connection, const Table& table, std::size_t rows);

    /// Values of the row at hand, columns counted from 0. A column takes either text or NULL, or
    /// doubles, or integers. Text is borrowed until finish returns.
    void bind(int column, std::string_view text);
    void bind(int column, double number);
    void bind(int column, std::int64_t number);
    void bind_null(int column);

    /// All columns of a row are bound. kInvalidInput when the row is larger than the server takes.
    Result<void> end_row();

    /// Sends what is left.
    Result<void> finish();

  private:
    struct Column {
        enum_field_types type = MYSQL_TYPE_STRING;
        std::vector<const char*> texts;
        std::vector<unsigned long> lengths;
        std::vector<char> indicators;  ///< STMT_INDICATOR_NONE or _NULL, with texts only
        std::vector<double> reals;
        std::vector<std::int64_t> integers;

        void clear();
        /// All values, for arrays.
        MYSQL_BIND whole();
        /// The value of one row.
        MYSQL_BIND single(std::size_t row);
    };

    void add_text(int column, std::string_view text, char indicator);
    Result<void> send_array(MYSQL_STMT& statement);
    Result<void> send_singly(MYSQL_STMT& statement);

    Connection* connection_;
    std::string sql_;
    std::vector<Column> columns_;
    std::size_t rows_ = 0;
    std::size_t bytes_ = 0;  ///< that the rows take on the wire, at the most
};

}  // namespace galileo::store::mariadb
