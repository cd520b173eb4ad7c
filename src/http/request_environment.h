#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/environment.h"
#include "base/result.h"
#include "http/netrc.h"
#include "http/request.h"

namespace galileo::http {

/// Proxies by what they are for: `http`, `https`, `all`, or one of these with a host
/// (`http://host`). An empty value: no proxy.
using ProxyTable = std::map<std::string, std::string, std::less<>>;

/// What python-requests takes from its surroundings: proxy variables, CA bundles, `.netrc`. Read
/// once. Immutable; thread-safe.
class RequestEnvironment {
  public:
    /// Nothing: no proxies, the system's CA certificates, no credentials.
    RequestEnvironment() = default;

    /// `netrc`: the text of the file; what it says is ignored, and why is in `netrc_problem()`,
    /// when it cannot be read as one.
    RequestEnvironment(const base::Environment& variables, std::string_view netrc);

    /// With the file that NETRC names, else `.netrc` or `_netrc` in HOME. Blocks on the file
    /// system. A file that cannot be used is ignored and logged.
    static RequestEnvironment read(const base::Environment& variables);

    /// PEM file or directory of REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE; empty: neither is set.
    [[nodiscard]] const std::string& ca_bundle() const noexcept { return ca_bundle_; }

    /// What `.netrc` holds for the host of `origin`.
    [[nodiscard]] std::optional<Credentials> credentials_for(const Origin& origin) const;

    /// HTTP_PROXY and so on, for requests to this origin; empty when NO_PROXY names it. `no_proxy`:
    /// a list that stands for NO_PROXY; absent: the variable counts.
    [[nodiscard]] ProxyTable proxies_for(const Origin& origin,
                                         const std::optional<std::string>& no_proxy) const;

    [[nodiscard]] const std::string& netrc_problem() const noexcept { return netrc_problem_; }

  private:
    std::string ca_bundle_;
    ProxyTable proxies_;
    std::string no_proxy_;
    NetrcEntries netrc_;
    std::string netrc_problem_;
};

/// Whether a list such as `localhost,.example.com,10.0.0.0/8` (or `*`) takes this origin out.
bool is_bypassed(std::string_view no_proxy, const Origin& origin);

/// Reads `[http[s]://][user:password@]host[:port]`. kInvalidInput for other schemes (socks) and
/// anything that is no URL; the message holds no password.
Result<Proxy> parse_proxy(std::string_view text);

/// The value of Authorization or Proxy-Authorization: `Basic <base64 of login:password>`, both in
/// ISO-8859-1; kInvalidInput when they do not fit into that.
Result<std::string> basic_authorization(const Credentials& credentials);

}  // namespace galileo::http
