#include "redis/private_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/clock.h"
#include "base/fd.h"
#include "redis/connection.h"

namespace galileo::redis {

namespace {

constexpr std::string_view kSocketName = "redis.sock";
constexpr std::string_view kLogName = "redis.log";

std::string in_directory(const PrivateServerOptions& options, std::string_view name) {
    return (std::filesystem::path(options.directory) / name).string();
}

/// A word of redis.conf: in double quotes, with what they need escaped.
std::string in_quotes(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    return out + "\"";
}

Result<void> prepare_directory(const PrivateServerOptions& options) {
    constexpr std::size_t kLongestSocketPath = sizeof(sockaddr_un::sun_path) - 1;
    const auto socket_path = in_directory(options, kSocketName);
    if (socket_path.size() > kLongestSocketPath) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("'{}' is too long for a unix socket ({} bytes at most)",
                                 socket_path, kLongestSocketPath));
    }
    std::error_code failure;
    std::filesystem::create_directories(options.directory, failure);
    if (failure || ::chmod(options.directory.c_str(), S_IRWXU) != 0) {
        return base::errno_error(failure ? failure.value() : errno, options.directory);
    }
    return {};
}

Result<std::string> write_configuration(const PrivateServerOptions& options, std::uint16_t port) {
    std::string text = fmt::format(
        "port {}\nbind 127.0.0.1\nunixsocket {}\nunixsocketperm 700\nsave \"\"\nappendonly no\n"
        "maxmemory 0\ndaemonize no\ndir {}\nlogfile {}\n",
        port, in_quotes(in_directory(options, kSocketName)), in_quotes(options.directory),
        in_quotes(in_directory(options, kLogName)));
    if (!options.password.empty()) {
        text += fmt::format("requirepass {}\n", in_quotes(options.password));
    }
    for (const auto& line : options.extra_configuration) {
        text += line + "\n";
    }
    auto path = in_directory(options, "redis.conf");
    std::ofstream file(path, std::ios::trunc);
    if (::chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0) {
        return base::errno_error(errno, path);
    }
    file << text;
    file.close();
    if (!file) {
        return Error(ErrorCode::kExhausted, path + ": cannot be written");
    }
    return path;
}

std::string end_of_log(const PrivateServerOptions& options) {
    std::ifstream file(in_directory(options, kLogName));
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    constexpr std::size_t kMost = 600;
    return text.size() <= kMost ? text : text.substr(text.size() - kMost);
}

Result<void> wait_until_ready(const PrivateServerOptions& options,
                              const RedisOptions& address,
                              base::ChildProcess& process) {
    auto& clock = base::system_clock();
    const auto deadline = clock.monotonic() + options.patience;
    for (;;) {
        const auto connection = Connection::open(address, clock);
        if (connection) {
            return {};
        }
        constexpr std::chrono::milliseconds kPause{10};
        if (const auto code = process.wait(kPause)) {
            return Error(ErrorCode::kUnavailable,
                         fmt::format("redis-server ended at its start with code {}: {}", *code,
                                     end_of_log(options)));
        }
        if (clock.monotonic() >= deadline) {
            return Error(ErrorCode::kUnavailable,
                         fmt::format("redis-server does not answer: {}; {}",
                                     connection.error().message(), end_of_log(options)));
        }
    }
}

RedisOptions socket_address(const PrivateServerOptions& options) {
    RedisOptions address;
    address.unix_socket = in_directory(options, kSocketName);
    address.password = options.password;
    return address;
}

}  // namespace

Result<std::uint16_t> free_loopback_port() {
    const base::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (!fd || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        return base::errno_error(errno, "no free port on 127.0.0.1");
    }
    return ntohs(address.sin_port);
}

PrivateServer::PrivateServer(PrivateServerOptions options,
                             base::ChildProcess process,
                             std::uint16_t port)
    : options_(std::move(options)),
      process_(std::move(process)),
      port_(port),
      log_path_(in_directory(options_, kLogName)) {}

Result<base::ChildProcess> PrivateServer::launch(const PrivateServerOptions& options,
                                                 std::uint16_t port) {
    const auto configuration = TRY(write_configuration(options, port));
    base::ProcessOptions program;
    program.arguments = {"redis-server", configuration};
    program.output_path = in_directory(options, kLogName);
    auto process = base::ChildProcess::start(program);
    if (!process && process.error().code() == ErrorCode::kNotFound) {
        return Error(ErrorCode::kNotFound,
                     "redis-server is not installed; install with: apt-get install redis-server");
    }
    if (process) {
        TRY(wait_until_ready(options, socket_address(options), *process));
    }
    return process;
}

Result<PrivateServer> PrivateServer::start(PrivateServerOptions options) {
    TRY(prepare_directory(options));
    if (options.listen == PrivateServerOptions::Listen::kSocketOnly) {
        auto process = TRY(launch(options, 0));
        return PrivateServer(std::move(options), std::move(process), 0);
    }
    constexpr int kAttempts = 5;  // somebody else may take the port in between
    for (int attempt = 1;; ++attempt) {
        const bool chosen = options.port != 0;
        const std::uint16_t port = chosen ? options.port : TRY(free_loopback_port());
        auto process = launch(options, port);
        if (process) {
            return PrivateServer(std::move(options), std::move(process).value(), port);
        }
        if (chosen || process.error().code() != ErrorCode::kUnavailable || attempt == kAttempts) {
            return std::move(process).error();
        }
    }
}

RedisOptions PrivateServer::redis_options() const {
    return socket_address(options_);
}

RedisOptions PrivateServer::tcp_options() const {
    RedisOptions address;
    address.host = "127.0.0.1";
    address.port = port_;
    address.password = options_.password;
    return address;
}

Result<void> PrivateServer::restart() {
    stop();
    process_ = TRY(launch(options_, port_));
    return {};
}

}  // namespace galileo::redis
