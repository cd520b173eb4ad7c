#include "io/tls.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <algorithm>
#include <climits>
#include <utility>

#include "io/address.h"
#include "io/tls_session.h"

namespace galileo::io {

namespace {

std::string openssl_message() {
    const unsigned long number = ERR_peek_last_error();
    ERR_clear_error();
    const char* reason = number == 0 ? nullptr : ERR_reason_error_string(number);
    return reason == nullptr ? "unknown TLS failure" : reason;
}

Error bad_file(std::string_view what, const std::string& path) {
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("{} '{}': {}", what, path, openssl_message()));
}

bool is_directory(const std::string& path) {
    struct stat status{};
    return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

Result<void> use_certificate(SSL_CTX* context,
                             const std::string& certificate,
                             const std::string& key) {
    if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1) {
        return bad_file("certificate", certificate);
    }
    if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
        return bad_file("private key", key);
    }
    return {};
}

Result<void> trust(SSL_CTX* context, const std::string& ca_file) {
    if (ca_file.empty()) {
        static_cast<void>(SSL_CTX_set_default_verify_paths(context));
        return {};
    }
    const int loaded = is_directory(ca_file) ? SSL_CTX_load_verify_dir(context, ca_file.c_str())
                                             : SSL_CTX_load_verify_file(context, ca_file.c_str());
    if (loaded != 1) {
        return bad_file("CA certificates", ca_file);
    }
    return {};
}

Result<void> offer(SSL_CTX* context, const std::vector<std::string>& protocols) {
    std::string wire;  // RFC 7301: each name after its length
    for (const std::string& protocol : protocols) {
        if (protocol.empty() || protocol.size() > UCHAR_MAX) {
            return Error(ErrorCode::kInvalidInput, fmt::format("ALPN name '{}'", protocol));
        }
        wire += static_cast<char>(protocol.size());
        wire += protocol;
    }
    if (!wire.empty()) {
        static_cast<void>(
            SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(wire.data()),
                                    static_cast<unsigned>(wire.size())));
    }
    return {};
}

Result<std::unique_ptr<TlsContext::Impl>> new_impl(const SSL_METHOD* method) {
    auto impl = std::make_unique<TlsContext::Impl>();
    impl->context.reset(SSL_CTX_new(method));
    if (!impl->context) {
        return Error(ErrorCode::kExhausted, "TLS: " + openssl_message());
    }
    SSL_CTX_set_min_proto_version(impl->context.get(), TLS1_2_VERSION);
    SSL_CTX_set_mode(impl->context.get(), SSL_MODE_RELEASE_BUFFERS);
    return impl;
}

}  // namespace

/// Receives the sessions that servers offer for resumption; a friend of TlsSession.
struct SessionStore {
    static int remember(SSL* ssl, SSL_SESSION* offered) {
        auto* session = static_cast<TlsSession*>(SSL_get_app_data(ssl));
        auto& sessions = session->context_.sessions;
        if (session->session_key_.empty()) {
            return 0;
        }
        if (sessions.size() >= TlsContext::Impl::kMaxSessions &&
            !sessions.contains(session->session_key_)) {
            sessions.erase(sessions.begin());
        }
        sessions.insert_or_assign(session->session_key_,
                                  std::unique_ptr<SSL_SESSION, FreeSsl>(offered));
        return 1;  // the reference is ours now
    }
};

