#include "store/sqlite/connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/assert.h"

namespace galileo::store::sqlite {

namespace {

struct Diagnosis {
    ErrorCode code;
    std::string text;
};

bool out_of_space(int system_error) noexcept {
    return system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG;
}

Diagnosis diagnose_io(int system_error) {
    if (out_of_space(system_error)) {
        return {ErrorCode::kExhausted, "the disk is full; free space or choose another file"};
    }
    return {ErrorCode::kInternal,
            fmt::format(
                "input/output error ({}); check the disk",
                system_error == 0 ? "no details" : std::generic_category().message(system_error))};
}

Diagnosis diagnose_cannot_open(int system_error) {
    switch (system_error) {
        case ENOENT:
        case ENOTDIR:
            return {
                ErrorCode::kNotFound,
                "there is no such file or directory; create the directory or choose another file"};
        case EACCES:
        case EPERM:
        case EROFS:
            return {ErrorCode::kDenied,
                    "permission denied; SQLite needs to write the file and its directory"};
        case EISDIR:
            return {ErrorCode::kInvalidInput, "it is a directory; name a file"};
        case EMFILE:
        case ENFILE:
            return {ErrorCode::kExhausted, "too many open files; raise the limit (ulimit -n)"};
        default:
            if (out_of_space(system_error)) {
                return diagnose_io(system_error);
            }
            return {ErrorCode::kInvalidInput, "it cannot be opened; choose another file"};
    }
}

Diagnosis diagnose(int code, int system_error, std::chrono::milliseconds busy_timeout) {
    if (code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_UNIQUE) {
        return {ErrorCode::kConflict, "it exists already"};
    }
    switch (code & 0xFF) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return {
                ErrorCode::kTimeout,
                fmt::format("locked by another program for more than {} ms; repeat, or end that "
                            "program",
                            busy_timeout.count())};
        case SQLITE_FULL:
            return {ErrorCode::kExhausted,
                    "the disk (or the size allowed for the file) is full; free space or choose "
                    "another file"};
        case SQLITE_IOERR:
            return diagnose_io(system_error);
        case SQLITE_CANTOPEN:
            return diagnose_cannot_open(system_error);
        case SQLITE_NOTADB:
            return {ErrorCode::kInvalidInput,
                    "it is not an SQLite database; choose another file or move this one away"};
        case SQLITE_CORRUPT:
            return {ErrorCode::kInvalidInput,
                    "the file is damaged; restore a copy, or save what is left with the sqlite3 "
                    "program's .recover"};
        case SQLITE_READONLY:
            return {ErrorCode::kDenied,
                    "it cannot be written; check the permissions of the file and its directory"};
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return {ErrorCode::kDenied,
                    "permission denied; SQLite needs to write the file and its directory"};
        case SQLITE_NOMEM:
            return {ErrorCode::kExhausted, "out of memory"};
        case SQLITE_TOOBIG:
            return {ErrorCode::kInvalidInput, "a value is larger than 1 GB"};
        default:
            return {ErrorCode::kInternal, "SQLite failed"};
    }
}

std::string sqlite_text(sqlite3* handle, int code) {
    return fmt::format("{}, code {}",
                       handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code), code);
}

Error make_error(const std::string& path,
                 sqlite3* handle,
                 int code,
                 std::chrono::milliseconds busy_timeout) {
    const int system_error = handle != nullptr ? sqlite3_system_errno(handle) : 0;
    Diagnosis diagnosis = diagnose(code, system_error, busy_timeout);
    return Error(diagnosis.code, fmt::format("database {}: {} ({})", path, diagnosis.text,
                                             sqlite_text(handle, code)));
}

/// True when the directory is there but does not let us make the file. SQLite reports ENOENT then,
/// because it tries to open for reading at last.
bool may_not_create(const std::string& path) {
    std::error_code ignored;
    const auto directory = std::filesystem::absolute(path, ignored).parent_path();
    return !std::filesystem::exists(path, ignored) &&
           std::filesystem::is_directory(directory, ignored) &&
           ::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) != 0;
}

