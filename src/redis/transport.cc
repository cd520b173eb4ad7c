#include "redis/transport.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "redis/tls.h"

namespace galileo::redis {

namespace {

/// What goes wrong on an open or opening socket means that the server is away, whatever the number.
Error socket_error(int number, std::string_view what) {
    auto error = base::errno_error(number, what);
    if (error.code() == ErrorCode::kExhausted || error.code() == ErrorCode::kTimeout) {
        return error;
    }
    return Error(ErrorCode::kUnavailable, error.message());
}

int poll_milliseconds(base::Clock& clock, base::MonotonicTime deadline) {
    const auto left = deadline - clock.monotonic();
    if (left <= std::chrono::nanoseconds(0)) {
        return 0;
    }
    constexpr std::int64_t kLongest = 3'600'000;
    return static_cast<int>(std::min<std::int64_t>(
        std::chrono::ceil<std::chrono::milliseconds>(left).count(), kLongest));
}

Result<void> finish_connect(int fd, base::Clock& clock, base::MonotonicTime deadline) {
    pollfd entry{fd, POLLOUT, 0};
    for (;;) {
        const int ready = ::poll(&entry, 1, poll_milliseconds(clock, deadline));
        if (ready > 0) {
            break;
        }
        if (ready == 0 && clock.monotonic() >= deadline) {
            return Error(ErrorCode::kTimeout, "connect: no answer in time");
        }
        if (ready < 0 && errno != EINTR) {
            return socket_error(errno, "poll");
        }
    }
    int number = 0;
    socklen_t size = sizeof number;
    if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &size) != 0 || number != 0) {
        return socket_error(number != 0 ? number : errno, "connect");
    }
    return {};
}

Result<base::UniqueFd> connect_to(const sockaddr* address,
                                  socklen_t length,
                                  base::Clock& clock,
                                  base::MonotonicTime deadline) {
    base::UniqueFd fd(::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) {
        return socket_error(errno, "socket");
    }
    if (::connect(fd.get(), address, length) != 0) {
        if (errno != EINPROGRESS && errno != EINTR) {
            return socket_error(errno, "connect");
        }
        TRY(finish_connect(fd.get(), clock, deadline));
    }
    if (address->sa_family != AF_UNIX) {
        const int on = 1;
        ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        ::setsockopt(fd.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    }
    return fd;
}

Result<base::UniqueFd> connect_unix(const std::string& path,
                                    base::Clock& clock,
                                    base::MonotonicTime deadline) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        return Error(ErrorCode::kInvalidInput, fmt::format("socket path is longer than {} bytes",
                                                           sizeof address.sun_path - 1));
    }
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address, clock, deadline);
}

Result<base::UniqueFd> connect_tcp(const RedisOptions& options,
                                   base::Clock& clock,
                                   base::MonotonicTime deadline) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* found = nullptr;
    const int failure =
        ::getaddrinfo(options.host.c_str(), std::to_string(options.port).c_str(), &hints, &found);
    if (failure != 0) {
        return Error(ErrorCode::kUnavailable,
                     fmt::format("cannot resolve '{}': {}", options.host, ::gai_strerror(failure)));
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
    Error last(ErrorCode::kUnavailable, fmt::format("'{}' has no address", options.host));
    for (const auto* address = found; address != nullptr; address = address->ai_next) {
        auto fd = connect_to(address->ai_addr, address->ai_addrlen, clock, deadline);
        if (fd) {
            return fd;
        }
        last = std::move(fd).error();
    }
    return last;
}

}  // namespace

Transport::Transport(Transport&&) noexcept = default;
Transport& Transport::operator=(Transport&&) noexcept = default;
Transport::~Transport() = default;

void Transport::FreeSsl::operator()(ssl_st* ssl) const noexcept {
    SSL_free(ssl);
}

Result<Transport> Transport::open(const RedisOptions& options,
                                  base::Clock& clock,
                                  base::MonotonicTime deadline) {
    auto fd = options.unix_socket.empty() ? connect_tcp(options, clock, deadline)
                                          : connect_unix(options.unix_socket, clock, deadline);
    Transport transport(TRY(std::move(fd)), clock);
    if (options.tls == Tls::kOn) {
        TRY(transport.start_tls(options, deadline));
    }
    return transport;
}

