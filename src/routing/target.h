#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace galileo::routing {

enum class Scheme { kHttp, kHttps };

/// Where requests go: everything of a URL that stands before the request's own path. A value;
/// thread-compatible.
struct Target {
    Scheme scheme = Scheme::kHttp;
    std::string host;         ///< name or address; IPv6 without its brackets
    std::uint16_t port = 80;  ///< as given, else 80 or 443
    std::string
        authority;  ///< `host[:port]` as it was given: the Host header and the trace's `server`
    std::string
        prefix;  ///< put before the path of every request: empty, or `/...` without `/` at the end

    bool operator==(const Target&) const = default;
};

/// Reads `host`, `host:port` or `[ipv6]:port`, optionally with `http://` or `https://` in front
/// (http when absent) and a path behind. kInvalidInput, saying what is wrong, for other schemes,
/// credentials, queries, fragments, ports outside 1 to 65535, and characters that no URL holds
/// (spaces, commas, quotes, control characters, non-ASCII).
Result<Target> parse_target(std::string_view text);

/// `scheme://authority prefix`, without the space. The URL of a request is this and its path.
std::string base_url(const Target& target);

}  // namespace galileo::routing
