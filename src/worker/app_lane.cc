#include "worker/app_lane.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

#include "base/assert.h"

namespace galileo::worker {

AppBell::AppBell() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

AppBell::~AppBell() {
    take([](AppLane&) {});
}

void AppBell::ring() noexcept {
    const std::uint64_t one = 1;
    (void)!::write(event_.get(), &one, sizeof one);
}

void AppBell::silence() noexcept {
    std::uint64_t count = 0;
    (void)!::read(event_.get(), &count, sizeof count);
}

void AppBell::push(std::shared_ptr<AppLane> lane) noexcept {
    AppLane* const raw = lane.get();
    raw->self_ = std::move(lane);
    AppLane* head = head_.load();
    do {
        raw->next_ = head;
    } while (!head_.compare_exchange_weak(head, raw));
    if (head == nullptr) {
        ring();
    }
}

void AppBell::take(const std::function<void(AppLane&)>& visit) {
    AppLane* lane = head_.exchange(nullptr);
    while (lane != nullptr) {
        const auto kept = std::exchange(lane->self_, nullptr);
        lane = lane->next_;
        kept->listed_.store(false);
        visit(*kept);
    }
}

engine::Supply AppLane::take() {
    const std::uint64_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_.load()) {
        if (ended_.load() && head == tail_.load()) {
            return {engine::Supply::State::kEnded, nullptr};
        }
        dry_.store(true);
        // The producer looks at dry_ after it has pushed: one of the two sees the other.
        if (head == tail_.load() && !ended_.load()) {
            call();
            return {};
        }
        dry_.store(false);
        return take();
    }
    engine::Supply supply = std::move(ring_[head % kCapacity]);
    ring_[head % kCapacity].request.reset();
    head_.store(head + 1);
    if ((tail_.load() - head - 1) * 2 <= window_.load(std::memory_order_relaxed)) {
        call();
    }
    return supply;
}

bool AppLane::used_up() const noexcept {
    return ended_.load() && head_.load() == tail_.load();
}

void AppLane::listen(std::function<void()> wake) {
    const std::lock_guard lock(mutex_);
    wake_ = std::move(wake);
}

void AppLane::close() noexcept {
    closed_.store(true);
    call();
}

void AppLane::call() noexcept {
    if (!listed_.exchange(true)) {
        bell_.push(shared_from_this());
    }
}

void AppLane::push(engine::Supply supply) {
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    GALILEO_ASSERT(tail - head_.load() < kCapacity);
    ring_[tail % kCapacity] = std::move(supply);
    tail_.store(tail + 1);
    wake_if_dry();
}

void AppLane::end() {
    ended_.store(true);
    wake_if_dry();
}

void AppLane::wake_if_dry() {
    if (dry_.load() && dry_.exchange(false)) {
        const std::lock_guard lock(mutex_);
        if (wake_) {
            wake_();
        }
    }
}

std::size_t AppLane::size() const noexcept {
    return static_cast<std::size_t>(tail_.load() - head_.load());
}

}  // namespace galileo::worker
