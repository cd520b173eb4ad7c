#include <fmt/format.h>

#include <utility>

#include "api/server.h"
#include "apps/library.h"
#include "base/clock.h"
#include "base/signals.h"
#include "cli/common_flags.h"
#include "cli/execute.h"
#include "coord/redis_address.h"
#include "redis/client.h"

namespace galileo::cli {

namespace {

constexpr std::size_t kTokenFileBytes = 65'536;
constexpr std::size_t kRedisConnections = 16;

/// A flag that was given, else its variable, else what stands for both.
std::string flag_or(const std::string& flag,
                    const base::Environment& environment,
                    const char* variable,
                    const char* fallback) {
    return !flag.empty() ? flag : environment.get(variable, fallback);
}

Result<std::vector<api::Token>> read_tokens(const std::string& path) {
    if (path.empty()) {
        return std::vector<api::Token>();
    }
    const std::string text = TRY_WITHIN("--token-file", apps::read_app_file(path, kTokenFileBytes));
    return api::parse_tokens(text).within("--token-file " + path);
}

/// Refuses to be open to others without tokens.
Result<api::Access::Options> access_of(const ApiFlags& flags,
                                       const api::BindAddress& bind,
                                       Context& context) {
    using Access = api::Access;
    Access::Options access;
    access.tokens = TRY(
        read_tokens(flag_or(flags.token_file, context.environment, "galileo_api_token_file", "")));
    access.hosts = flags.hosts;
    access.origins = flags.origins;
    const bool loopback = api::is_loopback(bind.host);
    access.host_check = loopback ? Access::Options::HostCheck::kLoopbackAndListed
                                 : Access::Options::HostCheck::kNone;
    if (!access.tokens.empty()) {
        const bool open = flags.reads == ApiFlags::Reads::kOpen;
        access.anonymous = open ? api::Role::kViewer : api::Role::kNobody;
        return access;
    }
    if (!loopback && flags.insecure == ApiFlags::Insecure::kRefuse) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("{} can be reached from other machines, and whoever reaches it "
                                 "can make load and run code on the workers; give --token-file, "
                                 "or --insecure to have it open",
                                 bind.to_string()));
    }
    if (!loopback) {
        context.err << "galileo: api: WARNING: " << bind.to_string()
                    << " is open to everybody who can reach it, without tokens (--insecure): they "
                       "can make load and run code on the workers\n"
                    << std::flush;
    }
    return access;
}

}  // namespace

Result<ExitCode> execute_api(const ApiFlags& flags, Context& context) {
    raise_open_file_limit();
    auto inbox = TRY(base::SignalInbox::open());
    auto& clock = base::system_clock();
    api::Server::Options options;
    options.bind = TRY_WITHIN(
        "--bind", api::parse_bind_address(flag_or(flags.bind, context.environment,
                                                  "galileo_api_bind_addr", "127.0.0.1:5001")));
    options.access = TRY(access_of(flags, options.bind, context));
    options.apps.directory =
        flag_or(flags.apps_repository, context.environment, "galileo_apps_repo_dir", "./apps-repo");
    options.database = base::Environment(context.environment.with_prefix("galileo_expdb_"));
    const auto address = TRY(coord::running_redis(flags.redis, context.environment));
    const auto redis =
        TRY_WITHIN("Could not initiate Redis connection: " + address.to_string(),
                   redis::Client::open(address, clock, {.pool_size = kRedisConnections}));
    const auto server = TRY(api::Server::start(std::move(options), *redis, clock));
    context.out << "listening on " << server->url() << "/api\n";
    context.out.flush();
    inbox.wait(std::chrono::milliseconds(-1));
    redis->cancel();
    server->stop();
    return ExitCode::kSuccess;
}

}  // namespace galileo::cli
