#include "recorder/message_queue.h"

#include <utility>

namespace galileo::recorder {

MessageQueue::Pushed MessageQueue::push(RecordedMessage message) {
    const std::size_t bytes =
        sizeof(RecordedMessage) + message.channel.size() + message.payload.size();
    bool wake = false;
    {
        const std::lock_guard lock(mutex_);
        if (bytes_ + bytes > limits_.bytes) {
            return Pushed::kFull;
        }
        bytes_ += bytes;
        waiting_.push_back(std::move(message));
        wake = waiting_.size() == limits_.batch;
    }
    if (wake) {
        changed_.notify_all();
    }
    return Pushed::kQueued;
}

std::vector<RecordedMessage> MessageQueue::take(std::chrono::milliseconds flush) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, flush, [this] { return closed_ || waiting_.size() >= limits_.batch; });
    bytes_ = 0;
    return std::exchange(waiting_, {});
}

void MessageQueue::close() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    changed_.notify_all();
}

bool MessageQueue::closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
}

}  // namespace galileo::recorder
