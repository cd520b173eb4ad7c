#include "io/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>

#include <array>
#include <cstring>

namespace galileo::io {

namespace {

template <typename Sockaddr>
Address wrap(const Sockaddr& inner) {
    Address address;
    std::memcpy(&address.storage, &inner, sizeof inner);
    address.length = sizeof inner;
    return address;
}

template <typename Sockaddr>
Sockaddr unwrap(const sockaddr_storage& storage) {
    Sockaddr inner{};
    std::memcpy(&inner, &storage, sizeof inner);
    return inner;
}

// inet_pton knows no zones (`fe80::1%eth0`).
Result<Address> scoped_literal(const std::string& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_family = AF_INET6;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
        return Error(ErrorCode::kInvalidInput, fmt::format("'{}' is not an IP address", host));
    }
    Address address;
    std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
    address.length = found->ai_addrlen;
    freeaddrinfo(found);
    return address;
}

}  // namespace

Result<Address> Address::literal(std::string_view host, std::uint16_t port) {
    const std::string text(host);
    sockaddr_in v4{};
    if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        return wrap(v4);
    }
    sockaddr_in6 v6{};
    if (inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        return wrap(v6);
    }
    if (text.find('%') != std::string::npos && text.find(':') != std::string::npos) {
        return scoped_literal(text, port);
    }
    return Error(ErrorCode::kInvalidInput, fmt::format("'{}' is not an IP address", text));
}

std::string Address::to_string() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (storage.ss_family == AF_INET) {
        const auto v4 = unwrap<sockaddr_in>(storage);
        inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
        return fmt::format("{}:{}", text.data(), ntohs(v4.sin_port));
    }
    if (storage.ss_family == AF_INET6) {
        const auto v6 = unwrap<sockaddr_in6>(storage);
        inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
        return fmt::format("[{}]:{}", text.data(), ntohs(v6.sin6_port));
    }
    return "unknown";
}

std::uint16_t Address::port() const noexcept {
    if (storage.ss_family == AF_INET) {
        return ntohs(unwrap<sockaddr_in>(storage).sin_port);
    }
    if (storage.ss_family == AF_INET6) {
        return ntohs(unwrap<sockaddr_in6>(storage).sin6_port);
    }
    return 0;
}

}  // namespace galileo::io
