#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "engine/flight.h"
#include "engine/loop_context.h"
#include "engine/run.h"
#include "engine/ticker.h"
#include "engine/trace_lane.h"
#include "io/loop.h"
#include "io/resolver.h"

namespace galileo::engine {

struct LoadLoopOptions {
    unsigned index = 0;           ///< names the thread: `galileo-loop-<index>`
    std::optional<unsigned> cpu;  ///< to run on; absent: any
    std::chrono::nanoseconds quantum{};
    std::chrono::nanoseconds lateness_limit{};
    std::size_t max_waiting = 0;
};

/// One thread that generates load, with an io::Loop and the runs on it. What is marked so is for
/// other threads; the rest is loop-bound.
class LoadLoop {
  public:
    /// Starts the thread. All references must outlive the loop. kExhausted when descriptors or
    /// threads run out.
    static Result<std::unique_ptr<LoadLoop>> create(const LoadLoopOptions& options,
                                                    io::Resolver& resolver,
                                                    TraceLane& traces,
                                                    const std::atomic<bool>& tracing,
                                                    base::Clock& clock);
    ~LoadLoop();  ///< as stop()
    LoadLoop(const LoadLoop&) = delete;
    LoadLoop& operator=(const LoadLoop&) = delete;

    /// From another thread: closes all runs and joins the thread. Others may still post; nobody
    /// runs it.
    void stop();

    /// Runs `function` on the loop, in order of posting. Thread-safe.
    void post(std::function<void()> function) { loop_->post(std::move(function)); }

    /// Runs `function` on the loop; its result comes through the future. From other threads; what
    /// `function` refers to must live until the future is ready.
    template <typename Function>
    auto ask(Function function) {
        using Answer = decltype(function());
        auto promise = std::make_shared<std::promise<Answer>>();
        auto future = promise->get_future();
        post([promise, function = std::move(function)]() mutable {
            if constexpr (std::is_void_v<Answer>) {
                function();
                promise->set_value();
            } else {
                promise->set_value(function());
            }
        });
        return future;
    }

    /// Thread-safe.
    [[nodiscard]] bool is_this_thread() const noexcept {
        return thread_.get_id() == std::this_thread::get_id();
    }

    void open_run(const std::string& run_id, const http::ClientOptions& options);
    void close_run(std::string_view run_id);
    /// Null: not open.
    [[nodiscard]] Run* run(std::string_view run_id);
    TraceLane& traces() noexcept { return context_.traces; }

  private:
    LoadLoop(const LoadLoopOptions& options,
             std::unique_ptr<io::Loop> loop,
             io::Resolver& resolver,
             TraceLane& traces,
             const std::atomic<bool>& tracing);
    void settle_in() const;

    const LoadLoopOptions options_;
    std::unique_ptr<io::Loop> loop_;
    FlightPool flights_;
    Ticker ticker_;
    TraceHandOver hand_over_;
    WallOffset wall_;
    LoopContext context_;
    std::map<std::string, std::unique_ptr<Run>, std::less<>> runs_;
    std::thread thread_;
};

}  // namespace galileo::engine
