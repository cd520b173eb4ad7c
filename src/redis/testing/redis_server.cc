#include "redis/testing/redis_server.h"

#include <fmt/format.h>
#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace galileo::redis::testing {

namespace {

[[noreturn]] void give_up(const std::string& what) {
    fmt::print(stderr, "test kit: {}\n", what);
    std::abort();
}

PrivateServer start_server(const RedisServerOptions& options, const std::string& directory) {
    PrivateServerOptions private_options;
    private_options.directory = directory;
    private_options.password = options.password;
    private_options.listen = PrivateServerOptions::Listen::kSocketAndLoopback;
    private_options.extra_configuration = options.extra_configuration;
    auto server = PrivateServer::start(std::move(private_options));
    if (!server) {
        give_up(server.error().message());
    }
    return std::move(server).value();
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
    path_ = (std::filesystem::temp_directory_path() / "galileo-XXXXXX").string();
    if (::mkdtemp(path_.data()) == nullptr) {
        give_up("cannot make a temporary directory " + path_);
    }
}

TemporaryDirectory::~TemporaryDirectory() {
    if (!path_.empty()) {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
}

RedisServer::RedisServer(const RedisServerOptions& options)
    : server_(start_server(options, directory_.path())) {}

std::string RedisServer::url() const {
    const auto address = options();
    return fmt::format("unix://{}{}", address.password.empty() ? "" : ":" + address.password + "@",
                       address.unix_socket);
}

void RedisServer::kill() {
    server_.process().signal(SIGKILL);
    (void)server_.process().wait(std::chrono::seconds(10));
}

void RedisServer::restart() {
    if (auto restarted = server_.restart(); !restarted) {
        give_up(restarted.error().message());
    }
}

void RedisServer::freeze() {
    server_.process().signal(SIGSTOP);
}

void RedisServer::thaw() {
    server_.process().signal(SIGCONT);
}

}  // namespace galileo::redis::testing
