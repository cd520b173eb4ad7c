#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/environment.h"
#include "base/result.h"

namespace galileo::store::mariadb {

/// What becomes of tables that a database does not have.
enum class MissingTables { kMake, kRefuse };

/// Which database, and how long to wait for it. A value.
struct MariadbOptions {
    std::string host = "localhost";  ///< by TCP, `localhost` too
    std::uint16_t port = 3307;       ///< the original's default, not the server's (3306)
    std::string socket;              ///< path of a unix socket; stands for host and port
    std::string user;                ///< empty: the name of this process's user
    std::string password;            ///< never part of a message
    std::string database;
    std::chrono::seconds connect_timeout{10};
    /// How long a call waits for the server's next bytes before it gives kTimeout, 1 s or more. A
    /// statement that reads through many million traces takes its time without sending any.
    std::chrono::seconds patience{60};
    /// How long a write waits for rows or tables that another program holds; shorter than
    /// `patience`.
    std::chrono::seconds lock_timeout{10};

    MissingTables missing_tables = MissingTables::kMake;

    /// How batches are sent. One row at a time is how MySQL gets them, which has no arrays.
    enum class Arrays { kWhereTheServerCan, kNever } arrays = Arrays::kWhereTheServerCan;

    /// Reads galileo_expdb_mysql_host, _port, _socket, _user, _password, _db and _timeout (seconds
    /// of patience). kInvalidInput names the variable, what was given and what is allowed.
    static Result<MariadbOptions> from_environment(const base::Environment& environment);

    /// `NAME on HOST:PORT`, for messages.
    [[nodiscard]] std::string name() const;
};

}  // namespace galileo::store::mariadb
