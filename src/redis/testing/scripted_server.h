#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "base/fd.h"
#include "redis/options.h"
#include "redis/testing/redis_server.h"

namespace galileo::redis::testing {

/// A server that says what a test wants said, on a unix socket: one thread, one connection after
/// the other. For servers that answer junk, close or stall. Thread-compatible.
class ScriptedServer {
  public:
    /// What to do when bytes arrived: send `bytes` (empty: say nothing), then go on or close.
    struct Answer {
        std::string bytes;
        enum class Then { kGoOn, kClose } then = Then::kGoOn;
    };
    using Script = std::function<Answer(std::string_view received)>;

    explicit ScriptedServer(Script script);
    ~ScriptedServer();
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    /// Its address, with short timeouts.
    [[nodiscard]] RedisOptions options() const;
    [[nodiscard]] int connections() const noexcept { return connections_; }

  private:
    void run();
    void serve(int fd);

    TemporaryDirectory directory_;
    Script script_;
    base::UniqueFd listener_;
    std::atomic<bool> stopping_{false};
    std::atomic<int> connections_{0};
    std::thread thread_;
};

}  // namespace galileo::redis::testing
