#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "target/options.h"

namespace galileo::target {

/// What a server has seen since its start. `/_stats` itself is not counted among requests and what
/// follows from them.
struct Statistics {
    std::uint64_t connections_open = 0;
    std::uint64_t connections_accepted = 0;
    std::uint64_t connections_max = 0;  ///< most that were open at the same time
    std::uint64_t requests = 0;         ///< complete requests read
    std::uint64_t answered = 0;  ///< subset of requests: a whole answer was handed to the kernel
    std::map<int, std::uint64_t> statuses;  ///< answered by status
    std::uint64_t closed = 0;  ///< subset of requests: ended in the middle of the answer (--close)
    std::uint64_t junk = 0;    ///< subset of requests: answered with something that is not HTTP
    std::uint64_t reset = 0;   ///< subset of requests: connection reset instead of an answer
    std::uint64_t malformed = 0;            ///< not requests: answered with 400 or 431
    std::uint64_t body_bytes_received = 0;  ///< of requests
};

/// One JSON object with the names above, statuses as an object.
std::string to_json(const Statistics& statistics);

/// An HTTP/1.1 service that answers every path alike, as its options say: a sample to load, and the
/// victim in tests. Runs on threads of its own. Thread-safe.
class Server {
  public:
    /// Listens and begins to serve. kInvalidInput: an option is out of range, or certificate and
    /// key do not fit; kConflict, kDenied: the address cannot be taken. `clock` must outlive the
    /// server.
    static Result<std::unique_ptr<Server>> start(Options options, base::Clock& clock);

    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();  ///< stops

    /// Closes the listening socket and all connections at once, and writes the rest of the log.
    /// Idempotent; blocks until its threads have ended.
    void stop();

    [[nodiscard]] std::uint16_t port() const noexcept;
    /// `http://127.0.0.1:8080`, with https when it serves TLS.
    [[nodiscard]] std::string url() const;
    /// Exact after stop(); before that as of a moment ago, each number for itself.
    [[nodiscard]] Statistics statistics() const;

    struct Impl;

  private:
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace galileo::target
