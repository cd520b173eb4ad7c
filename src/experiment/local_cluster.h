#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/process.h"
#include "base/result.h"
#include "experiment/spec.h"
#include "redis/options.h"
#include "redis/private_server.h"

namespace galileo::experiment {

/// A directory of our own below the system's temporary one (mode 0700), removed with all it holds
/// by the destructor. Movable; thread-compatible.
class TemporaryDirectory {
  public:
    static Result<TemporaryDirectory> create();
    TemporaryDirectory(TemporaryDirectory&& other) noexcept;
    TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory();

    [[nodiscard]] const std::string& path() const noexcept { return path_; }

  private:
    explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}
    std::string path_;
};

struct LocalClusterOptions {
    std::string directory;  ///< for Redis' socket and the members' logs; made when missing, and
                            ///< kept; empty: a temporary one
    redis::PrivateServerOptions::Listen listen = redis::PrivateServerOptions::Listen::kSocketOnly;
    std::uint16_t port = 0;  ///< of Redis on loopback; 0: a free one
};

/// The embedded default: a private redis-server, worker processes and sample services on this
/// machine, as children that end with us even when we are killed. Start it on a thread that lives
/// as long as the cluster. Thread-compatible.
class LocalCluster {
  public:
    /// An empty cluster with its directory and its Redis. kNotFound: no redis-server is installed,
    /// and how to install it.
    static Result<std::unique_ptr<LocalCluster>> start(const LocalClusterOptions& options = {});

    /// Starts a worker process of this program; its name is its place: `w1`, `w2`, ... It has
    /// registered when it shows up in Redis.
    Result<std::string> add_worker(const WorkerSpec& worker);

    /// Starts a sample service on a free port and returns where it listens: `127.0.0.1:40123`.
    Result<std::string> add_target(const TargetSpec& target);

    [[nodiscard]] redis::RedisOptions redis_options() const { return redis_.redis_options(); }
    /// The same through TCP, where it listens on loopback.
    [[nodiscard]] redis::RedisOptions tcp_options() const { return redis_.tcp_options(); }

    /// kUnavailable, with the end of its log, when a process of the cluster has ended by itself.
    Result<void> check();

    /// Ends workers first (they sign off), then the rest. Idempotent; the destructor does it too.
    void stop();

    LocalCluster(const LocalCluster&) = delete;
    LocalCluster& operator=(const LocalCluster&) = delete;
    ~LocalCluster();

  private:
    struct Member {
        std::string name;
        std::string log_path;
        base::ChildProcess process;
    };

    LocalCluster(std::optional<TemporaryDirectory> temporary,
                 std::string directory,
                 redis::PrivateServer redis)
        : temporary_(std::move(temporary)),
          directory_(std::move(directory)),
          redis_(std::move(redis)) {}

    std::optional<TemporaryDirectory> temporary_;  ///< removed last
    std::string directory_;
    redis::PrivateServer redis_;
    std::vector<Member> targets_;
    std::vector<Member> workers_;
};

}  // namespace galileo::experiment
