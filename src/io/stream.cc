#include "io/stream.h"

#include <netinet/tcp.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/assert.h"
#include "io/loop_impl.h"
#include "io/tls.h"
#include "io/tls_session.h"

namespace galileo::io {

namespace {

// A fast sender must not keep the loop from its other streams.
constexpr int kReadsPerTurn = 8;

CloseKind connect_failure(int number) {
    switch (number) {
        case ECONNREFUSED:
            return CloseKind::kRefused;
        case EHOSTUNREACH:
        case ENETUNREACH:
        case EHOSTDOWN:
        case ENETDOWN:
            return CloseKind::kUnreachable;
        default:
            return CloseKind::kConnect;
    }
}

std::chrono::nanoseconds kernel_time_of(msghdr& message) {
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
         header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_TIMESTAMPNS) {
            timespec stamp{};
            std::memcpy(&stamp, CMSG_DATA(header), sizeof stamp);
            return std::chrono::seconds(stamp.tv_sec) + std::chrono::nanoseconds(stamp.tv_nsec);
        }
    }
    return std::chrono::nanoseconds::zero();
}

void set_flag(int fd, int level, int name) {
    const int on = 1;
    static_cast<void>(setsockopt(fd, level, name, &on, sizeof on));
}

}  // namespace

/// Notices, from the stack of on_ready(), that a callback closed or destroyed the stream.
class Stream::Watch {
  public:
    explicit Watch(Stream& stream)
        : stream_(&stream), opened_(stream.opened_), outer_(std::exchange(stream.watch_, this)) {}
    ~Watch() {
        if (stream_ != nullptr) {
            stream_->watch_ = outer_;
        }
    }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    [[nodiscard]] bool same_connection() const noexcept {
        return stream_ != nullptr && stream_->opened_ == opened_;
    }
    void stream_destroyed() noexcept {
        stream_ = nullptr;
        if (outer_ != nullptr) {
            outer_->stream_destroyed();
        }
    }

  private:
    Stream* stream_;
    std::uint32_t opened_;
    Watch* outer_;
};

Stream::Stream(Loop& loop, StreamHandler& handler) : loop_(loop), handler_(handler) {}

Stream::~Stream() {
    close();
    if (watch_ != nullptr) {
        watch_->stream_destroyed();
    }
}

Result<void> Stream::open(base::UniqueFd socket, const StreamOptions& options) {
    set_flag(socket.get(), IPPROTO_TCP, TCP_NODELAY);
    kernel_time_ = options.receive_time == ReceiveTime::kKernel;
    if (kernel_time_) {
        set_flag(socket.get(), SOL_SOCKET, SO_TIMESTAMPNS);
    }
    max_unsent_ = options.max_unsent;
    TRY(loop_.watch(socket.get(), *this));
    socket_ = std::move(socket);
    return {};
}

Result<void> Stream::connect(const Address& address, const StreamOptions& options) {
    GALILEO_ASSERT(state_ == State::kClosed);
    base::UniqueFd socket(
        ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) {
        return base::errno_error(errno, "socket");
    }
    std::unique_ptr<TlsSession> tls;
    if (options.tls != nullptr) {
        tls = TRY(TlsSession::client(*options.tls, options.server_name, address.port()));
    }
    sockaddr_storage target = address.storage;
    const int failed =
        ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&target), address.length);
    if (failed != 0 && errno != EINPROGRESS) {
        return base::errno_error(errno, "connect");
    }
    TRY(open(std::move(socket), options));
    tls_ = std::move(tls);
    state_ = State::kConnecting;
    return {};
}

Result<void> Stream::adopt(base::UniqueFd socket, const StreamOptions& options) {
    GALILEO_ASSERT(state_ == State::kClosed);
    std::unique_ptr<TlsSession> tls;
    if (options.tls != nullptr) {
        tls = TRY(TlsSession::server(*options.tls));
    }
    TRY(open(std::move(socket), options));
    tls_ = std::move(tls);
    state_ = tls_ ? State::kHandshake : State::kConnected;
    return {};
}

