#include "redis/testing/scripted_server.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstdlib>
#include <cstring>

namespace galileo::redis::testing {

namespace {

bool readable(int fd) {
    pollfd entry{fd, POLLIN, 0};
    constexpr int kMilliseconds = 5;
    return ::poll(&entry, 1, kMilliseconds) > 0;
}

}  // namespace

ScriptedServer::ScriptedServer(Script script) : script_(std::move(script)) {
    listener_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = options().unix_socket;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_.get(), 16) != 0) {
        fmt::print(stderr, "test kit: cannot listen on {}\n", path);
        std::abort();
    }
    thread_ = std::thread([this] { run(); });
}

ScriptedServer::~ScriptedServer() {
    stopping_ = true;
    thread_.join();
}

RedisOptions ScriptedServer::options() const {
    RedisOptions options;
    options.unix_socket = directory_.path() + "/scripted.sock";
    options.connect_timeout = std::chrono::milliseconds(400);
    options.command_timeout = std::chrono::milliseconds(400);
    return options;
}

void ScriptedServer::run() {
    while (!stopping_) {
        if (readable(listener_.get())) {
            const base::UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            ++connections_;
            serve(fd.get());
        }
    }
}

void ScriptedServer::serve(int fd) {
    std::array<char, 4096> buffer{};
    while (!stopping_) {
        if (!readable(fd)) {
            continue;
        }
        const auto got = ::recv(fd, buffer.data(), buffer.size(), 0);
        if (got <= 0) {
            return;
        }
        const auto answer = script_({buffer.data(), static_cast<std::size_t>(got)});
        std::string_view rest = answer.bytes;
        while (!rest.empty()) {
            const auto sent = ::send(fd, rest.data(), rest.size(), MSG_NOSIGNAL);
            if (sent <= 0) {
                return;
            }
            rest.remove_prefix(static_cast<std::size_t>(sent));
        }
        if (answer.then == Answer::Then::kClose) {
            return;
        }
    }
}

}  // namespace galileo::redis::testing
