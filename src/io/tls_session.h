#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/tls.h"

namespace galileo::io {

struct FreeSsl {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
    void operator()(SSL_SESSION* session) const noexcept { SSL_SESSION_free(session); }
};

struct TlsContext::Impl {
    std::unique_ptr<SSL_CTX, FreeSsl> context;
    TlsVerification verification = TlsVerification::kVerify;
    /// The newest session of each `name:port`, for resumption; at most kMaxSessions.
    std::map<std::string, std::unique_ptr<SSL_SESSION, FreeSsl>, std::less<>> sessions;
    static constexpr std::size_t kMaxSessions = 1024;
};

/// One TLS connection between two memory buffers: what was received goes in, what is to be sent
/// comes out; it does no I/O. Private to the room. Loop-bound.
class TlsSession {
  public:
    enum class Progress : std::uint8_t { kDone, kWaiting, kEnded, kFailed };

    /// `server_name`: sent as SNI unless it is an address, and checked against the certificate.
    static Result<std::unique_ptr<TlsSession>> client(TlsContext& context,
                                                      std::string_view server_name,
                                                      std::uint16_t port);
    static Result<std::unique_ptr<TlsSession>> server(TlsContext& context);
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;
    ~TlsSession() = default;

    void put_received(std::string_view bytes);
    Progress shake_hands();
    /// Fills `size` bytes of `buffer`; kDone: it is full and there may be more.
    Progress decrypt(char* buffer, std::size_t capacity, std::size_t& size);
    void encrypt(std::string_view bytes);
    void close_notify();

    [[nodiscard]] std::string_view to_send()
        const;    ///< valid until the next call of another function
    void sent();  ///< forgets what to_send() returned

    /// Why kFailed was returned.
    [[nodiscard]] Error take_error();

  private:
    friend struct SessionStore;
    explicit TlsSession(TlsContext::Impl& context) : context_(context) {}
    Result<void> set_up();
    Progress progress_of(int result);

    TlsContext::Impl& context_;
    std::unique_ptr<SSL, FreeSsl> ssl_;
    BIO* received_ = nullptr;  ///< owned by ssl_
    BIO* to_send_ = nullptr;   ///< owned by ssl_
    std::string session_key_;  ///< empty: a server
    std::string error_;
};

}  // namespace galileo::io
