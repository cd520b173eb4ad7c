#include "experiment/local_cluster.h"

#include <fmt/format.h>
#include <signal.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include <stdlib.h>

namespace galileo::experiment {

namespace {

constexpr std::chrono::milliseconds kTargetPatience{10'000};
constexpr std::chrono::milliseconds kGrace{5'000};
constexpr std::size_t kLogTail = 600;

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// The last lines a process wrote, for an error message.
std::string tail_of(const std::string& path) {
    std::string text = read_file(path);
    if (text.size() > kLogTail) {
        text.erase(0, text.size() - kLogTail);
    }
    while (!text.empty() && text.back() == '\n') {
        text.pop_back();
    }
    return text.empty() ? "it wrote nothing" : "it wrote: " + text;
}

std::vector<std::string> target_arguments(const TargetSpec& target) {
    std::vector<std::string> arguments{base::own_program_path(),
                                       "target",
                                       "--port",
                                       "0",
                                       "--latency",
                                       target.latency,
                                       "--status",
                                       target.status,
                                       "--size",
                                       std::to_string(target.size_bytes)};
    for (const auto& freeze : target.freezes) {
        arguments.insert(arguments.end(), {"--freeze", freeze});
    }
    return arguments;
}

}  // namespace

Result<TemporaryDirectory> TemporaryDirectory::create() {
    std::error_code error;
    const auto parent = std::filesystem::temp_directory_path(error);
    if (error) {
        return base::errno_error(error.value(), "temporary directory");
    }
    std::string path = (parent / "galileo-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) {
        return base::errno_error(errno, path);
    }
    return TemporaryDirectory(path);
}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

TemporaryDirectory::~TemporaryDirectory() {
    if (!path_.empty()) {
        std::error_code ignored;  // what cannot be removed stays: there is nobody left to tell
        std::filesystem::remove_all(path_, ignored);
    }
}

Result<std::unique_ptr<LocalCluster>> LocalCluster::start(const LocalClusterOptions& options) {
    std::optional<TemporaryDirectory> temporary;
    std::string directory = options.directory;
    if (directory.empty()) {
        temporary.emplace(TRY(TemporaryDirectory::create()));
        directory = temporary->path();
    }
    redis::PrivateServerOptions server;
    server.directory = directory + "/redis";
    server.listen = options.listen;
    server.port = options.port;
    auto redis = TRY(redis::PrivateServer::start(server));
    return std::unique_ptr<LocalCluster>(
        new LocalCluster(std::move(temporary), std::move(directory), std::move(redis)));
}

Result<std::string> LocalCluster::add_worker(const WorkerSpec& worker) {
    const std::string name = fmt::format("w{}", workers_.size() + 1);
    base::ProcessOptions options;
    options.arguments = {base::own_program_path(),
                         "worker",
                         "--name",
                         name,
                         "--threads",
                         std::to_string(worker.threads),
                         "--redis",
                         redis_options().unix_socket};
    options.extra_environment = {worker.labels.begin(), worker.labels.end()};
    // The private Redis has no password, and refuses one that is meant for another.
    options.extra_environment["galileo_redis_password"] = "";
    options.output_path = fmt::format("{}/{}.log", directory_, name);
    auto process = TRY_WITHIN("worker " + name, base::ChildProcess::start(options));
    workers_.push_back({name, options.output_path, std::move(process)});
    return name;
}

Result<std::string> LocalCluster::add_target(const TargetSpec& target) {
    base::ProcessOptions options;
    options.arguments = target_arguments(target);
    options.output_path = fmt::format("{}/target-{}.log", directory_, target.name);
    auto process = TRY_WITHIN("target " + target.name, base::ChildProcess::start(options));
    constexpr std::string_view kAnnouncement = "listening on http://";
    constexpr std::chrono::milliseconds kPause{20};
    for (auto waited = std::chrono::milliseconds(0); waited < kTargetPatience; waited += kPause) {
        const std::string log = read_file(options.output_path);
        const auto begin = log.find(kAnnouncement);
        const auto end = log.find('\n', begin == std::string::npos ? 0 : begin);
        if (begin != std::string::npos && end != std::string::npos) {
            const auto address = begin + kAnnouncement.size();
            targets_.push_back({target.name, options.output_path, std::move(process)});
            return log.substr(address, end - address);
        }
        if (process.wait(kPause)) {
            break;
        }
    }
    return Error(ErrorCode::kUnavailable, fmt::format("target {} did not start; {}", target.name,
                                                      tail_of(options.output_path)));
}

Result<void> LocalCluster::check() {
    for (auto* members : {&workers_, &targets_}) {
        for (auto& member : *members) {
            if (const auto code = member.process.poll()) {
                return Error(ErrorCode::kUnavailable,
                             fmt::format("{} ended with exit code {}; {}", member.name, *code,
                                         tail_of(member.log_path)));
            }
        }
    }
    if (const auto code = redis_.process().poll()) {
        return Error(ErrorCode::kUnavailable,
                     fmt::format("the private redis-server ended with exit code {}; {}", *code,
                                 tail_of(redis_.log_path())));
    }
    return {};
}

void LocalCluster::stop() {
    for (auto& worker : workers_) {
        worker.process.signal(SIGTERM);  // all at once, so that they end side by side
    }
    for (auto& worker : workers_) {
        worker.process.terminate(kGrace);
    }
    for (auto& target : targets_) {
        target.process.terminate(kGrace);
    }
    redis_.stop();
}

LocalCluster::~LocalCluster() {
    stop();
}

}  // namespace galileo::experiment
