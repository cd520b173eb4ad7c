#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace galileo::base {

/// What to start and with which surroundings.
struct ProcessOptions {
    std::vector<std::string> arguments;  ///< argv; [0] is a path, or a name looked up on PATH
    std::map<std::string, std::string> extra_environment;  ///< added to, or replacing in, ours
    std::string output_path;  ///< stdout and stderr are appended here; empty: inherit ours
    int inherited_fd = -1;    ///< descriptor that the child keeps under its number; -1: none
};

/// A child process that dies with us: it gets SIGTERM when the thread that started it ends (Linux
/// PR_SET_PDEATHSIG), so start children from a thread that lives as long as the program. Runs in
/// its own process group, so that Ctrl-C at the terminal reaches only us. The destructor terminates
/// it. Movable; thread-compatible.
class ChildProcess {
  public:
    /// Starts it. Fails when the program cannot be executed (kNotFound, kDenied) or a limit is
    /// reached (kExhausted).
    static Result<ChildProcess> start(const ProcessOptions& options);

    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&& other) noexcept;
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;
    ~ChildProcess();

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }

    /// Its exit code (128 + n when signal n ended it) when it has ended; nothing while it runs.
    /// Does not block.
    std::optional<int> poll();

    /// Waits for its end, `patience` at the most. Nothing when it still runs then.
    std::optional<int> wait(std::chrono::milliseconds patience);

    /// Sends `signal`; no effect once it has ended.
    void signal(int signal) noexcept;

    /// SIGTERM, then SIGKILL after `grace`. Returns the exit code; afterwards the process is gone.
    int terminate(std::chrono::milliseconds grace);

  private:
    explicit ChildProcess(pid_t pid) noexcept : pid_(pid) {}

    pid_t pid_ = -1;
    std::optional<int> exit_code_;
};

/// Whether a process with this number runs here, whoever owns it.
bool process_exists(std::int64_t pid) noexcept;

/// The name of this machine, as the kernel knows it; `unknown` when it does not tell.
std::string host_name();

/// The path of the running program (/proc/self/exe).
std::string own_program_path();

}  // namespace galileo::base
