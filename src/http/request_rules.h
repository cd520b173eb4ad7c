#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/cookies.h"
#include "http/request_environment.h"

namespace galileo::http {

/// What a request's parameters leave to be decided for each host that it goes to, those of
/// redirects included. Private to the room. Immutable; thread-safe.
struct RequestRules {
    std::shared_ptr<const RequestEnvironment> environment;  ///< null: there is nothing in it
    ProxyTable proxies;                                     ///< of the parameters
    std::vector<std::string> without;  ///< keys for which the environment's proxies do not count
    std::vector<Cookie> cookies;       ///< of the parameters; they go to every host
    bool has_auth = false;  ///< the parameters name a user, so `.netrc` has no say at first

    /// The proxy for requests to `origin`; absent: none.
    [[nodiscard]] std::optional<Proxy> proxy_for(const Origin& origin) const;

    /// The Authorization that `.netrc` asks for; absent: nothing.
    [[nodiscard]] std::optional<std::string> netrc_authorization(const Origin& origin) const;
};

/// Whether a request goes to its proxy with the whole URL in its first line.
bool sends_whole_url(const std::optional<Proxy>& proxy, const Origin& origin);

/// The Host header's line: the port is left out when it is the scheme's, unless the request goes to
/// a proxy with its whole URL.
std::string host_line(const std::optional<Proxy>& proxy, const Origin& origin);

/// What asks a proxy for a connection to `origin`, as Python's http.client does: HTTP/1.0 and
/// without Host.
std::string tunnel_request(const Proxy& proxy, const Origin& origin);

/// Gives a block of header lines this one: in the place of one of its name, else at the end.
void set_header_line(std::string& block, std::string_view name, std::string_view value);

}  // namespace galileo::http
