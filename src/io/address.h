#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace galileo::io {

/// An IPv4 or IPv6 socket address. A value.
struct Address {
    sockaddr_storage storage{};
    socklen_t length = 0;

    /// From a literal such as `127.0.0.1` or `::1`; kInvalidInput for a name.
    static Result<Address> literal(std::string_view host, std::uint16_t port);
    [[nodiscard]] std::string to_string() const;  ///< `127.0.0.1:80`, `[::1]:80`
    [[nodiscard]] std::uint16_t port() const noexcept;
};

}  // namespace galileo::io