int flags_of(OpenMode mode) noexcept {
    // Without SQLite's own mutex: a connection is used by one thread at a time.
    constexpr int kBase = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    switch (mode) {
        case OpenMode::kCreate:
            return kBase | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
        case OpenMode::kExisting:
            return kBase | SQLITE_OPEN_READWRITE;
        case OpenMode::kReadOnly:
            return kBase | SQLITE_OPEN_READONLY;
    }
    return kBase;
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(std::string path,
                                                     OpenMode mode,
                                                     std::chrono::milliseconds busy_timeout) {
    if (path.empty()) {  // SQLite would make a temporary database and lose it
        return Error(ErrorCode::kInvalidInput, "database: the path is empty; name a file");
    }
    // Debian's SQLite takes names that start with `file:` for URIs.
    const std::string name = path.starts_with("file:") ? "./" + path : path;
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(name.c_str(), &handle, flags_of(mode), nullptr);
    std::unique_ptr<Connection> connection(new Connection(std::move(path), busy_timeout, handle));
    if (code != SQLITE_OK) {
        return mode == OpenMode::kCreate && may_not_create(connection->path())
                   ? connection->error(SQLITE_PERM)
                   : connection->error(code);
    }
    if (mode != OpenMode::kReadOnly && sqlite3_db_readonly(handle, "main") == 1) {
        return connection->error(SQLITE_READONLY);  // SQLite falls back to reading by itself
    }
    sqlite3_busy_timeout(handle, static_cast<int>(busy_timeout.count()));
    return connection;
}

Result<void> Connection::execute(const char* sql) {
    const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        return error(code);
    }
    return {};
}

Result<Statement> Connection::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) {
        return error(code);
    }
    return Statement(*this, statement);
}

std::uint64_t Connection::changes() const noexcept {
    return static_cast<std::uint64_t>(sqlite3_changes64(handle_.get()));
}

bool Connection::autocommit() const noexcept {
    return sqlite3_get_autocommit(handle_.get()) != 0;
}

Error Connection::error(int code) const {
    return make_error(path_, handle_.get(), code, busy_timeout_);
}

void Statement::note(int code) noexcept {
    if (bind_error_ == SQLITE_OK) {
        bind_error_ = code;
    }
}

void Statement::bind(int index, std::string_view text) noexcept {
    // A null pointer would bind NULL.
    const char* const data = text.data() != nullptr ? text.data() : "";
    note(sqlite3_bind_text64(handle_.get(), index, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind(int index, double number) noexcept {
    note(sqlite3_bind_double(handle_.get(), index, number));
}

void Statement::bind(int index, std::int64_t number) noexcept {
    note(sqlite3_bind_int64(handle_.get(), index, number));
}

void Statement::bind_null(int index) noexcept {
    note(sqlite3_bind_null(handle_.get(), index));
}

void Statement::bind_optional(int index, const std::optional<std::string>& text) noexcept {
    text ? bind(index, std::string_view(*text)) : bind_null(index);
}

void Statement::bind_optional(int index, const std::optional<double>& number) noexcept {
    number ? bind(index, *number) : bind_null(index);
}

Result<bool> Statement::step() {
    if (bind_error_ != SQLITE_OK) {
        const int code = std::exchange(bind_error_, SQLITE_OK);
        reset();
        return connection_->error(code);
    }
    const int code = sqlite3_step(handle_.get());
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code == SQLITE_DONE) {
        return false;
    }
    Error error = connection_->error(code);
    reset();
    return error;
}

Result<void> Statement::run() {
    while (TRY(step())) {
    }
    reset();
    return {};
}

void Statement::reset() noexcept {
    sqlite3_reset(handle_.get());
}

std::string_view Statement::text(int column) const noexcept {
    const auto* const data = sqlite3_column_text(handle_.get(), column);
    const int size = sqlite3_column_bytes(handle_.get(), column);
    if (data == nullptr) {
        return {};
    }
    return {reinterpret_cast<const char*>(data), static_cast<std::size_t>(size)};
}

std::optional<std::string> Statement::optional_text(int column) const {
    return is_null(column) ? std::nullopt : std::optional<std::string>(text(column));
}

double Statement::real(int column) const noexcept {
    return sqlite3_column_double(handle_.get(), column);
}

std::optional<double> Statement::optional_real(int column) const noexcept {
    return is_null(column) ? std::nullopt : std::optional(real(column));
}

std::int64_t Statement::integer(int column) const noexcept {
    return sqlite3_column_int64(handle_.get(), column);
}

bool Statement::is_null(int column) const noexcept {
    return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

Result<Transaction> Transaction::begin(Connection& connection) {
    TRY(connection.execute("BEGIN IMMEDIATE"));
    return Transaction(connection);
}

Result<void> Transaction::commit() {
    GALILEO_ASSERT(connection_ != nullptr);
    TRY(connection_->execute("COMMIT"));  // on failure the destructor rolls back
    connection_ = nullptr;
    return {};
}

Transaction::~Transaction() {
    if (connection_ != nullptr && !connection_->autocommit()) {
        // Nothing to do about a failure: closing the connection rolls back as well.
        (void)connection_->execute("ROLLBACK").ok();
    }
}

}  // namespace galileo::store::sqlite
