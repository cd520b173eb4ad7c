#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <mysql.h>

#include "base/clock.h"
#include "base/result.h"
#include "store/mariadb/options.h"

namespace galileo::store::mariadb {

class Rows;

/// A connection to one database that is made anew when it was lost: by the calls that begin
/// something, query and Transaction::begin, and by no other, so that nothing is half done on one
/// connection and half on the next. Turns the numbers of Connector/C into errors that name the
/// database and a remedy. No call waits for ever (MariadbOptions). Thread-compatible.
class Connection {
  public:
    static Result<std::unique_ptr<Connection>> open(MariadbOptions options);
    ~Connection() { drop(); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    Connection(Connection&&) = delete;
    Connection& operator=(Connection&&) = delete;

    /// For messages: `NAME on HOST:PORT`.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    /// Runs a statement that returns no rows. kUnavailable when there is no connection.
    Result<void> execute(std::string_view sql);

    /// The same as the first one of something: connects when there is no connection, and once more
    /// when the server has closed it meanwhile, which is nothing to trouble the caller with.
    Result<void> execute_first(std::string_view sql);

    /// Runs a SELECT, connecting as execute_first does. One at a time: the rows must be gone before
    /// the next call.
    Result<Rows> query(std::string_view sql);

    /// A statement with parameters, prepared when it was not yet. Owned by this connection and
    /// valid while it lasts.
    Result<MYSQL_STMT*> prepared(const std::string& sql);

    /// Runs a prepared statement with what is bound to it, `bytes` altogether.
    Result<void> execute(MYSQL_STMT& statement, std::size_t bytes);

    /// Rows that the last statement found to change, changed or not.
    [[nodiscard]] std::uint64_t changes() const noexcept;

    /// The largest statement that the server takes, in bytes.
    [[nodiscard]] std::size_t packet_bytes() const noexcept { return packet_bytes_; }

    /// Whether the server takes arrays of parameters: MariaDB does, MySQL does not.
    [[nodiscard]] bool takes_arrays() const noexcept { return takes_arrays_; }

    /// After a commit whose answer is missing: the session that it was sent on. Else empty.
    [[nodiscard]] const std::string& doubtful_session() const noexcept { return doubtful_session_; }

    /// Ends a session of this or another connection, if the server still has it, and waits until
    /// its transaction is committed or rolled back; kTimeout when it takes longer than a lock may.
    Result<void> end_session(const std::string& session);

    /// Gives the connection up at once, whatever is under way on it.
    void drop() noexcept { drop(nullptr); }

  private:
    friend class Rows;
    friend class Transaction;
    struct Close {
        void operator()(MYSQL* handle) const noexcept { mysql_close(handle); }
        void operator()(MYSQL_STMT* handle) const noexcept { mysql_stmt_close(handle); }
    };

    explicit Connection(MariadbOptions options)
        : options_(std::move(options)), name_(options_.name()) {}

    Result<void> connect();
    Result<void> set_up_session();
    Result<void> check_size(std::size_t bytes) const;
    Result<void> send(std::string_view sql);
    Result<void> send_first(std::string_view sql);
    Result<Rows> rows_of_answer();
    void drop(MYSQL_RES* unread) noexcept;
    /// What the library says about the last call, and how long that took.
    struct Fault {
        unsigned number;
        std::string text;
        bool out_of_patience = false;
    };
    [[nodiscard]] Fault last_fault(base::MonotonicTime started) const;
    /// Its error; when the connection is lost with it, gives that up, with `unread`, the result
    /// that was being read.
    Error failure(const Fault& fault, MYSQL_RES* unread = nullptr);
    [[nodiscard]] Error error_of(const Fault& fault) const;

    MariadbOptions options_;
    std::string name_;
    std::unique_ptr<MYSQL, Close> handle_;  ///< none: not connected
    std::map<std::string, std::unique_ptr<MYSQL_STMT, Close>, std::less<>> statements_;
    std::string session_;  ///< the name of the lock that the server holds for it; empty: none
    std::string doubtful_session_;
    std::size_t packet_bytes_ = 0;
    bool takes_arrays_ = false;
};

/// The rows that a query returns, as they come from the server. The connection must outlive them.
/// Movable; thread-compatible.
class Rows {
  public:
    Rows(Rows&& other) noexcept
        : connection_(other.connection_),
          result_(std::exchange(other.result_, nullptr)),
          row_(other.row_),
          lengths_(other.lengths_) {}
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;
    Rows& operator=(Rows&&) = delete;
    /// Reads the rest if it is short, else gives the connection up: a million rows that nobody
    /// wants take longer than a new connection.
    ~Rows();

    /// Moves to the next row: true when there is one.
    Result<bool> next();

    /// Values of the current row, columns counted from 0. NULL reads as 0 or empty text. Views are
    /// valid until next is called.
    [[nodiscard]] std::string_view text(int column) const noexcept;
    [[nodiscard]] std::optional<std::string> optional_text(int column) const;
    [[nodiscard]] double real(int column) const noexcept;
    [[nodiscard]] std::optional<double> optional_real(int column) const noexcept;
    [[nodiscard]] std::int64_t integer(int column) const noexcept;
    [[nodiscard]] bool is_null(int column) const noexcept;

  private:
    friend class Connection;
    Rows(Connection& connection, MYSQL_RES* result) : connection_(&connection), result_(result) {}

    Connection* connection_;
    MYSQL_RES* result_;  ///< nullptr once all was read
    MYSQL_ROW row_ = nullptr;
    const unsigned long* lengths_ = nullptr;
};

/// A transaction, rolled back unless it was committed. Thread-compatible.
class Transaction {
  public:
    static Result<Transaction> begin(Connection& connection);

    Transaction(Transaction&& other) noexcept
        : connection_(std::exchange(other.connection_, nullptr)) {}
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();

    /// An error that leaves open whether it was committed, because the connection was lost with the
    /// answer, says so.
    Result<void> commit();

  private:
    explicit Transaction(Connection& connection) : connection_(&connection) {}

    Connection* connection_;  ///< nullptr once it is over
};

}  // namespace galileo::store::mariadb
