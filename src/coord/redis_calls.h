#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "redis/client.h"

/// Commands whose answers have one shape. Inside the coord room only.
namespace galileo::coord {

/// Fails with the first error among replies.
inline Result<void> check_all(const std::vector<redis::Reply>& replies) {
    for (const auto& reply : replies) {
        TRY(reply.check());
    }
    return {};
}

/// Pipelines commands whose answers say nothing but success.
inline Result<void> run_all(redis::Client& client, std::span<const redis::Command> commands) {
    return check_all(TRY(client.pipeline(commands)));
}

/// The same between MULTI and EXEC.
inline Result<void> run_at_once(redis::Client& client, std::span<const redis::Command> commands) {
    return check_all(TRY(client.transaction(commands)));
}

inline Result<std::vector<std::string>> texts_of(redis::Client& client,
                                                 const redis::Command& command) {
    return TRY(client.command(command)).texts();
}

inline Result<std::string> text_of(redis::Client& client, const redis::Command& command) {
    return TRY(client.command(command)).text();
}

}  // namespace galileo::coord