TlsContext::TlsContext(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsContext::~TlsContext() = default;

Result<std::unique_ptr<TlsContext>> TlsContext::client(const TlsClientOptions& options) {
    auto impl = TRY(new_impl(TLS_client_method()));
    SSL_CTX* context = impl->context.get();
    impl->verification = options.verification;
    if (options.verification == TlsVerification::kVerify) {
        TRY(trust(context, options.ca_file));
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    }
    if (!options.certificate.empty()) {
        TRY(use_certificate(context, options.certificate,
                            options.key.empty() ? options.certificate : options.key));
    }
    TRY(offer(context, options.alpn));
    SSL_CTX_set_session_cache_mode(context,
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
    SSL_CTX_sess_set_new_cb(context, &SessionStore::remember);
    return std::unique_ptr<TlsContext>(new TlsContext(std::move(impl)));
}

Result<std::unique_ptr<TlsContext>> TlsContext::server(const std::string& certificate,
                                                       const std::string& key) {
    auto impl = TRY(new_impl(TLS_server_method()));
    TRY(use_certificate(impl->context.get(), certificate, key));
    return std::unique_ptr<TlsContext>(new TlsContext(std::move(impl)));
}

Result<void> TlsSession::set_up() {
    ssl_.reset(SSL_new(context_.context.get()));
    received_ = BIO_new(BIO_s_mem());
    to_send_ = BIO_new(BIO_s_mem());
    if (!ssl_ || received_ == nullptr || to_send_ == nullptr) {
        BIO_free(received_);
        BIO_free(to_send_);
        return Error(ErrorCode::kExhausted, "TLS: " + openssl_message());
    }
    BIO_set_mem_eof_return(received_, -1);
    SSL_set_bio(ssl_.get(), received_, to_send_);
    SSL_set_app_data(ssl_.get(), this);
    return {};
}

Result<std::unique_ptr<TlsSession>> TlsSession::client(TlsContext& context,
                                                       std::string_view server_name,
                                                       std::uint16_t port) {
    std::unique_ptr<TlsSession> session(new TlsSession(context.impl()));
    TRY(session->set_up());
    SSL* ssl = session->ssl_.get();
    SSL_set_connect_state(ssl);
    const std::string name(server_name);
    const bool literal = Address::literal(name, 0).ok();
    if (!literal) {
        // The macro for this casts in C style.
        SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 const_cast<char*>(name.c_str()));
    }
    if (context.impl().verification == TlsVerification::kVerify) {
        X509_VERIFY_PARAM* parameters = SSL_get0_param(ssl);
        X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        const int set = literal ? X509_VERIFY_PARAM_set1_ip_asc(parameters, name.c_str())
                                : X509_VERIFY_PARAM_set1_host(parameters, name.c_str(), 0);
        if (set != 1 || name.empty()) {
            return Error(ErrorCode::kInvalidInput,
                         fmt::format("TLS: '{}' cannot be checked against a certificate", name));
        }
    }
    session->session_key_ = fmt::format("{}:{}", name, port);
    const auto known = context.impl().sessions.find(session->session_key_);
    if (known != context.impl().sessions.end()) {
        SSL_set_session(ssl, known->second.get());
    }
    return session;
}

Result<std::unique_ptr<TlsSession>> TlsSession::server(TlsContext& context) {
    std::unique_ptr<TlsSession> session(new TlsSession(context.impl()));
    TRY(session->set_up());
    SSL_set_accept_state(session->ssl_.get());
    return session;
}

void TlsSession::put_received(std::string_view bytes) {
    if (!bytes.empty()) {
        BIO_write(received_, bytes.data(), static_cast<int>(bytes.size()));
    }
}

TlsSession::Progress TlsSession::progress_of(int result) {
    const int reason = SSL_get_error(ssl_.get(), result);
    if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE) {
        return Progress::kWaiting;
    }
    if (reason == SSL_ERROR_ZERO_RETURN) {
        return Progress::kEnded;
    }
    const long verified = SSL_get_verify_result(ssl_.get());
    error_ = openssl_message();
    if (verified != X509_V_OK && context_.verification == TlsVerification::kVerify) {
        error_ += fmt::format(" ({})", X509_verify_cert_error_string(verified));
    }
    return Progress::kFailed;
}

TlsSession::Progress TlsSession::shake_hands() {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    return result == 1 ? Progress::kDone : progress_of(result);
}

TlsSession::Progress TlsSession::decrypt(char* buffer, std::size_t capacity, std::size_t& size) {
    ERR_clear_error();
    while (size < capacity) {
        std::size_t count = 0;
        const int result = SSL_read_ex(ssl_.get(), buffer + size, capacity - size, &count);
        if (result != 1) {
            return progress_of(result);
        }
        size += count;
    }
    return Progress::kDone;
}

void TlsSession::encrypt(std::string_view bytes) {
    ERR_clear_error();
    std::size_t written = 0;
    // A memory buffer takes everything; a failure is one of the session and shows at the next read.
    static_cast<void>(SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written));
}

void TlsSession::close_notify() {
    ERR_clear_error();
    static_cast<void>(SSL_shutdown(ssl_.get()));
}

std::string_view TlsSession::to_send() const {
    char* data = nullptr;
    const long size = BIO_get_mem_data(to_send_, &data);
    return size > 0 ? std::string_view(data, static_cast<std::size_t>(size)) : std::string_view();
}

void TlsSession::sent() {
    static_cast<void>(BIO_reset(to_send_));
}

Error TlsSession::take_error() {
    return Error(ErrorCode::kDenied, "TLS: " + std::exchange(error_, {}));
}

}  // namespace galileo::io
