#include "worker/command_queue.h"

#include <utility>

#include "base/log.h"

namespace galileo::worker {

CommandQueue::CommandQueue() : thread_([this] { run(); }) {}

CommandQueue::~CommandQueue() {
    stop();
}

void CommandQueue::post(std::function<void()> function) {
    {
        const std::lock_guard lock(mutex_);
        if (stopping_) {
            return;
        }
        if (functions_.size() >= kLimit) {
            if (dropped_++ == 0) {
                base::log_error(
                    "commands arrive faster than they can be followed: some are dropped");
            }
            return;
        }
        functions_.push_back(std::move(function));
    }
    changed_.notify_one();
}

void CommandQueue::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) {
        thread_.join();
    }
}

std::size_t CommandQueue::dropped() const {
    const std::lock_guard lock(mutex_);
    return dropped_;
}

void CommandQueue::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return stopping_ || !functions_.empty(); });
        if (functions_.empty()) {
            return;
        }
        const auto function = std::move(functions_.front());
        functions_.pop_front();
        lock.unlock();
        function();
        lock.lock();
    }
}

}  // namespace galileo::worker
