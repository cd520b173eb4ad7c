#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/exchange.h"
#include "io/loop.h"
#include "io/resolver.h"
#include "io/stream.h"

namespace galileo::http {

/// Whether connections are used again.
enum class Reuse { kKeepAlive, kPerRequest };

struct ClientOptions {
    std::size_t max_connections =
        0;  ///< open at once over all origins; 0: no limit but the descriptors'
    Reuse reuse = Reuse::kKeepAlive;
    std::chrono::nanoseconds connect_timeout =
        std::chrono::seconds(10);  ///< DNS, TCP and TLS together
    std::size_t max_head_bytes = 64 * 1024;
    std::uint64_t max_body_bytes = 64ULL * 1024 * 1024;
    std::size_t capture_body_bytes =
        64 * 1024;  ///< kept for the trace; the rest is counted and thrown away; 0: none
    int max_redirects = 30;
    std::string ca_file{};                                    ///< PEM; empty: the system's
    io::ReceiveTime receive_time = io::ReceiveTime::kKernel;  ///< what `done` and `first_byte` say
    std::string certificate{};  ///< client certificate and key, PEM; empty: none
};

/// Sends requests over pooled HTTP/1.1 connections of one loop and parses the answers
/// incrementally; after warm-up without allocation. Exchanges that find no free connection wait in
/// order of arrival. A connection that the server closed while idle is not a failure: the request
/// goes out again on a fresh one when no byte of the answer had come. Loop-bound.
class Client {
  public:
    /// `loop` and `resolver` must outlive the client.
    Client(io::Loop& loop, io::Resolver& resolver, ClientOptions options);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Begins. on_done() comes later, never inside this call.
    void start(Exchange& exchange);

    /// Takes an exchange back: its on_done() will not be called. An exchange on the wire closes its
    /// connection. Returns whether it had been sent.
    bool cancel(Exchange& exchange);

    [[nodiscard]] std::size_t in_flight() const noexcept;    ///< on a connection
    [[nodiscard]] std::size_t waiting() const noexcept;      ///< without one
    [[nodiscard]] std::size_t connections() const noexcept;  ///< open, idle ones included

    struct Impl;  ///< private to the room

  private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace galileo::http
