#include "coord/redis_address.h"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

namespace galileo::coord {

namespace {

constexpr std::string_view kEmbedded = "file://";

Result<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port == 0) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("'{}' is not a whole number from 1 to 65535", text));
    }
    return port;
}

Result<redis::RedisOptions> from_host_and_port(const std::string& host,
                                               const base::Environment& environment) {
    // As in the original: the host is a name or an address, and nothing else.
    redis::RedisOptions options;
    options.host = host;
    if (const auto port = environment.find("galileo_redis_port"); port && !port->empty()) {
        options.port = TRY_WITHIN("galileo_redis_port", parse_port(*port));
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

}  // namespace galileo::coord
