#include "io/listener.h"

#include <cerrno>
#include <chrono>
#include <memory>
#include <utility>

namespace galileo::io {

namespace {

constexpr auto kExhaustedPause = std::chrono::milliseconds(50);

void set_flag(int fd, int name) {
    const int on = 1;
    static_cast<void>(setsockopt(fd, SOL_SOCKET, name, &on, sizeof on));
}

// Failures that concern one connection, which is gone, not the listener (accept(2)).
bool concerns_one_connection(int number) {
    switch (number) {
        case ECONNABORTED:
        case EINTR:
        case EPROTO:
        case ENETDOWN:
        case ENOPROTOOPT:
        case EHOSTDOWN:
        case ENONET:
        case EHOSTUNREACH:
        case EOPNOTSUPP:
        case ENETUNREACH:
        case EPERM:
            return true;
        default:
            return false;
    }
}

}  // namespace

Listener::Listener(Loop& loop,
                   base::UniqueFd socket,
                   const ListenerOptions& options,
                   Acceptor acceptor)
    : loop_(loop),
      socket_(std::move(socket)),
      options_(options),
      acceptor_(std::move(acceptor)),
      retry_(loop, [this] { accept_some(); }) {}

Result<std::unique_ptr<Listener>> Listener::open(Loop& loop,
                                                 const Address& address,
                                                 const ListenerOptions& options,
                                                 Acceptor acceptor) {
    const std::string what = "listening on " + address.to_string();
    base::UniqueFd socket(
        ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) {
        return base::errno_error(errno, what);
    }
    set_flag(socket.get(), SO_REUSEADDR);
    if (options.sharing == PortSharing::kShared) {
        set_flag(socket.get(), SO_REUSEPORT);
    }
    sockaddr_storage local = address.storage;
    if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&local), address.length) != 0 ||
        listen(socket.get(), options.backlog) != 0) {
        return base::errno_error(errno, what);
    }
    std::unique_ptr<Listener> listener(
        new Listener(loop, std::move(socket), options, std::move(acceptor)));
    Address& bound = listener->address_;
    bound.length = sizeof bound.storage;
    if (getsockname(listener->socket_.get(), reinterpret_cast<sockaddr*>(&bound.storage),
                    &bound.length) != 0) {
        return base::errno_error(errno, what);
    }
    TRY(loop.watch(listener->socket_.get(), *listener));
    return listener;
}

Listener::~Listener() {
    if (destroyed_ != nullptr) {
        *destroyed_ = true;
    }
    if (socket_) {
        loop_.unwatch(socket_.get(), *this);
    }
}

void Listener::pause() noexcept {
    paused_ = true;
    retry_.disarm();
}

void Listener::resume() {
    paused_ = false;
    retry_.arm(loop_.now());
}

void Listener::on_ready(Readiness /*readiness*/) {
    accept_some();
}

void Listener::accept_some() {
    bool destroyed = false;
    destroyed_ = &destroyed;
    for (int i = 0; i < options_.accepts_per_turn && !paused_; ++i) {
        Address peer;
        peer.length = sizeof peer.storage;
        base::UniqueFd socket(accept4(socket_.get(), reinterpret_cast<sockaddr*>(&peer.storage),
                                      &peer.length, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (socket) {
            acceptor_(std::move(socket), peer);
            if (destroyed) {
                return;
            }
            continue;
        }
        const int number = errno;
        if (concerns_one_connection(number)) {
            continue;
        }
        destroyed_ = nullptr;
        if (number != EAGAIN && number != EWOULDBLOCK) {
            retry_.arm(loop_.now() + kExhaustedPause);
        }
        return;
    }
    destroyed_ = nullptr;
    if (!paused_) {
        retry_.arm(loop_.now());
    }
}

}  // namespace galileo::io
