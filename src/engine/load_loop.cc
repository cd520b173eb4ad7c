#include "engine/load_loop.h"

#include <fmt/format.h>
#include <sched.h>

#include <system_error>

#include <pthread.h>

namespace galileo::engine {

Result<std::unique_ptr<LoadLoop>> LoadLoop::create(const LoadLoopOptions& options,
                                                   io::Resolver& resolver,
                                                   TraceLane& traces,
                                                   const std::atomic<bool>& tracing,
                                                   base::Clock& clock) {
    auto loop = TRY_WITHIN("load loop", io::Loop::create(clock));
    std::unique_ptr<LoadLoop> made(
        new LoadLoop(options, std::move(loop), resolver, traces, tracing));
    try {
        made->thread_ = std::thread([&loaded = *made] {
            loaded.settle_in();
            loaded.loop_->run();
        });
    } catch (const std::system_error& error) {
        return base::errno_error(error.code().value(), "load loop: thread");
    }
    return made;
}

LoadLoop::LoadLoop(const LoadLoopOptions& options,
                   std::unique_ptr<io::Loop> loop,
                   io::Resolver& resolver,
                   TraceLane& traces,
                   const std::atomic<bool>& tracing)
    : options_(options),
      loop_(std::move(loop)),
      ticker_(*loop_, options.quantum),
      hand_over_(traces, ticker_),
      wall_(loop_->clock()),
      context_{.loop = *loop_,
               .resolver = resolver,
               .ticker = ticker_,
               .flights = flights_,
               .traces = traces,
               .hand_over = hand_over_,
               .wall = wall_,
               .tracing = tracing,
               .lateness_limit = options.lateness_limit,
               .max_waiting = options.max_waiting} {}

LoadLoop::~LoadLoop() {
    stop();
}

void LoadLoop::stop() {
    if (thread_.joinable()) {
        post([this] { runs_.clear(); });
        loop_->stop();
        thread_.join();
    }
}

// Neither name nor CPU is worth failing for.
void LoadLoop::settle_in() const {
    const std::string name = fmt::format("galileo-loop-{}", options_.index).substr(0, 15);
    pthread_setname_np(pthread_self(), name.c_str());
    if (options_.cpu) {
        cpu_set_t cpus;
        CPU_ZERO(&cpus);
        CPU_SET(*options_.cpu, &cpus);
        pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus);
    }
}

void LoadLoop::open_run(const std::string& run_id, const http::ClientOptions& options) {
    runs_.emplace(run_id, std::make_unique<Run>(context_, options));
}

void LoadLoop::close_run(std::string_view run_id) {
    const auto found = runs_.find(run_id);
    if (found != runs_.end()) {
        runs_.erase(found);
    }
}

Run* LoadLoop::run(std::string_view run_id) {
    const auto found = runs_.find(run_id);
    return found == runs_.end() ? nullptr : found->second.get();
}

}  // namespace galileo::engine
