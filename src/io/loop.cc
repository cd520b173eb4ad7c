#include "io/loop.h"

#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/assert.h"
#include "io/loop_impl.h"

namespace galileo::io {

namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kOffsetAge = std::chrono::seconds(1);

// The default slack of 50 µs would make every timer late by up to that much. It is a property of
// the thread.
void sharpen_timers_of_this_thread() {
    thread_local const bool done = prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL) == 0;
    static_cast<void>(done);
}

int wait_for_events(int fd, epoll_event* events, int most, nanoseconds patience) {
    if (patience == nanoseconds::max()) {
        return epoll_wait(fd, events, most, -1);
    }
    if (patience == nanoseconds::zero()) {
        return epoll_wait(fd, events, most, 0);
    }
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience);
    const timespec timeout{.tv_sec = seconds.count(), .tv_nsec = (patience - seconds).count()};
    const int count = epoll_pwait2(fd, events, most, &timeout, nullptr);
    if (count < 0 && errno == ENOSYS) {  // Linux before 5.11
        const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(patience).count();
        return epoll_wait(fd, events, most, static_cast<int>(std::min<long>(rounded, 1'000'000)));
    }
    return count;
}

}  // namespace

Loop::Impl::Impl(base::Clock& clock_in, base::UniqueFd epoll_in, base::UniqueFd wake_in)
    : clock(clock_in),
      epoll(std::move(epoll_in)),
      wake(std::move(wake_in)),
      now(clock.monotonic()),
      read_buffer(std::make_unique_for_overwrite<Buffer>()),
      plain_buffer(std::make_unique_for_overwrite<Buffer>()),
      waker_(wake.get()) {
    GALILEO_ASSERT(watch(wake.get(), waker_).ok());
}

void Loop::Impl::Waker::on_ready(Readiness /*readiness*/) {
    std::uint64_t count = 0;
    static_cast<void>(read(fd_, &count, sizeof count));
}

Result<void> Loop::Impl::watch(int fd, Watcher& watcher) const {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &watcher;
    if (epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
        return base::errno_error(errno, "watching a descriptor");
    }
    return {};
}

void Loop::Impl::unwatch(int fd, Watcher& watcher) {
    epoll_event ignored{};
    static_cast<void>(epoll_ctl(epoll.get(), EPOLL_CTL_DEL, fd, &ignored));
    for (std::size_t i = event_next; i < event_count; ++i) {
        if (events.at(i).data.ptr == &watcher) {
            events.at(i).data.ptr = nullptr;
        }
    }
    std::replace(again.begin(), again.end(), &watcher, static_cast<Watcher*>(nullptr));
    std::replace(called_again.begin(), called_again.end(), &watcher,
                 static_cast<Watcher*>(nullptr));
}

std::size_t Loop::Impl::wait(nanoseconds patience) {
    if (!again.empty()) {
        patience = nanoseconds::zero();
    } else if (!timers.empty()) {
        const nanoseconds until = timers.next_deadline() - clock.monotonic();
        patience = std::clamp(until, nanoseconds::zero(), patience);
    }
    const int count = wait_for_events(epoll.get(), events.data(), kEventsPerTurn, patience);
    GALILEO_ASSERT(count >= 0 || errno == EINTR);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
}

void Loop::Impl::turn(nanoseconds patience) {
    sharpen_timers_of_this_thread();
    event_next = 0;
    event_count = wait(std::max(patience, nanoseconds::zero()));
    now = clock.monotonic();
    // Timers first: they start requests that are due, and handling a full batch of answers takes up
    // to a millisecond.
    timers.fire(now);
    handle_again();
    handle_events();
    run_posted();
}

void Loop::Impl::handle_events() {
    while (event_next < event_count) {
        const epoll_event event = events.at(event_next++);
        if (event.data.ptr == nullptr) {
            continue;
        }
        static_cast<Watcher*>(event.data.ptr)
            ->on_ready({.readable = (event.events & EPOLLIN) != 0,
                        .writable = (event.events & EPOLLOUT) != 0,
                        .hung_up = (event.events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) != 0});
    }
}

void Loop::Impl::handle_again() {
    called_again.swap(again);
    for (std::size_t i = 0; i < called_again.size(); ++i) {
        if (called_again[i] != nullptr) {
            called_again[i]->on_ready({.readable = true});
        }
    }
    called_again.clear();
}

void Loop::Impl::run_posted() {
    posted.with([&](auto& functions) { running.swap(functions); });
    for (auto& function : running) {
        function();
    }
    running.clear();
}

void Loop::Impl::wake_up() noexcept {
    const std::uint64_t one = 1;
    static_cast<void>(write(wake.get(), &one, sizeof one));
}

base::MonotonicTime Loop::Impl::from_kernel_time(nanoseconds since_epoch) {
    const base::MonotonicTime current = clock.monotonic();
    if (wall_offset_read_ == base::MonotonicTime{} || current - wall_offset_read_ > kOffsetAge) {
        // The wall clock is slewed and may be set: an old offset would bend latencies.
        const base::MonotonicTime before = clock.monotonic();
        const nanoseconds wall = clock.wall().time_since_epoch();
        const base::MonotonicTime after = clock.monotonic();
        wall_offset_ = wall - (before + (after - before) / 2).time_since_epoch();
        wall_offset_read_ = after;
    }
    return std::min(base::MonotonicTime(since_epoch - wall_offset_), current);
}

Result<std::unique_ptr<Loop>> Loop::create(base::Clock& clock) {
    base::UniqueFd epoll(epoll_create1(EPOLL_CLOEXEC));
    if (!epoll) {
        return base::errno_error(errno, "creating an event loop");
    }
    base::UniqueFd wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wake) {
        return base::errno_error(errno, "creating an event loop");
    }
    auto impl = std::make_unique<Impl>(clock, std::move(epoll), std::move(wake));
    return std::unique_ptr<Loop>(new Loop(std::move(impl)));
}

Loop::Loop(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Loop::~Loop() = default;

void Loop::run() {
    while (!impl_->stopped.load(std::memory_order_acquire)) {
        impl_->turn(nanoseconds::max());
    }
    impl_->run_posted();
    impl_->stopped.store(false, std::memory_order_release);
}

void Loop::turn(nanoseconds patience) {
    impl_->turn(patience);
}

void Loop::stop() {
    impl_->stopped.store(true, std::memory_order_release);
    impl_->wake_up();
}

void Loop::post(std::function<void()> function) {
    const bool first = impl_->posted.with([&](auto& functions) {
        functions.push_back(std::move(function));
        return functions.size() == 1;
    });
    if (first) {  // a loop with functions waiting has been woken already
        impl_->wake_up();
    }
}

base::MonotonicTime Loop::now() const noexcept {
    return impl_->now;
}
base::MonotonicTime Loop::fresh_now() const noexcept {
    return impl_->clock.monotonic();
}
base::Clock& Loop::clock() const noexcept {
    return impl_->clock;
}

Result<void> Loop::watch(int fd, Watcher& watcher) {
    return impl_->watch(fd, watcher);
}
void Loop::unwatch(int fd, Watcher& watcher) {
    impl_->unwatch(fd, watcher);
}

Timer::Timer(Loop& loop, std::function<void()> callback)
    : loop_(loop), callback_(std::move(callback)) {}
Timer::~Timer() {
    disarm();
}
void Timer::arm(base::MonotonicTime deadline) {
    loop_.impl().timers.arm(*this, deadline);
}
void Timer::disarm() noexcept {
    loop_.impl().timers.disarm(*this);
}
bool Timer::armed() const noexcept {
    return heap_index_ != kNotArmed;
}

}  // namespace galileo::io
