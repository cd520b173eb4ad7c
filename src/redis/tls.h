#pragma once

#include <string>

#include "base/result.h"
#include "redis/options.h"

struct ssl_st;

namespace galileo::redis {

/// A TLS client session over the connected, non-blocking descriptor `fd`, which it borrows.
/// Verifies the server as `options` say: trust and name. The caller frees it with SSL_free.
/// kInvalidInput when the CA file cannot be read. Inside the redis room only.
Result<ssl_st*> make_tls_session(const RedisOptions& options, int fd);

/// The oldest message in this thread's OpenSSL error queue, which it empties.
std::string tls_error_text();

}  // namespace galileo::redis
