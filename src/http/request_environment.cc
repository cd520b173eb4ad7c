#include "http/request_environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <iterator>

#include "base/ascii.h"
#include "base/base64.h"
#include "base/log.h"
#include "http/latin1.h"
#include "http/url.h"
#include "io/address.h"

namespace galileo::http {

namespace {

constexpr std::string_view kProxySuffix = "_proxy";

/// Variables of any case; those in lower case win, and an empty one takes a proxy away.
ProxyTable proxies_of(const base::Environment& variables) {
    ProxyTable proxies;
    const auto all = variables.with_prefix("");
    for (const auto& [name, value] : all) {
        const std::string lower = base::ascii_lower(name);
        if (!value.empty() && lower.ends_with(kProxySuffix)) {
            proxies[lower.substr(0, lower.size() - kProxySuffix.size())] = value;
        }
    }
    if (variables.find("REQUEST_METHOD")) {  // a CGI program's HTTP_PROXY is a request header
        proxies.erase("http");
    }
    for (const auto& [name, value] : all) {
        if (!name.ends_with(kProxySuffix)) {
            continue;
        }
        const std::string scheme =
            base::ascii_lower(name).substr(0, name.size() - kProxySuffix.size());
        if (value.empty()) {
            proxies.erase(scheme);
        } else {
            proxies[scheme] = value;
        }
    }
    proxies.erase("no");
    return proxies;
}

std::string first_set(const base::Environment& variables,
                      std::string_view first,
                      std::string_view second) {
    const std::string value = variables.get(first, "");
    return value.empty() ? variables.get(second, "") : value;
}

std::optional<std::uint32_t> ipv4(std::string_view text) {
    std::uint32_t address = 0;
    for (int part = 0; part < 4; ++part) {
        std::uint32_t number = 0;
        const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        if (failed != std::errc() || number > 255 || (part < 3) != text.starts_with('.')) {
            return std::nullopt;
        }
        text.remove_prefix(part < 3 ? 1 : 0);
        address = address << 8 | number;
    }
    return text.empty() ? std::optional(address) : std::nullopt;
}

/// `10.0.0.0/8`
bool lies_in_network(std::uint32_t address, std::string_view network) {
    const std::size_t slash = network.find('/');
    if (slash == std::string_view::npos) {
        return false;
    }
    const auto base = ipv4(network.substr(0, slash));
    const std::string_view bits_text = network.substr(slash + 1);
    unsigned bits = 0;
    const auto [end, failed] =
        std::from_chars(bits_text.data(), bits_text.data() + bits_text.size(), bits);
    if (!base || failed != std::errc() || end != bits_text.data() + bits_text.size() || bits < 1 ||
        bits > 32) {
        return false;
    }
    return (address ^ *base) >> (32 - bits) == 0;
}

std::string with_port(const Origin& origin) {
    const std::string port = ":" + std::to_string(origin.port);
    return origin.authority.ends_with(port) ? origin.host + port : origin.host;
}

/// One member of the list, without spaces.
bool names(std::string_view member, const Origin& origin) {
    if (const auto address = ipv4(origin.host)) {
        if (lies_in_network(*address, member) || origin.host == member) {
            return true;
        }
    } else if (origin.host.ends_with(member) || with_port(origin).ends_with(member)) {
        return true;
    }
    member.remove_prefix(std::min(member.find_first_not_of('.'), member.size()));
    const std::string lower = base::ascii_lower(member);
    return origin.host == lower || origin.host.ends_with("." + lower);
}

std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high =
            text[i] == '%' && i + 2 < text.size() ? base::hexadecimal_digit(text[i + 1]) : -1;
        const int low = high >= 0 ? base::hexadecimal_digit(text[i + 2]) : -1;
        if (low >= 0) {
            out += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

}  // namespace

RequestEnvironment::RequestEnvironment(const base::Environment& variables, std::string_view netrc)
    : ca_bundle_(first_set(variables, "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")),
      proxies_(proxies_of(variables)),
      no_proxy_(first_set(variables, "no_proxy", "NO_PROXY")) {
    auto entries = parse_netrc(netrc);
    if (entries) {
        netrc_ = std::move(*entries);
    } else {
        netrc_problem_ = entries.error().message();
    }
}

RequestEnvironment RequestEnvironment::read(const base::Environment& variables) {
    const std::string home = variables.get("HOME", "");
    std::array<std::string, 2> places{home + "/.netrc", home + "/_netrc"};
    if (const auto named = variables.find("NETRC")) {
        places = {named->starts_with("~/") ? home + named->substr(1) : *named, ""};
    }
    for (const std::string& place : places) {
        std::ifstream file(place, std::ios::binary);
        if (!file) {
            continue;
        }
        const std::string text{std::istreambuf_iterator<char>(file),
                               std::istreambuf_iterator<char>()};
        RequestEnvironment made(variables, text);
        if (!made.netrc_problem().empty()) {
            base::log_warn("{} is not used: {}", place, made.netrc_problem());
        }
        return made;
    }
    return {variables, ""};
}

std::optional<Credentials> RequestEnvironment::credentials_for(const Origin& origin) const {
    if (netrc_.empty()) {
        return std::nullopt;
    }
    auto found = netrc_.find(origin.authority.substr(0, origin.authority.find(':')));
    if (found == netrc_.end()) {
        found = netrc_.find("default");
    }
    return found == netrc_.end() ? std::nullopt : std::optional(found->second);
}

ProxyTable RequestEnvironment::proxies_for(const Origin& origin,
                                           const std::optional<std::string>& no_proxy) const {
    if (proxies_.empty() || is_bypassed(no_proxy.value_or(no_proxy_), origin)) {
        return {};
    }
    return proxies_;
}

bool is_bypassed(std::string_view no_proxy, const Origin& origin) {
    std::string list(no_proxy);
    std::erase(list, ' ');
    if (list == "*") {
        return true;
    }
    for (std::string_view rest = list; !rest.empty();) {
        const std::size_t end = std::min(rest.find(','), rest.size());
        if (end > 0 && names(rest.substr(0, end), origin)) {
            return true;
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return false;
}

Result<std::string> basic_authorization(const Credentials& credentials) {
    const auto text = to_latin1(credentials.login + ":" + credentials.password);
    if (!text) {
        return Error(ErrorCode::kInvalidInput,
                     "user name and password must be in ISO-8859-1 (Latin-1)");
    }
    return "Basic " + base::to_base64(*text);
}

Result<Proxy> parse_proxy(std::string_view text) {
    const std::size_t scheme_end = text.find("://");
    const std::size_t begin = scheme_end == std::string_view::npos ? 0 : scheme_end + 3;
    const std::string_view authority = text.substr(begin, text.find_first_of("/?#", begin) - begin);
    const std::size_t at = authority.rfind('@');
    std::string bare(text);
    Proxy proxy;
    if (at != std::string_view::npos) {
        bare.erase(begin, at + 1);
        const std::string_view user = authority.substr(0, at);
        const std::size_t colon = user.find(':');
        if (colon != std::string_view::npos && colon > 0) {
            proxy.authorization =
                TRY(basic_authorization({.login = percent_decoded(user.substr(0, colon)),
                                         .password = percent_decoded(user.substr(colon + 1))}));
        }
    }
    const bool known = scheme_end == std::string_view::npos || bare.starts_with("http://") ||
                       bare.starts_with("https://");
    auto url = parse_url(bare);
    if (!known || !url) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("'{}' is no proxy: http://host:port or https://host:port is "
                                 "allowed, with user:password@ before the host",
                                 bare));
    }
    proxy.origin = std::move(url->origin);
    return proxy;
}

}  // namespace galileo::http
