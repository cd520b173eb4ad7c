#include "redis/tls.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>

namespace galileo::redis {

namespace {

int fd_of(BIO* bio) {
    return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

int write_bytes(BIO* bio, const char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    const auto taken = ::send(fd_of(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (taken < 0 && (errno == EAGAIN || errno == EINTR)) {
        BIO_set_retry_write(bio);
    }
    return static_cast<int>(taken);
}

int read_bytes(BIO* bio, char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    const auto got = ::recv(fd_of(bio), bytes, static_cast<std::size_t>(size), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        BIO_set_retry_read(bio);
    }
    return static_cast<int>(got);
}

long control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

// OpenSSL's own socket BIO uses write(2), which raises SIGPIPE.
BIO_METHOD* quiet_socket_method() {
    static BIO_METHOD* const method = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "quiet socket");
        BIO_meth_set_write(made, write_bytes);
        BIO_meth_set_read(made, read_bytes);
        BIO_meth_set_ctrl(made, control);
        return made;
    }();
    return method;
}

bool is_ip_address(const std::string& host) {
    std::array<unsigned char, sizeof(in6_addr)> buffer{};
    return ::inet_pton(AF_INET, host.c_str(), buffer.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), buffer.data()) == 1;
}

Result<void> expect_host(SSL* ssl, const std::string& host) {
    if (is_ip_address(host)) {
        if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) != 1) {
            return Error(ErrorCode::kInternal, "TLS: " + tls_error_text());
        }
        return {};
    }
    if (SSL_set1_host(ssl, host.c_str()) != 1 ||
        SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 const_cast<char*>(host.c_str())) != 1) {
        return Error(ErrorCode::kInternal, "TLS: " + tls_error_text());
    }
    return {};
}

}  // namespace

std::string tls_error_text() {
    const auto number = ERR_get_error();
    ERR_clear_error();
    if (number == 0) {
        return "unknown error";
    }
    std::array<char, 256> text{};
    ERR_error_string_n(number, text.data(), text.size());
    return text.data();
}

Result<ssl_st*> make_tls_session(const RedisOptions& options, int fd) {
    ERR_clear_error();
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(
        SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
    if (context == nullptr) {
        return Error(ErrorCode::kInternal, "TLS: " + tls_error_text());
    }
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_mode(context.get(),
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (options.verify == TlsVerify::kPeer) {
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
        const int loaded =
            options.ca_file.empty()
                ? SSL_CTX_set_default_verify_paths(context.get())
                : SSL_CTX_load_verify_locations(context.get(), options.ca_file.c_str(), nullptr);
        if (loaded != 1) {
            return Error(ErrorCode::kInvalidInput, fmt::format("TLS: cannot read CA file '{}': {}",
                                                               options.ca_file, tls_error_text()));
        }
    }
    std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), &SSL_free);
    BIO* bio = ssl == nullptr ? nullptr : BIO_new(quiet_socket_method());
    if (bio == nullptr) {
        return Error(ErrorCode::kInternal, "TLS: " + tls_error_text());
    }
    BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)));
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl.get(), bio, bio);
    TRY(expect_host(ssl.get(), options.host));
    return ssl.release();
}

}  // namespace galileo::redis
