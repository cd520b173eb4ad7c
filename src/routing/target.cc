#include "routing/target.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace galileo::routing {

namespace {

constexpr std::size_t kLengthMax = 2048;

Error refuse(std::string_view text, std::string_view problem) {
    constexpr std::size_t kShown = 80;
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("'{}' is not a host: {}", text.substr(0, kShown), problem));
}

/// RFC 3986 allows these nowhere in a URL, or (`,` `?` `#` `@`) they would change what it means to
/// us or break a trace line.
bool is_allowed(char c) noexcept {
    constexpr std::string_view kForbidden = "\"<>\\^`{|},?#@";
    return c > ' ' && c <= '~' && kForbidden.find(c) == std::string_view::npos;
}

/// Takes `scheme://` off the front of `rest`.
Result<Scheme> take_scheme(std::string_view& rest, std::string_view text) {
    const auto mark = rest.find("://");
    if (mark == std::string_view::npos) {
        return Scheme::kHttp;
    }
    const std::string_view name = rest.substr(0, mark);
    rest.remove_prefix(mark + 3);
    if (name == "http") {
        return Scheme::kHttp;
    }
    if (name == "https") {
        return Scheme::kHttps;
    }
    return refuse(text, "only http:// and https:// are allowed");
}

Result<std::uint16_t> parse_port(std::string_view digits, std::string_view text) {
    std::uint16_t port = 0;
    const char* const begin = digits.data();
    const char* const end = begin + digits.size();
    const auto [stop, error] = std::from_chars(begin, end, port);
    if (error != std::errc() || stop != end || port == 0) {
        return refuse(text, "the port must be a number from 1 to 65535");
    }
    return port;
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
    if (text.size() > kLengthMax) {
        return refuse(text, "longer than 2048 bytes");
    }
    if (!std::all_of(text.begin(), text.end(), is_allowed)) {
        return refuse(text,
                      "expected host, host:port or http(s)://host:port, without spaces, commas, "
                      "credentials or query");
    }
    Target target;
    std::string_view rest = text;
    target.scheme = TRY(take_scheme(rest, text));
    target.port = target.scheme == Scheme::kHttps ? 443 : 80;
    const auto path = rest.find('/');
    target.authority = rest.substr(0, path);
    if (path != std::string_view::npos) {
        const std::string_view prefix = rest.substr(path);
        // The request's path brings its own slash.
        target.prefix = prefix.substr(0, prefix.find_last_not_of('/') + 1);
    }

    std::string_view host = target.authority;
    std::string_view after_host;
    if (host.starts_with('[')) {
        const auto close = host.find(']');
        if (close == std::string_view::npos) {
            return refuse(text, "']' is missing");
        }
        after_host = host.substr(close + 1);
        host = host.substr(1, close - 1);
        if (!after_host.empty() && after_host[0] != ':') {
            return refuse(text, "expected ':' and a port after ']'");
        }
    } else if (const auto colon = host.find(':'); colon != std::string_view::npos) {
        after_host = host.substr(colon);
        host = host.substr(0, colon);
        if (after_host.find(':', 1) != std::string_view::npos) {
            return refuse(text, "put IPv6 addresses in brackets: [::1]:8080");
        }
    }
    if (host.empty()) {
        return refuse(text, "the host name is missing");
    }
    if (host.find_first_of("[]") != std::string_view::npos) {
        return refuse(text, "brackets enclose IPv6 addresses only");
    }
    target.host = host;
    if (!after_host.empty()) {
        target.port = TRY(parse_port(after_host.substr(1), text));
    }
    return target;
}

std::string base_url(const Target& target) {
    return (target.scheme == Scheme::kHttps ? "https://" : "http://") + target.authority +
           target.prefix;
}

}  // namespace galileo::routing
