#include "redis/options.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace galileo::redis {

namespace {

constexpr std::string_view kAllowed =
    "want redis://[[user]:password@]host[:port][/database], rediss://... (TLS), unix:///path or "
    "host[:port]";

Error bad_address(std::string_view what) {
    return Error(ErrorCode::kInvalidInput, fmt::format("Redis address: {}; {}", what, kAllowed));
}

Result<std::uint32_t> parse_number(std::string_view text,
                                   std::string_view what,
                                   std::uint32_t largest) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number > largest) {
        return bad_address(fmt::format("{} '{}' is not a number up to {}", what, text, largest));
    }
    return number;
}

std::optional<char> parse_hex_pair(std::string_view digits) {
    unsigned value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 2 || error != std::errc{} || end != digits.data() + 2) {
        return std::nullopt;
    }
    return static_cast<char>(value);
}

Result<std::string> percent_decoded(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const auto decoded = parse_hex_pair(text.substr(i + 1, 2));
        if (!decoded) {
            return bad_address("a % is not followed by two hexadecimal digits");
        }
        out += *decoded;
        i += 2;
    }
    return out;
}

Result<void> read_login(std::string_view login, RedisOptions& options) {
    const auto colon = login.find(':');
    if (colon == std::string_view::npos) {
        return bad_address("a login needs a password: user:password@ or :password@");
    }
    options.user = TRY(percent_decoded(login.substr(0, colon)));
    options.password = TRY(percent_decoded(login.substr(colon + 1)));
    return {};
}

Result<void> read_host_and_port(std::string_view text, RedisOptions& options) {
    std::string_view port;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) {
            return bad_address("'[' without ']'");
        }
        options.host = text.substr(1, close - 1);
        port = text.substr(close + 1);
        if (!port.empty() && !port.starts_with(':')) {
            return bad_address(fmt::format("'{}' after the address", port));
        }
    } else {
        const auto colon = text.find(':');
        options.host = text.substr(0, colon);
        port = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
    }
    if (options.host.empty()) {
        return bad_address("no host given");
    }
    if (!port.empty()) {
        const auto number = TRY(parse_number(port.substr(1), "port", 65535));
        if (number == 0) {
            return bad_address("port 0");
        }
        options.port = static_cast<std::uint16_t>(number);
    }
    return {};
}

Result<void> read_query(std::string_view query, RedisOptions& options) {
    while (!query.empty()) {
        const auto end = query.find('&');
        const auto item = query.substr(0, end);
        query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
        const auto equals = item.find('=');
        const auto name = item.substr(0, equals);
        const auto value = equals == std::string_view::npos ? "" : item.substr(equals + 1);
        if (name == "db") {
            options.database = TRY(parse_number(value, "database", 1'000'000));
        } else if (name == "ca_file") {
            options.ca_file = TRY(percent_decoded(value));
        } else if (name == "verify" && (value == "none" || value == "peer")) {
            options.verify = value == "none" ? TlsVerify::kNone : TlsVerify::kPeer;
        } else {
            return bad_address(fmt::format(
                "unknown option '{}' (allowed: db=N, ca_file=PATH, verify=peer, verify=none)",
                name));
        }
    }
    return {};
}

}  // namespace

Result<RedisOptions> RedisOptions::parse(std::string_view text) {
    RedisOptions options;
    auto rest = text;
    const auto scheme_end = rest.find("://");
    const auto scheme =
        scheme_end == std::string_view::npos ? std::string_view{} : rest.substr(0, scheme_end);
    if (scheme_end != std::string_view::npos) {
        rest = rest.substr(scheme_end + 3);
    }
    if (const auto question = rest.find('?'); question != std::string_view::npos) {
        TRY(read_query(rest.substr(question + 1), options));
        rest = rest.substr(0, question);
    }
    if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
        TRY(read_login(rest.substr(0, at), options));
        rest = rest.substr(at + 1);
    }
    if (scheme == "unix" || (scheme_end == std::string_view::npos && rest.starts_with('/'))) {
        if (rest.size() < 2 || !rest.starts_with('/')) {
            return bad_address("a unix socket needs an absolute path");
        }
        options.unix_socket = rest;
        return options;
    }
    if (scheme_end != std::string_view::npos && scheme != "redis" && scheme != "rediss") {
        return bad_address(fmt::format("unknown scheme '{}'", scheme));
    }
    options.tls = scheme == "rediss" ? Tls::kOn : Tls::kOff;
    if (const auto slash = rest.find('/'); slash != std::string_view::npos) {
        if (slash + 1 < rest.size()) {
            options.database = TRY(parse_number(rest.substr(slash + 1), "database", 1'000'000));
        }
        rest = rest.substr(0, slash);
    }
    TRY(read_host_and_port(rest, options));
    return options;
}

std::string RedisOptions::to_string() const {
    if (!unix_socket.empty()) {
        return fmt::format("unix://{}{}", unix_socket,
                           database == 0 ? "" : fmt::format("?db={}", database));
    }
    const bool brackets = host.find(':') != std::string::npos;
    return fmt::format("{}://{}{}{}:{}/{}", tls == Tls::kOn ? "rediss" : "redis",
                       brackets ? "[" : "", host, brackets ? "]" : "", port, database);
}

}  // namespace galileo::redis