Result<void> Stream::start_tls(TlsContext& context,
                               std::string_view server_name,
                               std::uint16_t port) {
    GALILEO_ASSERT(state_ == State::kConnected && !tls_ && !finishing_);
    GALILEO_ASSERT(unsent() == 0);
    tls_ = TRY(TlsSession::client(context, server_name, port));
    state_ = State::kHandshake;
    // A client speaks first: this only makes its greeting. What could fail here fails again when
    // the answer is read.
    static_cast<void>(tls_->shake_hands());
    send_encrypted();
    return {};
}

void Stream::close() noexcept {
    if (state_ == State::kClosed) {
        return;
    }
    if (tls_ && state_ == State::kConnected && !finishing_ && write_error_ == 0) {
        tls_->close_notify();
        send_encrypted();
    }
    loop_.unwatch(socket_.get(), *this);
    socket_.reset();
    tls_.reset();
    state_ = State::kClosed;
    hung_up_ = finishing_ = false;
    write_error_ = 0;
    unsent_.clear();
    unsent_begin_ = 0;
    ++opened_;
}

void Stream::fail(CloseKind kind, Error error) {
    close();
    handler_.on_closed({kind, std::move(error)});
}

void Stream::on_ready(Readiness readiness) {
    const Watch watch(*this);
    hung_up_ = hung_up_ || readiness.hung_up;
    if (state_ == State::kConnecting) {
        if (readiness.writable || readiness.hung_up) {
            connected(watch);
        }
        if (!watch.same_connection() || state_ == State::kConnecting) {
            return;
        }
    }
    if (readiness.writable && unsent() > 0) {
        flush();
        if (unsent() == 0 && state_ == State::kConnected) {
            handler_.on_drained();
        }
        if (!watch.same_connection()) {
            return;
        }
    }
    if (readiness.readable || hung_up_ || write_error_ != 0) {
        read_available(watch);
    }
}

void Stream::connected(const Watch& watch) {
    int number = 0;
    socklen_t length = sizeof number;
    static_cast<void>(getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &number, &length));
    if (number != 0) {
        return fail(connect_failure(number), base::errno_error(number, "connect"));
    }
    if (tls_) {
        state_ = State::kHandshake;
        return begin_handshake(watch);
    }
    state_ = State::kConnected;
    handler_.on_connected();
}

void Stream::begin_handshake(const Watch& watch) {
    static_cast<void>(take_encrypted({}, loop_.now(), watch));
}

void Stream::read_available(const Watch& watch) {
    for (int i = 0; i < kReadsPerTurn; ++i) {
        if (read_once(watch) == Step::kStop) {
            return;
        }
    }
    loop_.impl().call_again(*this);
}

Stream::Step Stream::read_once(const Watch& watch) {
    base::MonotonicTime received = loop_.now();
    const long count = receive(received);
    if (count > 0) {
        const auto size = static_cast<std::size_t>(count);
        if (take({loop_.impl().read_buffer->data(), size}, received, watch) == Step::kStop) {
            return Step::kStop;
        }
        // A short read has emptied the socket: edge-triggered epoll announces whatever comes next.
        // But a FIN announced together with these bytes is announced only once.
        const bool drained = size < Loop::Impl::kBufferBytes && !hung_up_ && write_error_ == 0;
        return drained ? Step::kStop : Step::kGoOn;
    }
    if (count == 0) {
        const CloseKind kind = !tls_                         ? CloseKind::kEnd
                               : state_ == State::kHandshake ? CloseKind::kTls
                                                             : CloseKind::kTruncated;
        fail(kind, Error(ErrorCode::kUnavailable, "peer closed"));
        return Step::kStop;
    }
    const int number = errno;
    if (number == EINTR) {
        return Step::kGoOn;
    }
    if (number == EAGAIN || number == EWOULDBLOCK) {
        if (write_error_ != 0) {
            fail(CloseKind::kReset, base::errno_error(write_error_, "send"));
        }
        return Step::kStop;
    }
    fail(state_ == State::kHandshake ? CloseKind::kTls : CloseKind::kReset,
         base::errno_error(number, "receive"));
    return Step::kStop;
}

long Stream::receive(base::MonotonicTime& received) {
    auto& buffer = *loop_.impl().read_buffer;
    if (!kernel_time_) {
        return recv(socket_.get(), buffer.data(), buffer.size(), 0);
    }
    alignas(cmsghdr) std::array<char, 128>
        control;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    iovec vector{.iov_base = buffer.data(), .iov_len = buffer.size()};
    msghdr message{};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const long count = recvmsg(socket_.get(), &message, 0);
    if (count > 0) {
        // Absent for segments that arrived before the kernel began to stamp.
        const auto stamp = kernel_time_of(message);
        if (stamp != std::chrono::nanoseconds::zero()) {
            received = loop_.impl().from_kernel_time(stamp);
        }
    }
    return count;
}

