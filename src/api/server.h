#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "api/access.h"
#include "api/http_server.h"
#include "apps/repository_directory.h"
#include "base/clock.h"
#include "base/environment.h"
#include "base/result.h"
#include "redis/client.h"

namespace galileo::api {

/// Where to listen: `127.0.0.1:5001`, `[::1]:5001`, `localhost:5001`, `:5001` (all addresses).
struct BindAddress {
    std::string host;  ///< literal, without brackets
    std::uint16_t port = 0;

    [[nodiscard]] std::string to_string() const;
};
Result<BindAddress> parse_bind_address(std::string_view text);

/// The REST API with all that it needs but Redis. Thread-safe.
class Server {
  public:
    struct Options {
        BindAddress bind{"127.0.0.1", 5001};
        Access::Options access;
        apps::RepositoryDirectory::Options apps;
        /// Of the experiment database, as store::open_store() reads it.
        base::Environment database;
        HttpServer::Options http;  ///< without address and port
    };

    /// Opens the database, which makes it where it is missing, and begins to serve. Errors of the
    /// database, and of the address. `redis` and `clock` must outlive it.
    static Result<std::unique_ptr<Server>> start(Options options,
                                                 redis::Client& redis,
                                                 base::Clock& clock);

    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();  ///< stops

    /// Lets answers in progress end. Blocks, for seconds at the most. Idempotent.
    void stop();

    /// `http://127.0.0.1:5001`
    [[nodiscard]] std::string url() const;

  private:
    struct Parts;
    explicit Server(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace galileo::api