Result<void> Transport::start_tls(const RedisOptions& options, base::MonotonicTime deadline) {
    ssl_.reset(TRY(make_tls_session(options, fd_.get())));
    for (;;) {
        ERR_clear_error();
        const int done = SSL_connect(ssl_.get());
        if (done == 1) {
            tls_block_ = TlsBlock::kNone;
            return {};
        }
        if (const auto verdict = SSL_get_verify_result(ssl_.get());
            verdict != X509_V_OK && options.verify == TlsVerify::kPeer) {
            return Error(ErrorCode::kDenied,
                         fmt::format("TLS: the server's certificate is not accepted: {}",
                                     X509_verify_cert_error_string(verdict)));
        }
        TRY(tls_result(done, "TLS handshake"));
        if (TRY(wait(Want::kRead, deadline)) == Woken::kTimedOut) {
            return Error(ErrorCode::kTimeout, "TLS handshake: no answer in time");
        }
    }
}

Result<std::size_t> Transport::tls_result(int returned, std::string_view what) {
    if (returned > 0) {
        tls_block_ = TlsBlock::kNone;
        return static_cast<std::size_t>(returned);
    }
    const int number = errno;
    switch (SSL_get_error(ssl_.get(), returned)) {
        case SSL_ERROR_WANT_READ:
            tls_block_ = TlsBlock::kRead;
            return std::size_t{0};
        case SSL_ERROR_WANT_WRITE:
            tls_block_ = TlsBlock::kWrite;
            return std::size_t{0};
        case SSL_ERROR_ZERO_RETURN:
            return Error(ErrorCode::kUnavailable, "the server closed the connection");
        case SSL_ERROR_SYSCALL:
            return number == 0 ? Error(ErrorCode::kUnavailable, "the server closed the connection")
                               : socket_error(number, what);
        default:
            return Error(ErrorCode::kUnavailable, fmt::format("{}: {}", what, tls_error_text()));
    }
}

Result<std::size_t> Transport::try_read(std::span<char> buffer) {
    if (ssl_ != nullptr) {
        ERR_clear_error();
        errno = 0;
        return tls_result(SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size())),
                          "read");
    }
    for (;;) {
        const auto got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
        if (got > 0) {
            return static_cast<std::size_t>(got);
        }
        if (got == 0) {
            return Error(ErrorCode::kUnavailable, "the server closed the connection");
        }
        if (errno == EAGAIN) {
            return std::size_t{0};
        }
        if (errno != EINTR) {
            return socket_error(errno, "read");
        }
    }
}

Result<std::size_t> Transport::try_write(std::string_view bytes) {
    if (ssl_ != nullptr) {
        constexpr std::size_t kOneCall = std::size_t{1} << 20U;
        ERR_clear_error();
        errno = 0;
        const auto size = static_cast<int>(std::min(bytes.size(), kOneCall));
        return tls_result(SSL_write(ssl_.get(), bytes.data(), size), "write");
    }
    for (;;) {
        const auto taken = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (taken >= 0) {
            return static_cast<std::size_t>(taken);
        }
        if (errno == EAGAIN) {
            return std::size_t{0};
        }
        if (errno != EINTR) {
            return socket_error(errno, "write");
        }
    }
}

Result<Transport::Woken> Transport::wait(Want want, base::MonotonicTime deadline, int wake_fd) {
    const bool write = want == Want::kReadOrWrite || tls_block_ == TlsBlock::kWrite;
    std::array<pollfd, 2> entries{
        pollfd{fd_.get(), static_cast<short>(write ? POLLIN | POLLOUT : POLLIN), 0},
        pollfd{wake_fd, POLLIN, 0}};
    for (;;) {
        const int ready =
            ::poll(entries.data(), wake_fd < 0 ? 1 : 2, poll_milliseconds(*clock_, deadline));
        if (ready > 0) {
            return entries[0].revents == 0 ? Woken::kByCaller : Woken::kReady;
        }
        if (ready == 0 && clock_->monotonic() >= deadline) {
            return Woken::kTimedOut;
        }
        if (ready < 0 && errno != EINTR) {
            return socket_error(errno, "poll");
        }
    }
}

bool Transport::disturbed() const noexcept {
    pollfd entry{fd_.get(), POLLIN, 0};
    return ::poll(&entry, 1, 0) != 0;
}

}  // namespace galileo::redis
