#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/message.h"
#include "base/result.h"

namespace galileo::api {

/// What becomes of a request, decided when its head has been read.
struct Admission {
    /// Makes the answer once the body is there. May block; called on a thread of the pool.
    std::function<Response(const Request& request)> answer;
    std::size_t body_bytes_max = 0;
    /// Sent instead, without reading the body.
    std::optional<Response> refusal;
    std::vector<Header> headers;  ///< added to the answer, whatever it is
    /// kLoop: `answer` does not block and is called by the thread that does all I/O.
    enum class Lane : std::uint8_t { kPool, kLoop };
    Lane lane = Lane::kPool;
};

/// Called on the thread that does all I/O; must not block. The request has no body yet.
using Admit = std::function<Admission(const Request& head)>;

/// Serves HTTP/1.1. A request that is malformed, too large or too slow is answered as such
/// (problem_answer) and never reaches `admit`. Thread-safe.
class HttpServer {
  public:
    struct Options {
        std::string address = "127.0.0.1";  ///< literal IPv4 or IPv6
        std::uint16_t port = 0;             ///< 0: a free one

        std::size_t head_bytes_max = 8'192;
        std::size_t connections_max = 1'024;  ///< further ones wait in the kernel's queue
        std::size_t threads = 8;              ///< of the pool
        std::size_t waiting_max = 256;        ///< requests for the pool; more get 503
        /// Of all bodies that are being read or waited for, as announced; more get 503.
        std::uint64_t bodies_bytes_max = 272ULL * 1024 * 1024;

        std::chrono::milliseconds head_patience{10'000};      ///< from its first byte to its last
        std::chrono::milliseconds idle_patience{30'000};      ///< between requests
        std::chrono::milliseconds progress_patience{10'000};  ///< for the next piece of a body,
                                                              ///< read or written
        std::chrono::milliseconds body_patience{
            30'000};  ///< for a body, and 1 s more for each 256 KiB
        std::chrono::milliseconds stop_patience{5'000};  ///< for answers in progress
    };

    /// Listens and begins to serve, on threads of its own. kInvalidInput: not an address;
    /// kConflict, kDenied: it cannot be taken.
    static Result<std::unique_ptr<HttpServer>> start(const Options& options, Admit admit);

    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    ~HttpServer();  ///< stops

    /// Takes no more connections and requests, lets answers in progress end (stop_patience at the
    /// most), closes. Blocks until then. Idempotent.
    void stop();

    [[nodiscard]] std::uint16_t port() const noexcept;

    struct Impl;  ///< private to the room

  private:
    explicit HttpServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace galileo::api
