#pragma once

#include <string>
#include <vector>

#include "redis/private_server.h"

namespace galileo::redis::testing {

/// A directory below the system's temporary one, removed with all it holds at the end. Movable;
/// thread-compatible.
class TemporaryDirectory {
  public:
    TemporaryDirectory();
    ~TemporaryDirectory();
    TemporaryDirectory(TemporaryDirectory&& other) noexcept : path_(std::move(other.path_)) {
        other.path_.clear();
    }
    TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;

    [[nodiscard]] const std::string& path() const noexcept { return path_; }

  private:
    std::string path_;
};

/// What a test wants of its server.
struct RedisServerOptions {
    std::string password{};
    std::vector<std::string> extra_configuration{};
};

/// A real redis-server of the test's own, on a unix socket and a free loopback port, in a temporary
/// directory. Construction aborts the test program when it cannot be started: no test can go on
/// without it. Thread-compatible.
class RedisServer {
  public:
    explicit RedisServer(const RedisServerOptions& options = {});

    /// Through the unix socket, with the password.
    [[nodiscard]] RedisOptions options() const { return server_.redis_options(); }
    /// Through TCP, with the password.
    [[nodiscard]] RedisOptions tcp_options() const { return server_.tcp_options(); }
    /// `redis://...` or `unix://...` text that RedisOptions::parse reads, password included.
    [[nodiscard]] std::string url() const;

    void stop() { server_.stop(); }
    void kill();     ///< SIGKILL, and waits for its end
    void restart();  ///< at the same addresses, empty; aborts when it does not come up
    void freeze();   ///< SIGSTOP: connections stay, answers stop
    void thaw();     ///< SIGCONT

    [[nodiscard]] const std::string& directory() const noexcept { return directory_.path(); }

  private:
    TemporaryDirectory directory_;
    PrivateServer server_;
};

}  // namespace galileo::redis::testing
