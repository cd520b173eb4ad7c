#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace galileo::io {

/// Whether a client checks the server's certificate and name.
enum class TlsVerification { kVerify, kAcceptAnything };

struct TlsClientOptions {
    TlsVerification verification = TlsVerification::kVerify;
    std::string ca_file{};      ///< PEM file, or a hashed directory; empty: the system's
    std::string certificate{};  ///< client certificate chain and, unless `key` says where, its key,
                                ///< PEM; empty: none
    std::string key{};          ///< PEM; empty: in `certificate`
    std::vector<std::string> alpn{};  ///< protocols offered, most wanted first
};

/// What the TLS connections of one kind share: certificates, trust, remembered sessions. TLS 1.2
/// and later. Loop-bound after creation; must outlive its streams.
class TlsContext {
  public:
    /// kInvalidInput when a file cannot be read or does not hold what it should.
    static Result<std::unique_ptr<TlsContext>> client(const TlsClientOptions& options);
    /// A server's, with its certificate chain and key (PEM files).
    static Result<std::unique_ptr<TlsContext>> server(const std::string& certificate,
                                                      const std::string& key);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    struct Impl;
    [[nodiscard]] Impl& impl() noexcept { return *impl_; }

  private:
    explicit TlsContext(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace galileo::io
