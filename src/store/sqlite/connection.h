#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace galileo::store::sqlite {

class Statement;

/// What may happen to the file on opening.
enum class OpenMode {
    kCreate,    ///< read and write; the file is made when it does not exist
    kExisting,  ///< read and write; kNotFound when it does not exist
    kReadOnly,  ///< kNotFound when it does not exist
};

/// One connection to a database file; turns SQLite's result codes into errors that name the file
/// and a remedy. Thread-compatible.
class Connection {
  public:
    /// Does not touch the file beyond opening it: that it is no database shows at the first
    /// statement. `busy_timeout`: how long every statement waits for a lock that another connection
    /// holds.
    static Result<std::unique_ptr<Connection>> open(std::string path,
                                                    OpenMode mode,
                                                    std::chrono::milliseconds busy_timeout);

    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    /// Runs statements that return no rows.
    Result<void> execute(const char* sql);

    Result<Statement> prepare(std::string_view sql);

    /// Rows that the last INSERT, UPDATE or DELETE changed.
    [[nodiscard]] std::uint64_t changes() const noexcept;

    /// False inside a transaction. SQLite itself ends one after some errors.
    [[nodiscard]] bool autocommit() const noexcept;

    /// The error for `code`, an SQLite result code of this connection.
    [[nodiscard]] Error error(int code) const;

  private:
    struct Close {
        void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
    };

    Connection(std::string path, std::chrono::milliseconds busy_timeout, sqlite3* handle)
        : path_(std::move(path)), busy_timeout_(busy_timeout), handle_(handle) {}

    std::string path_;
    std::chrono::milliseconds busy_timeout_;
    std::unique_ptr<sqlite3, Close> handle_;
};

/// A prepared statement. Its connection must outlive it. Thread-compatible.
class Statement {
  public:
    /// Binds parameter `index`, counted from 1. Text is borrowed until the next reset. A value that
    /// SQLite refuses (over 1 GB) fails the next step.
    void bind(int index, std::string_view text) noexcept;
    void bind(int index, double number) noexcept;
    void bind(int index, std::int64_t number) noexcept;
    void bind_null(int index) noexcept;
    void bind_optional(int index, const std::optional<std::string>& text) noexcept;
    void bind_optional(int index, const std::optional<double>& number) noexcept;

    /// Moves to the next row: true when there is one.
    Result<bool> step();

    /// Runs to the end and resets; the text that was bound may go.
    Result<void> run();

    /// Ready to run again with the same parameters.
    void reset() noexcept;

    /// Values of the current row, columns counted from 0. NULL reads as 0 or empty text. Views are
    /// valid until the next step or reset.
    [[nodiscard]] std::string_view text(int column) const noexcept;
    [[nodiscard]] std::optional<std::string> optional_text(int column) const;
    [[nodiscard]] double real(int column) const noexcept;
    [[nodiscard]] std::optional<double> optional_real(int column) const noexcept;
    [[nodiscard]] std::int64_t integer(int column) const noexcept;
    [[nodiscard]] bool is_null(int column) const noexcept;

  private:
    friend class Connection;
    struct Finalize {
        void operator()(sqlite3_stmt* handle) const noexcept { sqlite3_finalize(handle); }
    };

    Statement(const Connection& connection, sqlite3_stmt* handle)
        : connection_(&connection), handle_(handle) {}

    void note(int code) noexcept;

    const Connection* connection_;
    std::unique_ptr<sqlite3_stmt, Finalize> handle_;
    int bind_error_ = SQLITE_OK;  ///< the first one since the last step
};

/// A write transaction, rolled back unless it was committed. Thread-compatible.
class Transaction {
  public:
    /// Takes the write lock at once, so that it cannot fail half-way for want of it.
    static Result<Transaction> begin(Connection& connection);

    Transaction(Transaction&& other) noexcept
        : connection_(std::exchange(other.connection_, nullptr)) {}
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();

    Result<void> commit();

  private:
    explicit Transaction(Connection& connection) : connection_(&connection) {}

    Connection* connection_;  ///< nullptr once it is over
};

}  // namespace galileo::store::sqlite
