#include "http/request_rules.h"

#include <array>

#include "base/ascii.h"
#include "http/fields.h"

namespace galileo::http {

namespace {

std::string_view scheme_name(Scheme scheme) {
    return scheme == Scheme::kHttps ? "https" : "http";
}

}  // namespace

std::optional<Proxy> RequestRules::proxy_for(const Origin& origin) const {
    ProxyTable table = proxies;
    if (environment) {
        const auto own = proxies.find("no_proxy");
        table.merge(environment->proxies_for(
            origin, own == proxies.end() ? std::nullopt : std::optional(own->second)));
        for (const std::string& key : without) {
            table.erase(key);
        }
    }
    if (table.empty()) {
        return std::nullopt;
    }
    const std::string scheme(scheme_name(origin.scheme));
    const std::array<std::string, 4> keys{scheme + "://" + origin.host, scheme,
                                          "all://" + origin.host, "all"};
    for (const std::string& key : keys) {
        const auto found = table.find(key);
        if (found == table.end()) {
            continue;
        }
        if (found->second.empty()) {
            return std::nullopt;
        }
        auto proxy = parse_proxy(found->second);
        const bool usable =
            proxy.ok() && (origin.scheme == Scheme::kHttp || proxy->origin.scheme == Scheme::kHttp);
        return usable ? std::move(*proxy) : Proxy{};
    }
    return std::nullopt;
}

std::optional<std::string> RequestRules::netrc_authorization(const Origin& origin) const {
    const auto credentials = environment ? environment->credentials_for(origin) : std::nullopt;
    if (!credentials) {
        return std::nullopt;
    }
    auto value = basic_authorization(*credentials);
    return value ? std::optional(std::move(*value)) : std::nullopt;
}

bool sends_whole_url(const std::optional<Proxy>& proxy, const Origin& origin) {
    return proxy && origin.scheme == Scheme::kHttp;
}

std::string host_line(const std::optional<Proxy>& proxy, const Origin& origin) {
    const std::string_view usual = origin.scheme == Scheme::kHttps ? ":443" : ":80";
    std::string_view shown = origin.authority;
    if (!sends_whole_url(proxy, origin) && shown.ends_with(usual)) {
        shown.remove_suffix(usual.size());
    }
    return "Host: " + base::ascii_lower(shown) + "\r\n";
}

std::string tunnel_request(const Proxy& proxy, const Origin& origin) {
    const bool ipv6 = origin.host.find(':') != std::string::npos;
    std::string bytes = "CONNECT " + (ipv6 ? "[" + origin.host + "]" : origin.host) + ":" +
                        std::to_string(origin.port) + " HTTP/1.0\r\n";
    if (!proxy.authorization.empty()) {
        bytes += "Proxy-Authorization: " + proxy.authorization + "\r\n";
    }
    return bytes + "\r\n";
}

void set_header_line(std::string& block, std::string_view name, std::string_view value) {
    std::string line(name);
    line += ": ";
    line += value;
    line += "\r\n";
    for (std::size_t at = 0; at < block.size();) {
        const std::size_t next = block.find('\n', at) + 1;
        const std::string_view known = std::string_view(block).substr(at, block.find(':', at) - at);
        if (equals_ignoring_case(known, name)) {
            block.replace(at, next - at, line);
            return;
        }
        at = next;
    }
    block += line;
}

}  // namespace galileo::http
