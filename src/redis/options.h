#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace galileo::redis {

enum class Tls { kOff, kOn };
enum class TlsVerify {
    kPeer,  ///< the server's certificate must be trusted and name the host
    kNone,  ///< any certificate will do; protects only against listeners
};

/// Where a Redis server is and how to log in. A value; thread-compatible.
struct RedisOptions {
    std::string host = "localhost";
    std::uint16_t port = 6379;
    std::string unix_socket;  ///< path; not empty: used instead of host and port
    std::string user;         ///< empty: AUTH with the password alone
    std::string password;     ///< empty: no AUTH
    std::uint32_t database = 0;
    Tls tls = Tls::kOff;
    TlsVerify verify = TlsVerify::kPeer;
    std::string ca_file;  ///< PEM file of trusted certificates; empty: those of the system
    std::chrono::nanoseconds connect_timeout = std::chrono::seconds(5);
    std::chrono::nanoseconds command_timeout = std::chrono::seconds(10);
    /// Bounds on one reply; a server that exceeds them gets kProtocol and loses the connection.
    std::size_t max_reply_bytes = std::size_t{128} << 20U;
    std::size_t max_reply_elements = 4'000'000;

    /// Reads `redis://[[user]:password@]host[:port][/database]`, `rediss://...` (TLS),
    /// `unix://[[user]:password@]/path`, a plain absolute path (unix socket) or `host[:port]`. IPv6
    /// addresses stand in brackets; user and password may be percent-encoded. A query may give
    /// `db=N`, `verify=none` and `ca_file=PATH`. kInvalidInput says what is allowed, and never
    /// repeats a password.
    static Result<RedisOptions> parse(std::string_view text);

    /// The same as text for messages, without user and password: `redis://host:6379/0`.
    [[nodiscard]] std::string to_string() const;
};

}  // namespace galileo::redis