Stream::Step Stream::take(std::string_view bytes,
                          base::MonotonicTime received,
                          const Watch& watch) {
    if (tls_) {
        return take_encrypted(bytes, received, watch);
    }
    handler_.on_data(bytes, received);
    return watch.same_connection() ? Step::kGoOn : Step::kStop;
}

Stream::Step Stream::take_encrypted(std::string_view bytes,
                                    base::MonotonicTime received,
                                    const Watch& watch) {
    tls_->put_received(bytes);
    if (state_ == State::kHandshake) {
        const TlsSession::Progress progress = tls_->shake_hands();
        send_encrypted();
        if (progress == TlsSession::Progress::kFailed) {
            fail(CloseKind::kTls, tls_->take_error());
            return Step::kStop;
        }
        if (progress == TlsSession::Progress::kWaiting) {
            return Step::kGoOn;
        }
        state_ = State::kConnected;
        handler_.on_connected();
        if (!watch.same_connection()) {
            return Step::kStop;
        }
    }
    auto& plain = *loop_.impl().plain_buffer;
    while (true) {
        std::size_t size = 0;
        const TlsSession::Progress progress = tls_->decrypt(plain.data(), plain.size(), size);
        send_encrypted();  // TLS 1.3 answers key updates
        if (size > 0) {
            handler_.on_data({plain.data(), size}, received);
            if (!watch.same_connection()) {
                return Step::kStop;
            }
        }
        switch (progress) {
            case TlsSession::Progress::kDone:
                break;  // the buffer was full
            case TlsSession::Progress::kWaiting:
                return Step::kGoOn;
            case TlsSession::Progress::kEnded:
                fail(CloseKind::kEnd, Error(ErrorCode::kUnavailable, "peer closed"));
                return Step::kStop;
            case TlsSession::Progress::kFailed:
                fail(CloseKind::kTls, tls_->take_error());
                return Step::kStop;
        }
    }
}

bool Stream::write(std::string_view bytes) {
    if (state_ != State::kConnected || finishing_ ||
        (unsent() > 0 && unsent() + bytes.size() > max_unsent_)) {
        return false;
    }
    if (tls_) {
        tls_->encrypt(bytes);
        send_encrypted();
    } else {
        send_or_queue(bytes);
    }
    return true;
}

void Stream::send_encrypted() {
    const std::string_view bytes = tls_->to_send();
    if (!bytes.empty()) {
        send_or_queue(bytes);
        tls_->sent();
    }
}

void Stream::send_or_queue(std::string_view bytes) {
    if (write_error_ != 0) {
        return;
    }
    if (unsent() == 0) {
        long count = 0;
        do {
            count = send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        } while (count < 0 && errno == EINTR);
        if (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
            // What the peer sent before it closed is still to be read and may explain the failure,
            // so reading decides how this ends.
            write_error_ = errno;
            loop_.impl().call_again(*this);
            return;
        }
        bytes.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
        if (bytes.empty()) {
            return;
        }
    }
    unsent_.append(bytes);
}

void Stream::flush() {
    while (unsent() > 0) {
        const long count =
            send(socket_.get(), unsent_.data() + unsent_begin_, unsent(), MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            if (errno != EAGAIN && errno != EWOULDBLOCK) {
                write_error_ = errno;
                unsent_.clear();
                unsent_begin_ = 0;
            }
            return;
        }
        unsent_begin_ += static_cast<std::size_t>(count);
    }
    unsent_.clear();
    unsent_begin_ = 0;
    shut_down_when_drained();
}

void Stream::finish() {
    if (state_ != State::kConnected || finishing_) {
        return;
    }
    if (tls_) {
        tls_->close_notify();
        send_encrypted();
    }
    finishing_ = true;
    shut_down_when_drained();
}

void Stream::shut_down_when_drained() {
    if (finishing_ && unsent() == 0) {
        static_cast<void>(shutdown(socket_.get(), SHUT_WR));
    }
}

}  // namespace galileo::io
