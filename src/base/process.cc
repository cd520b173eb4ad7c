#include "base/process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <thread>

#include "base/environment.h"
#include "base/fd.h"

namespace galileo::base {

namespace {

/// Everything the child needs, built before fork: after it only async-signal-safe calls are
/// allowed.
struct Image {
    std::vector<char*> argv;
    std::vector<std::string> environment;
    std::vector<char*> envp;
    const char* output_path = nullptr;
    pid_t parent = 0;
    int report_fd = -1;
    int inherited_fd = -1;
};

[[noreturn]] void fail_in_child(int report_fd) noexcept {
    const int number = errno;
    (void)!::write(report_fd, &number, sizeof number);
    ::_exit(127);
}

[[noreturn]] void become(const Image& image) noexcept {
    ::setpgid(0, 0);
    if (::prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || ::getppid() != image.parent) {
        fail_in_child(image.report_fd);
    }
    sigset_t none;
    sigemptyset(&none);
    ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    const int null_fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null_fd < 0 || ::dup2(null_fd, STDIN_FILENO) < 0) {
        fail_in_child(image.report_fd);
    }
    if (image.output_path != nullptr) {
        const int out = ::open(image.output_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (out < 0 || ::dup2(out, STDOUT_FILENO) < 0 || ::dup2(out, STDERR_FILENO) < 0) {
            fail_in_child(image.report_fd);
        }
    }
    if (image.inherited_fd >= 0 && ::fcntl(image.inherited_fd, F_SETFD, 0) != 0) {
        fail_in_child(image.report_fd);
    }
    ::execvpe(image.argv[0], image.argv.data(), image.envp.data());
    fail_in_child(image.report_fd);
}

int exit_code_of(int status) {
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

Result<ChildProcess> ChildProcess::start(const ProcessOptions& options) {
    if (options.arguments.empty()) {
        return Error(ErrorCode::kInvalidInput, "no program to start");
    }
    auto variables = Environment::of_process().with_prefix("");
    for (const auto& [name, value] : options.extra_environment) {
        variables[name] = value;
    }
    Image image;
    for (const auto& argument : options.arguments) {
        image.argv.push_back(const_cast<char*>(argument.c_str()));
    }
    image.argv.push_back(nullptr);
    for (const auto& [name, value] : variables) {
        image.environment.emplace_back(name).append("=").append(value);
    }
    for (auto& entry : image.environment) {
        image.envp.push_back(entry.data());
    }
    image.envp.push_back(nullptr);
    image.output_path = options.output_path.empty() ? nullptr : options.output_path.c_str();
    image.parent = ::getpid();
    image.inherited_fd = options.inherited_fd;

    std::array<int, 2> report{};
    if (::pipe2(report.data(), O_CLOEXEC) != 0) {
        return errno_error(errno, "pipe");
    }
    const UniqueFd reader(report[0]);
    UniqueFd writer(report[1]);
    image.report_fd = writer.get();
    const pid_t pid = ::fork();
    if (pid < 0) {
        return errno_error(errno, "fork");
    }
    if (pid == 0) {
        become(image);
    }
    writer.reset();
    ChildProcess child(pid);
    int number = 0;
    ssize_t got = 0;
    do {
        got = ::read(reader.get(), &number, sizeof number);
    } while (got < 0 && errno == EINTR);
    if (got == sizeof number) {
        (void)child.wait(std::chrono::seconds(1));
        return errno_error(number, options.arguments[0]);
    }
    return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), exit_code_(other.exit_code_) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
    if (this != &other) {
        if (pid_ > 0) {
            terminate(std::chrono::seconds(3));
        }
        pid_ = std::exchange(other.pid_, -1);
        exit_code_ = other.exit_code_;
    }
    return *this;
}

ChildProcess::~ChildProcess() {
    if (pid_ > 0) {
        terminate(std::chrono::seconds(3));
    }
}

std::optional<int> ChildProcess::poll() {
    if (!exit_code_ && pid_ > 0) {
        int status = 0;
        const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
        if (ended == pid_) {
            exit_code_ = exit_code_of(status);
        } else if (ended < 0 && errno == ECHILD) {
            exit_code_ = 127;  // somebody else reaped it
        }
    }
    return exit_code_;
}

std::optional<int> ChildProcess::wait(std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    auto pause = std::chrono::milliseconds(1);
    while (!poll() && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(pause);
        pause = std::min(pause * 2, std::chrono::milliseconds(20));
    }
    return exit_code_;
}

void ChildProcess::signal(int signal) noexcept {
    if (pid_ > 0 && !poll()) {
        ::kill(pid_, signal);
    }
}

int ChildProcess::terminate(std::chrono::milliseconds grace) {
    signal(SIGTERM);
    signal(SIGCONT);  // a stopped process takes SIGTERM only when it goes on
    if (!wait(grace)) {
        signal(SIGKILL);
        (void)wait(std::chrono::seconds(5));
    }
    return exit_code_.value_or(128 + SIGKILL);
}

bool process_exists(std::int64_t pid) noexcept {
    return pid > 0 && (::kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM);
}

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : "unknown";
}

std::string own_program_path() {
    std::error_code error;
    return std::filesystem::read_symlink("/proc/self/exe", error).string();
}

}  // namespace galileo::base
