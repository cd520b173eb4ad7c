#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "redis/options.h"

struct ssl_st;
struct ssl_ctx_st;

namespace galileo::redis {

/// A byte stream to a server over TCP, a unix socket or TLS. Never raises SIGPIPE. The descriptor
/// is non-blocking; `wait` is where callers block. Inside the redis room only. Thread-compatible.
class Transport {
  public:
    /// Connects, and shakes hands with TLS. May block until `deadline`, and beyond it in name
    /// resolution, which the C library bounds. kUnavailable, kTimeout, or kDenied for a certificate
    /// that does not verify.
    static Result<Transport> open(const RedisOptions& options,
                                  base::Clock& clock,
                                  base::MonotonicTime deadline);

    Transport(Transport&&) noexcept;
    Transport& operator=(Transport&&) noexcept;
    ~Transport();

    /// Reads what is there: the number of bytes, or 0 when it would block. kUnavailable when the
    /// other side has closed.
    Result<std::size_t> try_read(std::span<char> buffer);

    /// Writes what fits: the number of bytes taken, or 0 when it would block.
    Result<std::size_t> try_write(std::string_view bytes);

    enum class Want { kRead, kReadOrWrite };
    enum class Woken { kReady, kTimedOut, kByCaller };
    /// Blocks until the stream is ready for what is wanted, `deadline` has passed, or `wake_fd`
    /// (when not -1) is readable. Call it only after try_read or try_write said it would block.
    Result<Woken> wait(Want want, base::MonotonicTime deadline, int wake_fd = -1);

    /// True when the other side has closed, or has sent something nobody asked for: a connection
    /// that rested in a pool is then of no use.
    [[nodiscard]] bool disturbed() const noexcept;

  private:
    struct FreeSsl {
        void operator()(ssl_st* ssl) const noexcept;
    };
    Transport(base::UniqueFd fd, base::Clock& clock) : fd_(std::move(fd)), clock_(&clock) {}

    Result<void> start_tls(const RedisOptions& options, base::MonotonicTime deadline);
    Result<std::size_t> tls_result(int returned, std::string_view what);

    base::UniqueFd fd_;
    base::Clock* clock_;
    std::unique_ptr<ssl_st, FreeSsl> ssl_;
    enum class TlsBlock { kNone, kRead, kWrite };
    TlsBlock tls_block_ = TlsBlock::kNone;
};

}  // namespace galileo::redis
