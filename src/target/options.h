#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "target/behaviour.h"

namespace galileo::target {

/// Whether a connection serves more than one request.
enum class Persistence { kKeepAlive, kClose };
/// How the length of a body is told: by Content-Length, or in chunks.
enum class Framing { kLength, kChunked };
/// What a body is coded with, where the request accepts it (Accept-Encoding).
enum class Coding { kIdentity, kGzip };
/// What an answer says: `body_bytes` of text, or the request's own body when it had one.
enum class BodySource { kFixed, kEcho };

/// What a Server listens on and how it answers. Plain values; Server::start checks them.
struct Options {
    std::string address = "127.0.0.1";  ///< literal IPv4 or IPv6
    std::uint16_t port = 0;             ///< 0: a free one
    int threads = 1;                    ///< event loops, 1 to 64

    Delay delay;         ///< between a complete request and its answer
    StatusMix statuses;  ///< drawn anew for each answer
    FaultMix faults;     ///< drawn before the status
    std::vector<Freeze> freezes;
    std::uint64_t seed = 1;  ///< the n-th request gets the same answer for the same seed

    std::uint64_t body_bytes = 64;  ///< up to 1 GiB
    BodySource body = BodySource::kFixed;
    Framing framing = Framing::kLength;
    Coding coding = Coding::kIdentity;

    Persistence persistence = Persistence::kKeepAlive;
    std::size_t max_connections =
        0;  ///< more wait in the kernel's queue, not accepted; 0: no limit
    std::chrono::nanoseconds idle_timeout{0};  ///< an idle connection is closed then; 0: never
    std::uint64_t max_request_bytes = 16ULL * 1024 * 1024;  ///< larger bodies get 413

    std::string certificate_file;  ///< PEM chain; with key_file: serves TLS only
    std::string key_file;          ///< PEM
    std::string log_path;          ///< one line for each request is appended here; empty: none
};

}  // namespace galileo::target
