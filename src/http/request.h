#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/json.h"

namespace galileo::http {

enum class Scheme { kHttp, kHttps };

/// Where connections go: scheme, host and port. `authority()` is what the Host header and the
/// `server` field of a trace say: the port is left out when it was not given.
struct Origin {
    Scheme scheme = Scheme::kHttp;
    std::string host{};  ///< name, IPv4, or IPv6 without brackets
    std::uint16_t port = 80;
    std::string authority{};  ///< as given: `host`, `host:port`, `[v6]:port`

    bool operator==(const Origin&) const = default;
};

/// A URL split by RFC 3986: `http://host:port/path?query`. Without a scheme: http. User information
/// is refused.
struct Url {
    Origin origin;
    std::string target;  ///< path and query, percent-encoded as python-requests does, at least "/"
};
Result<Url> parse_url(std::string_view url);

/// A proxy that requests go through: by absolute-form for http, by CONNECT for https. A value.
struct Proxy {
    Origin origin;  ///< the proxy's own; an empty host: what was given cannot be used, and requests
                    ///< through it fail
    std::string authorization{};  ///< value of Proxy-Authorization; empty: none

    bool operator==(const Proxy&) const = default;
};

class RequestEnvironment;
struct RenderedRequest;
struct RequestRules;

/// What requests depend on besides their parameters. A value.
struct TemplateOptions {
    /// Proxies, CA certificates and `.netrc` of the environment; null: there are none.
    std::shared_ptr<const RequestEnvironment> environment{};
    std::string boundary{};  ///< of multipart bodies; empty: 32 random hexadecimal digits
};

/// What a client sends: method, path and the keyword arguments of python-requests (contract 2.10),
/// checked and pre-built once, so that rendering for a host is a copy. Immutable; thread-safe.
class RequestTemplate {
  public:
    /// `parameters` is the client's object `{"method", "path", "kwargs": {...}}`, each optional, or
    /// null: GET /. Where text is taken for a body, a form field, a file or a header, bytes may
    /// stand as `{"__bytes__": "<base64>"}`. kInvalidInput names the key that is wrong or unknown,
    /// what was given, and what is allowed. docs/requests.md says what each key does.
    static Result<RequestTemplate> from_parameters(const model::Json& parameters,
                                                   const TemplateOptions& options = {});

    /// The bytes to send to `origin`, or to the proxy on the way to it, for `path_prefix + path`;
    /// render_request() gives them with what the connection needs to know.
    [[nodiscard]] std::string render(const Origin& origin, std::string_view path_prefix) const;

    [[nodiscard]] const std::string& method() const noexcept { return method_; }
    [[nodiscard]] std::optional<std::chrono::nanoseconds> timeout() const noexcept {
        return timeout_;
    }
    [[nodiscard]] bool follows_redirects() const noexcept { return follow_redirects_; }
    [[nodiscard]] bool verifies_tls() const noexcept { return verify_tls_; }
    /// PEM file or directory to verify with; empty: the client's.
    [[nodiscard]] const std::string& ca_file() const noexcept { return ca_file_; }
    /// PEM files of the client certificate and, when not in there, its key; empty: none.
    [[nodiscard]] const std::string& certificate() const noexcept { return certificate_; }
    [[nodiscard]] const std::string& key() const noexcept { return key_; }
    /// What is decided anew for each host; null: nothing is.
    [[nodiscard]] const std::shared_ptr<const RequestRules>& rules() const noexcept {
        return rules_;
    }

  private:
    RequestTemplate() = default;
    [[nodiscard]] std::string render_through(const std::optional<Proxy>& proxy,
                                             const Origin& origin,
                                             std::string_view path_prefix) const;

    std::string method_ = "GET";
    std::string path_ = "/";
    std::string leading_block_;  ///< header lines of the library that stand before the user's
    std::string header_block_;   ///< all other header lines but Host, each with CRLF
    std::string body_;
    std::optional<std::chrono::nanoseconds> timeout_;
    bool follow_redirects_ = true;
    bool verify_tls_ = true;
    bool names_host_ = false;  ///< the header block has a Host of the user's
    std::string ca_file_;
    std::string certificate_;
    std::string key_;
    std::shared_ptr<const RequestRules> rules_;
    friend class TemplateBuilder;
    friend RenderedRequest render_request(const RequestTemplate&, const Origin&, std::string_view);
};

}  // namespace galileo::http
