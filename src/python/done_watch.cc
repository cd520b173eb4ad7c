#include "python/done_watch.h"

#include <algorithm>

namespace galileo::python {

void DoneWatch::done(const std::string& client_id) {
    const std::lock_guard lock(mutex_);
    if (waiting_.erase(client_id) > 0 && waiting_.empty()) {
        changed_.notify_all();
    }
}

void DoneWatch::cancel() {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    changed_.notify_all();
}

bool DoneWatch::wait(std::chrono::nanoseconds patience) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [this] { return waiting_.empty() || cancelled_; });
}

std::vector<std::string> DoneWatch::waiting() const {
    const std::lock_guard lock(mutex_);
    return {waiting_.begin(), waiting_.end()};
}

Result<std::unique_ptr<DoneWatches>> DoneWatches::listen(coord::EventBus& bus) {
    auto watches = std::unique_ptr<DoneWatches>(new DoneWatches(bus));
    TRY(bus.subscribe<coord::WorkloadDoneEvent>(
        [self = watches.get()](const coord::WorkloadDoneEvent& event) {
            std::vector<std::shared_ptr<DoneWatch>> present;
            {
                const std::lock_guard lock(self->mutex_);
                for (const auto& watch : self->watches_) {
                    if (auto alive = watch.lock()) {
                        present.push_back(std::move(alive));
                    }
                }
            }
            for (const auto& watch : present) {
                watch->done(event.client_id);
            }
        }));
    return watches;
}

DoneWatches::~DoneWatches() {
    bus_.unsubscribe<coord::WorkloadDoneEvent>();
}

std::shared_ptr<DoneWatch> DoneWatches::watch(const std::vector<std::string>& client_ids) {
    auto watch = std::make_shared<DoneWatch>(client_ids);
    const std::lock_guard lock(mutex_);
    std::erase_if(watches_, [](const auto& other) { return other.expired(); });
    watches_.push_back(watch);
    return watch;
}

}  // namespace galileo::python
