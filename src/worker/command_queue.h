#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace galileo::worker {

/// Runs posted functions one after the other, in order of posting, on a thread of its own: for what
/// may wait and must not wait where it is asked for. Beyond kLimit waiting functions further ones
/// are dropped, logged and counted. Thread-safe.
class CommandQueue {
  public:
    static constexpr std::size_t kLimit = 1'000'000;

    CommandQueue();
    ~CommandQueue();
    CommandQueue(const CommandQueue&) = delete;
    CommandQueue& operator=(const CommandQueue&) = delete;

    void post(std::function<void()> function);

    /// Runs what has been posted, then ends the thread; later posts have no effect. Idempotent.
    void stop();

    [[nodiscard]] std::size_t dropped() const;

  private:
    void run();

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    // Protected by mutex_:
    std::deque<std::function<void()>> functions_;
    bool stopping_ = false;
    std::size_t dropped_ = 0;

    std::thread thread_;
};

}  // namespace galileo::worker
