#include "store/mariadb/diagnosis.h"

#include <algorithm>
#include <array>
#include <span>

#include <errmsg.h>
#include <mysqld_error.h>

namespace galileo::store::mariadb {

namespace {

struct Meaning {
    unsigned number;
    ErrorCode code;
    std::string_view remedy;
};

// Has no name in Connector/C.
constexpr unsigned kMysqlInvalidJson = 3140;

constexpr std::string_view kGrant =
    "check user, password and privileges (SELECT, INSERT, UPDATE, DELETE, and CREATE for the "
    "first time)";
constexpr std::string_view kReadOnly = "the server is read-only; use the primary one";
constexpr std::string_view kFull = "the server's disk is full; free space there";
constexpr std::string_view kMemory = "the server is out of memory; give it more";
constexpr std::string_view kBusy =
    "the server has as many connections as it allows; repeat later or raise max_connections";
constexpr std::string_view kRunning = "check that the server runs there and can be reached";
constexpr std::string_view kLost = "the connection was lost; repeat";
constexpr std::string_view kLocked = "rows are locked by another program; repeat";
constexpr std::string_view kForeign =
    "the tables are not those of galileo; name another database (galileo_expdb_mysql_db)";
constexpr std::string_view kShorten = "a value does not fit its column; shorten it";
constexpr std::string_view kPacket =
    "a value is larger than the server takes; raise its max_allowed_packet";

constexpr auto kMeanings = std::to_array<Meaning>({
    {ER_DUP_ENTRY, ErrorCode::kConflict, "it exists already"},

    {CR_CONNECTION_ERROR, ErrorCode::kUnavailable, kRunning},
    {CR_CONN_HOST_ERROR, ErrorCode::kUnavailable, kRunning},
    {CR_UNKNOWN_HOST, ErrorCode::kUnavailable, "check the host's name"},
    {CR_SERVER_GONE_ERROR, ErrorCode::kUnavailable, kLost},
    {CR_SERVER_LOST, ErrorCode::kUnavailable, kLost},
    {CR_SERVER_LOST_EXTENDED, ErrorCode::kUnavailable, kLost},
    {ER_CONNECTION_KILLED, ErrorCode::kUnavailable, kLost},
    {ER_SERVER_SHUTDOWN, ErrorCode::kUnavailable, "the server is shutting down; repeat later"},
    {ER_QUERY_INTERRUPTED, ErrorCode::kUnavailable, "an administrator ended it; repeat"},
    {ER_CON_COUNT_ERROR, ErrorCode::kUnavailable, kBusy},
    {ER_TOO_MANY_USER_CONNECTIONS, ErrorCode::kUnavailable, kBusy},
    {ER_USER_LIMIT_REACHED, ErrorCode::kUnavailable, kBusy},

    {ER_LOCK_WAIT_TIMEOUT, ErrorCode::kTimeout, kLocked},
    {ER_LOCK_DEADLOCK, ErrorCode::kTimeout, kLocked},
    {ER_STATEMENT_TIMEOUT, ErrorCode::kTimeout, "the server's max_statement_time is too short"},

    {ER_ACCESS_DENIED_ERROR, ErrorCode::kDenied, kGrant},
    {ER_DBACCESS_DENIED_ERROR, ErrorCode::kDenied, kGrant},
    {ER_TABLEACCESS_DENIED_ERROR, ErrorCode::kDenied, kGrant},
    {ER_COLUMNACCESS_DENIED_ERROR, ErrorCode::kDenied, kGrant},
    {ER_SPECIFIC_ACCESS_DENIED_ERROR, ErrorCode::kDenied, kGrant},
    {ER_ACCESS_DENIED_NO_PASSWORD_ERROR, ErrorCode::kDenied, kGrant},
    {ER_HOST_NOT_PRIVILEGED, ErrorCode::kDenied, kGrant},
    {ER_OPTION_PREVENTS_STATEMENT, ErrorCode::kDenied, kReadOnly},
    {ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, ErrorCode::kDenied, kReadOnly},

    {ER_DISK_FULL, ErrorCode::kExhausted, kFull},
    {ER_RECORD_FILE_FULL, ErrorCode::kExhausted, kFull},
    {ER_OUTOFMEMORY, ErrorCode::kExhausted, kMemory},
    {ER_OUT_OF_SORTMEMORY, ErrorCode::kExhausted, kMemory},
    {ER_OUT_OF_RESOURCES, ErrorCode::kExhausted, kMemory},
    {ER_LOCK_TABLE_FULL, ErrorCode::kExhausted, kMemory},
    {CR_OUT_OF_MEMORY, ErrorCode::kExhausted, "out of memory"},

    {ER_BAD_DB_ERROR, ErrorCode::kNotFound,
     "create it: CREATE DATABASE name CHARACTER SET utf8mb4"},

    {ER_NET_PACKET_TOO_LARGE, ErrorCode::kInvalidInput, kPacket},
    {CR_NET_PACKET_TOO_LARGE, ErrorCode::kInvalidInput, kPacket},
    {ER_DATA_TOO_LONG, ErrorCode::kInvalidInput, kShorten},
    {ER_WARN_DATA_OUT_OF_RANGE, ErrorCode::kInvalidInput, "a number does not fit its column"},
    {ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, ErrorCode::kInvalidInput,
     "the table does not take all of Unicode; ALTER TABLE name CONVERT TO CHARACTER SET utf8mb4"},
    {ER_CONSTRAINT_FAILED, ErrorCode::kInvalidInput, "the table's own check refuses the value"},
    {kMysqlInvalidJson, ErrorCode::kInvalidInput, "the value is not JSON"},
    {ER_NO_SUCH_TABLE, ErrorCode::kInvalidInput, kForeign},
    {ER_BAD_FIELD_ERROR, ErrorCode::kInvalidInput, kForeign},
    {ER_BAD_NULL_ERROR, ErrorCode::kInvalidInput, kForeign},
    {ER_NO_DEFAULT_FOR_FIELD, ErrorCode::kInvalidInput, kForeign},
    {ER_WRONG_VALUE_COUNT_ON_ROW, ErrorCode::kInvalidInput, kForeign},
});

/// Some errors carry the server's own errno in their text only.
bool names_full_disk(std::string_view text) noexcept {
    return text.find("errno: 28 ") != std::string_view::npos ||
           text.find("error 28 ") != std::string_view::npos ||
           text.find("No space left on device") != std::string_view::npos;
}

}  // namespace

Diagnosis diagnose(unsigned number, std::string_view text) {
    const auto* const found =
        std::find_if(kMeanings.begin(), kMeanings.end(),
                     [number](const Meaning& meaning) { return meaning.number == number; });
    if (found != kMeanings.end()) {
        return {found->code, std::string(found->remedy)};
    }
    if (names_full_disk(text)) {
        return {ErrorCode::kExhausted, std::string(kFull)};
    }
    return {ErrorCode::kInternal, "the server's error log may say more"};
}

bool is_lost(unsigned number) noexcept {
    // Client errors leave an answer unread or a request half sent; the server closes the connection
    // after the others.
    return (number >= CR_MIN_ERROR && number <= CR_MAX_ERROR) ||
           number == CR_SERVER_LOST_EXTENDED || number == ER_CONNECTION_KILLED ||
           number == ER_SERVER_SHUTDOWN || number == ER_NET_PACKET_TOO_LARGE;
}

}  // namespace galileo::store::mariadb
