#pragma once

#include <chrono>
#include <optional>

#include "base/fd.h"
#include "base/result.h"

namespace galileo::base {

/// Takes SIGINT, SIGTERM and SIGHUP as values instead of interruptions. Create it first in main,
/// before any thread: the signals are blocked in every thread started afterwards. Also ignores
/// SIGPIPE. Thread-compatible.
class SignalInbox {
  public:
    /// Fails only when a limit on descriptors is reached.
    static Result<SignalInbox> open();

    /// The next signal number, waiting `patience` at the most; nothing when none came. Negative:
    /// wait for ever.
    std::optional<int> wait(std::chrono::milliseconds patience);

    /// Readable when a signal waits; for polling together with other descriptors.
    [[nodiscard]] int fd() const noexcept { return fd_.get(); }

  private:
    explicit SignalInbox(UniqueFd fd) : fd_(std::move(fd)) {}
    UniqueFd fd_;
};

/// From now on, writing to a pipe whose reader has gone fails with EPIPE instead of ending the
/// process.
void ignore_broken_pipes() noexcept;

}  // namespace galileo::base
