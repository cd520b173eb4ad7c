#include "store/mariadb/connection.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <errmsg.h>

#include "base/assert.h"
#include "store/mariadb/diagnosis.h"
#include "store/mariadb/literals.h"

namespace galileo::store::mariadb {

namespace {

/// Connector/C sets up its own globals with the first connection, which two threads may make at
/// once.
void initialise_library() {
    static const int kDone = mysql_library_init(0, nullptr, nullptr);
    (void)kDone;
}

base::MonotonicTime now() {
    return base::system_clock().monotonic();
}

void set_options(MYSQL* handle, const MariadbOptions& options) {
    const auto connect_timeout = static_cast<unsigned>(options.connect_timeout.count());
    const auto patience = static_cast<unsigned>(options.patience.count());
    const unsigned protocol = options.socket.empty() ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
    const unsigned no = 0;
    mysql_optionsv(handle, MYSQL_OPT_CONNECT_TIMEOUT, &connect_timeout);
    mysql_optionsv(handle, MYSQL_OPT_READ_TIMEOUT, &patience);
    mysql_optionsv(handle, MYSQL_OPT_WRITE_TIMEOUT, &patience);
    mysql_optionsv(handle, MYSQL_OPT_PROTOCOL, &protocol);
    mysql_optionsv(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    // A server could ask for any file of ours otherwise.
    mysql_optionsv(handle, MYSQL_OPT_LOCAL_INFILE, &no);
}

const char* text_or_null(const std::string& text) {
    return text.empty() ? nullptr : text.c_str();
}

bool server_takes_arrays(MYSQL* handle) {
    unsigned long capabilities = 0;
    constexpr unsigned kBulkOperations = 1U << 2U;  // MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32
    return mariadb_get_infov(handle, MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES,
                             &capabilities) == 0 &&
           (capabilities & kBulkOperations) != 0;
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(MariadbOptions options) {
    initialise_library();
    std::unique_ptr<Connection> connection(new Connection(std::move(options)));
    TRY(connection->connect());
    return connection;
}

Result<void> Connection::connect() {
    handle_.reset(mysql_init(nullptr));
    if (!handle_) {
        return Error(ErrorCode::kExhausted, "database: out of memory");
    }
    set_options(handle_.get(), options_);
    const auto started = now();
    if (mysql_real_connect(handle_.get(), text_or_null(options_.host), text_or_null(options_.user),
                           options_.password.c_str(), options_.database.c_str(), options_.port,
                           text_or_null(options_.socket), CLIENT_FOUND_ROWS) == nullptr) {
        const Error error = error_of({mysql_errno(handle_.get()), mysql_error(handle_.get()),
                                      now() - started >= options_.connect_timeout});
        handle_.reset();
        return error;
    }
    takes_arrays_ = options_.arrays == MariadbOptions::Arrays::kWhereTheServerCan &&
                    server_takes_arrays(handle_.get());
    packet_bytes_ = 0;
    auto ready = set_up_session();
    if (!ready) {
        drop();
    }
    return ready;
}

Result<void> Connection::set_up_session() {
    // Strict: a value that does not fit is an error, not half a value. Locks: the server's own
    // patience is 50 s for rows and a day for tables. A slow reader is no reason to hang up.
    TRY(send(fmt::format(
        "SET SESSION sql_mode='STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION',autocommit=1,"
        "innodb_lock_wait_timeout={0},lock_wait_timeout={0},net_write_timeout=600",
        options_.lock_timeout.count())));
    // Otherwise touch_traces and remove, which read through all traces, would lock them all, and
    // keep workers from adding any.
    TRY(send("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"));
    // The server frees a lock of this kind when it has done with a session and its transaction, so
    // another session can tell by it: end_session().
    TRY(send("SET @galileo_session=CONCAT('galileo:',UUID())"));
    TRY(send("SELECT @@max_allowed_packet,IF(GET_LOCK(@galileo_session,0)=1,@galileo_session,'')"));
    Rows rows = TRY(rows_of_answer());
    TRY(rows.next());
    packet_bytes_ = static_cast<std::size_t>(rows.integer(0));
    session_ = rows.text(1);
    return {};
}

Result<void> Connection::end_session(const std::string& session) {
    std::int64_t holder = 0;
    {
        Rows rows = TRY(query(fmt::format("SELECT IS_USED_LOCK({})", literal(session))));
        holder = TRY(rows.next()) ? rows.integer(0) : 0;
    }
    if (holder != 0) {
        // Fails when it has ended meanwhile, or the server forbids it: then it ends by itself.
        (void)execute(fmt::format("KILL {}", holder)).ok();
    }
    Rows rows = TRY(query(fmt::format("SELECT IF(GET_LOCK({0},{1})=1,RELEASE_LOCK({0}),0)",
                                      literal(session), options_.lock_timeout.count())));
    if (!TRY(rows.next()) || rows.integer(0) != 1) {
        return Error(
            ErrorCode::kTimeout,
            fmt::format("database {}: a session of ours that was cut off does not end", name_));
    }
    return {};
}

Result<void> Connection::check_size(std::size_t bytes) const {
    constexpr std::size_t kCommandBytes = 1;
    if (packet_bytes_ != 0 && bytes + kCommandBytes > packet_bytes_) {
        return error_of(
            {CR_NET_PACKET_TOO_LARGE,
             fmt::format("{} bytes, its max_allowed_packet is {}", bytes, packet_bytes_)});
    }
    return {};
}

Result<void> Connection::send(std::string_view sql) {
    if (!handle_) {
        return error_of({CR_SERVER_LOST, "not connected"});
    }
    TRY(check_size(sql.size()));
    const auto started = now();
    if (mysql_real_query(handle_.get(), sql.data(), sql.size()) != 0) {
        return failure(last_fault(started));
    }
    return {};
}

Result<void> Connection::send_first(std::string_view sql) {
    const bool fresh = !handle_;
    if (fresh) {
        TRY(connect());
    }
    auto sent = send(sql);
    // A server that does not answer is not asked again: the caller has waited long enough.
    if (sent || fresh || handle_ || sent.error().code() == ErrorCode::kTimeout) {
        return sent;
    }
    TRY(connect());
    return send(sql);
}

Result<void> Connection::execute(std::string_view sql) {
    return send(sql);
}

Result<void> Connection::execute_first(std::string_view sql) {
    return send_first(sql);
}

Result<Rows> Connection::query(std::string_view sql) {
    TRY(send_first(sql));
    return rows_of_answer();
}

Result<Rows> Connection::rows_of_answer() {
    MYSQL_RES* const result = mysql_use_result(handle_.get());
    if (result == nullptr) {
        return failure(last_fault(now()));
    }
    return Rows(*this, result);
}

Result<MYSQL_STMT*> Connection::prepared(const std::string& sql) {
    const auto known = statements_.find(sql);
    if (known != statements_.end()) {
        return known->second.get();
    }
    if (!handle_) {
        return error_of({CR_SERVER_LOST, "not connected"});
    }
    std::unique_ptr<MYSQL_STMT, Close> statement(mysql_stmt_init(handle_.get()));
    if (!statement) {
        return failure(last_fault(now()));
    }
    const auto started = now();
    if (mysql_stmt_prepare(statement.get(), sql.data(), sql.size()) != 0) {
        return failure({mysql_stmt_errno(statement.get()), mysql_stmt_error(statement.get()),
                        now() - started >= options_.patience});
    }
    return statements_.emplace(sql, std::move(statement)).first->second.get();
}

Result<void> Connection::execute(MYSQL_STMT& statement, std::size_t bytes) {
    TRY(check_size(bytes));
    const auto started = now();
    if (mysql_stmt_execute(&statement) != 0) {
        return failure({mysql_stmt_errno(&statement), mysql_stmt_error(&statement),
                        now() - started >= options_.patience});
    }
    return {};
}

std::uint64_t Connection::changes() const noexcept {
    return handle_ ? mysql_affected_rows(handle_.get()) : 0;
}

void Connection::drop(MYSQL_RES* unread) noexcept {
    if (handle_ && mysql_get_socket(handle_.get()) != MARIADB_INVALID_SOCKET) {
        // Connector/C would read what is unread and say good-bye, and wait for a server that hangs.
        ::shutdown(mysql_get_socket(handle_.get()), SHUT_RDWR);
    }
    if (unread != nullptr) {
        mysql_free_result(unread);
    }
    statements_.clear();
    handle_.reset();
}

Connection::Fault Connection::last_fault(base::MonotonicTime started) const {
    return {mysql_errno(handle_.get()), mysql_error(handle_.get()),
            now() - started >= options_.patience};
}

Error Connection::failure(const Fault& fault, MYSQL_RES* unread) {
    Error error = error_of(fault);
    if (is_lost(fault.number)) {
        drop(unread);
    } else if (unread != nullptr) {
        mysql_free_result(unread);
    }
    return error;
}

Error Connection::error_of(const Fault& fault) const {
    Diagnosis diagnosis = diagnose(fault.number, fault.text);
    if (fault.out_of_patience && diagnosis.code == ErrorCode::kUnavailable) {
        // Connector/C calls it a lost connection when its own time-out has passed.
        diagnosis = {ErrorCode::kTimeout, "the server does not answer; repeat, or look after it"};
    }
    return Error(diagnosis.code, fmt::format("database {}: {} ({}, error {})", name_,
                                             diagnosis.remedy, fault.text, fault.number));
}

Result<Transaction> Transaction::begin(Connection& connection) {
    connection.doubtful_session_.clear();
    TRY(connection.execute_first("START TRANSACTION"));
    return Transaction(connection);
}

Result<void> Transaction::commit() {
    GALILEO_ASSERT(connection_ != nullptr);
    connection_->doubtful_session_.clear();
    auto committed = connection_->execute("COMMIT");
    if (committed) {
        connection_ = nullptr;
        return {};
    }
    const ErrorCode code = committed.error().code();
    if (code == ErrorCode::kTimeout || code == ErrorCode::kUnavailable) {
        connection_->doubtful_session_ = connection_->session_;
        return std::move(committed).within("perhaps stored, the answer is missing");
    }
    return committed;
}

Transaction::~Transaction() {
    if (connection_ != nullptr) {
        // Without a connection the server has rolled back by itself.
        (void)connection_->execute("ROLLBACK").ok();
    }
}

}  // namespace galileo::store::mariadb
