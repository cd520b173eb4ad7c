#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace galileo::cli {

/// What `galileo doctor` finds out about this machine. Plain values; absent: could not be read.
struct Facts {
    std::optional<std::uint64_t> open_files_soft;
    std::optional<std::uint64_t> open_files_hard;
    std::optional<std::uint64_t> ephemeral_first;  ///< ports that outgoing connections take
    std::optional<std::uint64_t> ephemeral_last;
    std::optional<std::uint64_t> accept_queue;     ///< net.core.somaxconn
    std::string kernel;                            ///< `6.1.0-13-amd64`
    bool has_epoll_pwait2 = false;                 ///< waits to the nanosecond, Linux 5.11
    unsigned cpus = 0;                             ///< that this process may use
    std::string clock_source;                      ///< `tsc`; empty: unknown
    std::chrono::nanoseconds clock_read{0};        ///< what one reading of the clock takes
    std::string directory;                         ///< the current one
    std::optional<std::uint64_t> disk_free_bytes;  ///< there, for this user
    bool directory_writable = false;
    std::string redis_server;  ///< version of the program on PATH; empty: not there

    bool redis_configured = false;  ///< by flag or environment
    std::string redis_name;         ///< for messages, without password
    std::string redis_version;      ///< of the server that answered; empty: none did
    std::string redis_error;        ///< why not
    bool redis_denied = false;      ///< it answered, but refused our password
};

/// Reads all of them but those about a configured Redis. Takes some milliseconds; may start
/// `redis-server --version`.
Facts gather_facts();

}  // namespace galileo::cli
