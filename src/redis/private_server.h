#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/process.h"
#include "base/result.h"
#include "redis/options.h"

namespace galileo::redis {

struct PrivateServerOptions {
    std::string
        directory;  ///< made with mode 0700 when missing; holds socket, configuration and log
    std::string password;  ///< empty: none
    enum class Listen { kSocketOnly, kSocketAndLoopback };
    Listen listen = Listen::kSocketOnly;  ///< loopback: a TCP port on 127.0.0.1 as well
    std::uint16_t port = 0;               ///< with kSocketAndLoopback: this one; 0: a free one
    std::vector<std::string> extra_configuration{};  ///< further lines of redis.conf
    std::chrono::milliseconds patience{10'000};      ///< for its start
};

/// The system's redis-server as a child of ours: on a unix socket in a private directory, nothing
/// saved to disk, no bound on memory. It dies with the thread that started it (see
/// base::ChildProcess). The destructor stops it; the directory stays. Movable; thread-compatible.
class PrivateServer {
  public:
    /// Starts it and waits until it answers. kNotFound, with the command that installs it, when
    /// there is no redis-server; kUnavailable with the end of its log when it does not come up.
    static Result<PrivateServer> start(PrivateServerOptions options);

    PrivateServer(PrivateServer&&) noexcept = default;
    PrivateServer& operator=(PrivateServer&&) noexcept = default;
    ~PrivateServer() = default;

    /// How to reach it through the socket.
    [[nodiscard]] RedisOptions redis_options() const;
    /// The same through TCP. Only with Listen::kSocketAndLoopback.
    [[nodiscard]] RedisOptions tcp_options() const;

    [[nodiscard]] base::ChildProcess& process() noexcept { return process_; }
    [[nodiscard]] const std::string& log_path() const noexcept { return log_path_; }

    /// Ends it, politely first. Idempotent.
    void stop() { process_.terminate(std::chrono::seconds(3)); }

    /// Stops it if it runs and starts it again at the same addresses, empty.
    Result<void> restart();

  private:
    PrivateServer(PrivateServerOptions options, base::ChildProcess process, std::uint16_t port);

    static Result<base::ChildProcess> launch(const PrivateServerOptions& options,
                                             std::uint16_t port);

    PrivateServerOptions options_;
    base::ChildProcess process_;
    std::uint16_t port_ = 0;
    std::string log_path_;
};

/// A TCP port on 127.0.0.1 that was free a moment ago.
Result<std::uint16_t> free_loopback_port();

}  // namespace galileo::redis
