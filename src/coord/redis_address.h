#pragma once

#include <cstdint>
#include <string>

#include "base/environment.h"
#include "base/result.h"
#include "redis/options.h"

namespace galileo::coord {

/// Which Redis a command uses, and who said so.
struct RedisAddress {
    enum class Source : std::uint8_t { kDefault, kEnvironment, kFlag };

    redis::RedisOptions options;
    Source source = Source::kDefault;
    /// PATH of galileo_redis_host=file://PATH: the program starts a private Redis in that folder,
    /// and `options` says nothing. Empty: it does not.
    std::string embedded_directory;
};

/// Puts together `--redis` (empty: not given) and the environment. In order of rank: the flag;
/// galileo_redis_url; galileo_redis_host and galileo_redis_port; localhost:6379. A password or user
/// that the address lacks comes from galileo_redis_password and galileo_redis_user. kInvalidInput
/// names the flag or variable that is wrong, and never repeats a password.
Result<RedisAddress> find_redis(const std::string& flag, const base::Environment& environment);

/// The same for commands that need a running Redis: refuses file://PATH with kInvalidInput.
Result<redis::RedisOptions> running_redis(const std::string& flag,
                                          const base::Environment& environment);

}  // namespace galileo::coord
