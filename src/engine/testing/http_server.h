#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>

#include "base/fd.h"
#include "io/listener.h"
#include "io/loop.h"
#include "io/stream.h"

namespace galileo::engine::testing {

/// A small HTTP/1.1 server on 127.0.0.1 with a thread and a loop of its own, for requests without
/// body. Answers 200 with the body `ok`; `/status/<n>` answers with that status and `/close` by
/// closing the connection. Public functions are thread-safe.
class HttpServer {
  public:
    HttpServer();
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// `127.0.0.1:<port>`
    [[nodiscard]] const std::string& authority() const noexcept { return authority_; }

    /// Requests are read but not answered until resume(), which answers them all.
    void stall();
    void resume();

    [[nodiscard]] std::uint64_t requests() const noexcept { return requests_; }
    [[nodiscard]] std::size_t connections() const noexcept { return connections_; }
    [[nodiscard]] std::size_t most_connections() const noexcept { return most_connections_; }

  private:
    class Connection;

    void accept(base::UniqueFd socket);
    void forget(Connection& connection);
    void run_and_wait(std::function<void()> function);

    std::unique_ptr<io::Loop> loop_;
    std::unique_ptr<io::Listener> listener_;
    std::unordered_map<Connection*, std::unique_ptr<Connection>> open_;  ///< the loop's
    bool stalled_ = false;                                               ///< the loop's
    std::string authority_;
    std::atomic<std::uint64_t> requests_{0};
    std::atomic<std::size_t> connections_{0};
    std::atomic<std::size_t> most_connections_{0};
    std::thread thread_;
};

}  // namespace galileo::engine::testing
