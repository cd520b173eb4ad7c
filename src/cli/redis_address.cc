#include "cli/redis_address.h"

#include <string_view>

#include "cli/flags.h"

namespace galileo::cli {

namespace {

constexpr std::string_view kEmbedded = "file://";

Result<redis::RedisOptions> from_host_and_port(const std::string& host,
                                               const base::Environment& environment) {
    // As in the original: the host is a name or an address, and nothing else.
    redis::RedisOptions options;
    options.host = host;
    if (const auto port = environment.find("galileo_redis_port"); port && !port->empty()) {
        options.port = static_cast<std::uint16_t>(
            TRY_WITHIN("galileo_redis_port", (WholeNumber{1, 65535}(*port))));
    }
    return options;
}

}  // namespace

Result<RedisAddress> find_redis(const std::string& flag, const base::Environment& environment) {
    RedisAddress address;
    const std::string url = environment.get("galileo_redis_url", "");
    const std::string host = environment.get("galileo_redis_host", "");
    const std::string port = environment.get("galileo_redis_port", "");
    if (!flag.empty()) {
        address.source = RedisAddress::Source::kFlag;
        address.options = TRY_WITHIN("--redis", redis::RedisOptions::parse(flag));
    } else if (!url.empty()) {
        address.source = RedisAddress::Source::kEnvironment;
        address.options = TRY_WITHIN("galileo_redis_url", redis::RedisOptions::parse(url));
    } else if (host.starts_with(kEmbedded)) {
        address.source = RedisAddress::Source::kEnvironment;
        address.embedded_directory = host.substr(kEmbedded.size());
        if (address.embedded_directory.empty()) {
            return Error(ErrorCode::kInvalidInput, "galileo_redis_host: file:// needs a path");
        }
        return address;
    } else {
        address.source = host.empty() && port.empty() ? RedisAddress::Source::kDefault
                                                      : RedisAddress::Source::kEnvironment;
        address.options = TRY(from_host_and_port(host.empty() ? "localhost" : host, environment));
    }
    if (address.options.password.empty()) {
        address.options.password = environment.get("galileo_redis_password", "");
    }
    if (address.options.user.empty()) {
        address.options.user = environment.get("galileo_redis_user", "");
    }
    return address;
}

Result<redis::RedisOptions> running_redis(const std::string& flag,
                                          const base::Environment& environment) {
    auto address = TRY(find_redis(flag, environment));
    if (!address.embedded_directory.empty()) {
        return Error(ErrorCode::kInvalidInput,
                     "galileo_redis_host=file://... is for programs that start their own Redis; "
                     "give --redis "
                     "with the address of one that runs");
    }
    return std::move(address.options);
}

}  // namespace galileo::cli
