#include "cli/doctor_facts.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/clock.h"
#include "base/fd.h"
#include "base/process.h"

namespace galileo::cli {

namespace {

std::string read_words(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

std::optional<std::uint64_t> to_number(const std::string& text) {
    std::istringstream stream(text);
    std::uint64_t number = 0;
    if (stream >> number) {
        return number;
    }
    return std::nullopt;
}

bool can_epoll_pwait2() {
#ifdef SYS_epoll_pwait2
    // Refused for its bad descriptor where the kernel knows the call, for the call itself where it
    // does not.
    timespec no_time{};
    epoll_event event{};
    return ::syscall(SYS_epoll_pwait2, -1, &event, 1, &no_time, nullptr, 0) < 0 && errno != ENOSYS;
#else
    return false;
#endif
}

std::chrono::nanoseconds time_of_clock_reading() {
    constexpr int kReadings = 2000;
    auto best = std::chrono::nanoseconds::max();
    const base::Clock& clock = base::system_clock();
    for (int round = 0; round < 5; ++round) {  // the best of some: other programs disturb
        const auto begin = clock.monotonic();
        for (int i = 0; i < kReadings; ++i) {
            (void)clock.monotonic();
        }
        best = std::min(best, (clock.monotonic() - begin) / kReadings);
    }
    return best;
}

bool can_write(const std::string& directory) {
    const base::UniqueFd probe(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    // Not every file system has unnamed files.
    return probe || (errno != EACCES && errno != EROFS && ::access(directory.c_str(), W_OK) == 0);
}

/// The version that `redis-server --version` prints, such as `7.0.15`; empty when it cannot be run.
std::string version_of_redis_server() {
    std::error_code error;
    std::string path = std::filesystem::temp_directory_path(error).string();
    path = (error ? "/tmp" : path) + "/galileo-doctor-XXXXXX";
    const base::UniqueFd made(::mkostemp(path.data(), O_CLOEXEC));
    if (!made) {
        return {};
    }
    std::string version;
    auto child = base::ChildProcess::start(
        {.arguments = {"redis-server", "--version"}, .extra_environment = {}, .output_path = path});
    if (child && child->wait(std::chrono::seconds(5)) == 0) {
        std::string word;
        for (std::ifstream output(path); output >> word;) {
            if (word.starts_with("v=")) {
                version = word.substr(2);
            }
        }
    }
    ::unlink(path.c_str());
    return version;
}

}  // namespace

Facts gather_facts() {
    Facts facts;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        facts.open_files_soft = limit.rlim_cur;
        facts.open_files_hard = limit.rlim_max;
    }
    std::istringstream range(read_words("/proc/sys/net/ipv4/ip_local_port_range"));
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    if (range >> first >> last && first <= last) {
        facts.ephemeral_first = first;
        facts.ephemeral_last = last;
    }
    facts.accept_queue = to_number(read_words("/proc/sys/net/core/somaxconn"));
    utsname system{};
    if (::uname(&system) == 0) {
        facts.kernel = system.release;
    }
    facts.has_epoll_pwait2 = can_epoll_pwait2();
    cpu_set_t usable;
    CPU_ZERO(&usable);
    if (::sched_getaffinity(0, sizeof usable, &usable) == 0) {
        facts.cpus = static_cast<unsigned>(CPU_COUNT(&usable));
    }
    facts.clock_source =
        read_words("/sys/devices/system/clocksource/clocksource0/current_clocksource");
    facts.clock_read = time_of_clock_reading();
    std::error_code error;
    facts.directory = std::filesystem::current_path(error).string();
    struct statvfs disk{};
    if (!facts.directory.empty() && ::statvfs(facts.directory.c_str(), &disk) == 0) {
        facts.disk_free_bytes = std::uint64_t{disk.f_bavail} * disk.f_frsize;
    }
    facts.directory_writable = !facts.directory.empty() && can_write(facts.directory);
    facts.redis_server = version_of_redis_server();
    return facts;
}

}  // namespace galileo::cli
