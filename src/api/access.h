#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/message.h"
#include "base/result.h"

namespace galileo::api {

/// What somebody may do; each may do what those before it may.
enum class Role : std::uint8_t {
    kNobody,    ///< sees that there is a server
    kViewer,    ///< reads
    kOperator,  ///< queues, stops and deletes experiments
    kAdmin,     ///< deploys and removes apps, which are code that workers run
};

struct Token {
    std::string text;
    Role role = Role::kAdmin;
};

/// Reads a file of tokens: a line each, `TOKEN`, or `viewer TOKEN`, `operator TOKEN`, `admin
/// TOKEN`; `#` begins a comment line. kInvalidInput names the line, never the token: an unknown
/// role, fewer than 16 characters, no token at all.
Result<std::vector<Token>> parse_tokens(std::string_view text);

/// True for localhost, 127.0.0.0/8 and ::1; `host` without a port, IPv6 with or without brackets.
bool is_loopback(std::string_view host);

/// Who may do what: tokens, and what browsers say about where a request comes from. Immutable;
/// thread-safe.
class Access {
  public:
    struct Options {
        std::vector<Token> tokens;
        Role anonymous = Role::kAdmin;  ///< of requests without a token
        /// Names that Host may have besides loopback ones (DNS rebinding makes a browser send
        /// another); empty with `any_host`.
        std::vector<std::string> hosts;
        enum class HostCheck : std::uint8_t { kLoopbackAndListed, kNone };
        HostCheck host_check = HostCheck::kLoopbackAndListed;
        /// Origins whose pages may write without a token, besides loopback and same-origin ones;
        /// `*`: all.
        std::vector<std::string> origins;
    };

    enum class Verdict : std::uint8_t {
        kAllowed,
        kForeignHost,    ///< 403: the request names a host that this is not
        kForeignOrigin,  ///< 403: a page from elsewhere wants to write
        kNoToken,        ///< 401
        kWrongToken,     ///< 401
        kForbidden,      ///< 403: the token's role is not enough
    };

    explicit Access(Options options) : options_(std::move(options)) {}

    [[nodiscard]] Verdict check(const Request& request, Role needed) const;
    /// Whether the Host of a request is ours.
    [[nodiscard]] bool knows_host(const Request& request) const;

  private:
    [[nodiscard]] bool trusts_origin(const Request& request) const;

    const Options options_;
};

}  // namespace galileo::api
