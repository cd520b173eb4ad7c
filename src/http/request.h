#pragma once

#include <chrono>
#include <cstdint>
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

/// What a client sends: method, path and the keyword arguments of python-requests (contract 2.10),
/// checked and pre-built once, so that rendering for a host is a copy. Immutable; thread-safe.
class RequestTemplate {
  public:
    /// `parameters` is the client's object `{"method", "path", "kwargs": {...}}`, each optional, or
    /// null: GET /. Bytes in `data` are `{"__bytes__": "<base64>"}`. kInvalidInput names the key
    /// that is wrong or unknown, what was given, and what is allowed.
    static Result<RequestTemplate> from_parameters(const model::Json& parameters);

    /// The bytes to send to `origin` for `path_prefix + path`.
    [[nodiscard]] std::string render(const Origin& origin, std::string_view path_prefix) const;

    [[nodiscard]] const std::string& method() const noexcept { return method_; }
    [[nodiscard]] std::optional<std::chrono::nanoseconds> timeout() const noexcept {
        return timeout_;
    }
    [[nodiscard]] bool follows_redirects() const noexcept { return follow_redirects_; }
    [[nodiscard]] bool verifies_tls() const noexcept { return verify_tls_; }
    /// PEM file or directory to verify with; empty: the client's.
    [[nodiscard]] const std::string& ca_file() const noexcept { return ca_file_; }

  private:
    RequestTemplate() = default;

    std::string method_ = "GET";
    std::string path_ = "/";
    std::string header_block_;  ///< all header lines but Host, each with CRLF
    std::string body_;
    std::optional<std::chrono::nanoseconds> timeout_;
    bool follow_redirects_ = true;
    bool verify_tls_ = true;
    bool names_host_ = false;  ///< the header block has a Host of the user's
    std::string ca_file_;
    friend class TemplateBuilder;
};

}  // namespace galileo::http
