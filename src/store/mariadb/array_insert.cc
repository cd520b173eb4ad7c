#include "store/mariadb/array_insert.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/columns.h"

namespace galileo::store::mariadb {

namespace {

/// Beyond this, larger parts gain nothing and only take memory.
constexpr std::size_t kPartBytes = 1U << 20U;
/// More than any row of ours takes: two TEXT and some names.
constexpr std::size_t kRowBytesMost = 2 * kTextBytes + 9'000;
/// Numbers, and what goes before a text: an indicator and at most nine bytes of length.
constexpr std::size_t kValueBytes = 10;

std::string insert_statement(const Table& table) {
    std::string parameters = "?";
    for (std::size_t i = 1; i < table.columns.size(); ++i) {
        parameters += ",?";
    }
    return fmt::format("INSERT INTO {} ({}) VALUES ({})", table.name, fmt::join(table.columns, ","),
                       parameters);
}

/// Connector/C reads parameters only, but its struct serves for results as well.
template <typename T>
void* writable(const T* data) {
    return const_cast<T*>(data);  // NOLINT(cppcoreguidelines-pro-type-const-cast): see above
}

}  // namespace

ArrayInsert::ArrayInsert(Connection& connection, const Table& table, std::size_t rows)
    : connection_(&connection), sql_(insert_statement(table)), columns_(table.columns.size()) {
    constexpr std::size_t kMost = 4'096;
    for (Column& column : columns_) {
        column.texts.reserve(std::min(rows, kMost));
        column.lengths.reserve(std::min(rows, kMost));
        column.indicators.reserve(std::min(rows, kMost));
    }
}

void ArrayInsert::add_text(int column, std::string_view text, char indicator) {
    Column& to = columns_[static_cast<std::size_t>(column)];
    to.texts.push_back(text.data() != nullptr ? text.data() : "");
    to.lengths.push_back(text.size());
    to.indicators.push_back(indicator);
    bytes_ += text.size() + kValueBytes;
}

void ArrayInsert::bind(int column, std::string_view text) {
    add_text(column, text, STMT_INDICATOR_NONE);
}

void ArrayInsert::bind_null(int column) {
    add_text(column, {}, STMT_INDICATOR_NULL);
}

void ArrayInsert::bind(int column, double number) {
    Column& to = columns_[static_cast<std::size_t>(column)];
    to.type = MYSQL_TYPE_DOUBLE;
    to.reals.push_back(number);
    bytes_ += kValueBytes;
}

void ArrayInsert::bind(int column, std::int64_t number) {
    Column& to = columns_[static_cast<std::size_t>(column)];
    to.type = MYSQL_TYPE_LONGLONG;
    to.integers.push_back(number);
    bytes_ += kValueBytes;
}

Result<void> ArrayInsert::end_row() {
    ++rows_;
    const std::size_t packet = connection_->packet_bytes();
    const std::size_t room = packet > kRowBytesMost ? packet - kRowBytesMost : 0;
    return bytes_ >= std::min(kPartBytes, room) ? finish() : Result<void>();
}

Result<void> ArrayInsert::finish() {
    if (rows_ == 0) {
        return {};
    }
    MYSQL_STMT* const statement = TRY(connection_->prepared(sql_));
    TRY(connection_->takes_arrays() ? send_array(*statement) : send_singly(*statement));
    for (Column& column : columns_) {
        column.clear();
    }
    rows_ = 0;
    bytes_ = 0;
    return {};
}

Result<void> ArrayInsert::send_array(MYSQL_STMT& statement) {
    auto count = static_cast<unsigned>(rows_);
    mysql_stmt_attr_set(&statement, STMT_ATTR_ARRAY_SIZE, &count);
    std::vector<MYSQL_BIND> binds;
    for (Column& column : columns_) {
        binds.push_back(column.whole());
    }
    mysql_stmt_bind_param(&statement, binds.data());
    return connection_->execute(statement, bytes_);
}

Result<void> ArrayInsert::send_singly(MYSQL_STMT& statement) {
    std::vector<MYSQL_BIND> binds(columns_.size());
    for (std::size_t row = 0; row < rows_; ++row) {
        std::transform(columns_.begin(), columns_.end(), binds.begin(),
                       [row](Column& column) { return column.single(row); });
        mysql_stmt_bind_param(&statement, binds.data());
        TRY(connection_->execute(statement, bytes_ / rows_));
    }
    return {};
}

void ArrayInsert::Column::clear() {
    texts.clear();
    lengths.clear();
    indicators.clear();
    reals.clear();
    integers.clear();
}

MYSQL_BIND ArrayInsert::Column::whole() {
    MYSQL_BIND bind{};
    bind.buffer_type = type;
    if (type == MYSQL_TYPE_STRING) {
        bind.buffer = writable(texts.data());
        bind.length = lengths.data();
        bind.u.indicator = indicators.data();
    } else {
        bind.buffer =
            type == MYSQL_TYPE_DOUBLE ? writable(reals.data()) : writable(integers.data());
    }
    return bind;
}

MYSQL_BIND ArrayInsert::Column::single(std::size_t row) {
    MYSQL_BIND bind{};
    bind.buffer_type = type;
    if (type == MYSQL_TYPE_STRING) {
        bind.buffer = writable(texts[row]);
        bind.buffer_length = lengths[row];
        bind.length = &lengths[row];
        if (indicators[row] == STMT_INDICATOR_NULL) {
            bind.buffer_type = MYSQL_TYPE_NULL;
        }
    } else {
        bind.buffer = type == MYSQL_TYPE_DOUBLE ? writable(&reals[row]) : writable(&integers[row]);
    }
    return bind;
}

}  // namespace galileo::store::mariadb
