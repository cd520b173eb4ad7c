#include "base/signals.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace galileo::base {

Result<SignalInbox> SignalInbox::open() {
    sigset_t taken;
    sigemptyset(&taken);
    sigaddset(&taken, SIGINT);
    sigaddset(&taken, SIGTERM);
    sigaddset(&taken, SIGHUP);
    ::pthread_sigmask(SIG_BLOCK, &taken, nullptr);
    ignore_broken_pipes();
    UniqueFd fd(::signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd) {
        return errno_error(errno, "signalfd");
    }
    return SignalInbox(std::move(fd));
}

std::optional<int> SignalInbox::wait(std::chrono::milliseconds patience) {
    pollfd waiting{fd_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, patience.count() < 0 ? -1 : static_cast<int>(patience.count())) <= 0) {
        return std::nullopt;
    }
    signalfd_siginfo info{};
    if (::read(fd_.get(), &info, sizeof info) != sizeof info) {
        return std::nullopt;
    }
    return static_cast<int>(info.ssi_signo);
}

void ignore_broken_pipes() noexcept {
    ::signal(SIGPIPE, SIG_IGN);
}

}  // namespace galileo::base
