#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "base/fd.h"
#include "engine/request_source.h"

namespace galileo::worker {

class AppLane;

/// Where the lanes of one thread ring for more: a list without locks, and a descriptor that becomes
/// readable. Thread-safe; one thread takes.
class AppBell {
  public:
    AppBell();
    ~AppBell();
    AppBell(const AppBell&) = delete;
    AppBell& operator=(const AppBell&) = delete;

    /// -1: descriptors have run out.
    [[nodiscard]] int fd() const noexcept { return event_.get(); }
    /// Makes fd() readable.
    void ring() noexcept;
    /// Makes it unreadable; what rings from here on makes it readable again.
    void silence() noexcept;

    void push(std::shared_ptr<AppLane> lane) noexcept;
    /// Calls `visit` for each lane that has been pushed since; a lane may be pushed again inside.
    void take(const std::function<void(AppLane&)>& visit);

  private:
    base::UniqueFd event_;
    std::atomic<AppLane*> head_{nullptr};
};

/// The bounded queue of requests between the thread that makes them and the loop of the client that
/// sends them: one producer, one consumer. The consumer neither locks nor allocates; it rings when
/// half of what is kept for it has been used, and when it finds nothing.
class AppLane : public std::enable_shared_from_this<AppLane> {
  public:
    static constexpr std::size_t kCapacity = 256;

    /// `bell` must outlive the lane.
    explicit AppLane(AppBell& bell) : bell_(bell) {}

    // The consumer's side.

    engine::Supply take();
    [[nodiscard]] bool used_up() const noexcept;
    /// See engine::RequestSource::on_supply.
    void listen(std::function<void()> wake);
    /// The consumer is gone; rings.
    void close() noexcept;

    // The producer's side.

    /// There must be room(). Wakes the consumer when it waits.
    void push(engine::Supply supply);
    /// Nothing will be pushed any more. Wakes the consumer when it waits.
    void end();
    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] std::size_t room() const noexcept { return kCapacity - size(); }
    /// Whether the consumer has found nothing since the last push.
    [[nodiscard]] bool dry() const noexcept { return dry_.load(); }
    [[nodiscard]] bool closed() const noexcept { return closed_.load(); }
    /// Requests taken since the beginning.
    [[nodiscard]] std::uint64_t taken() const noexcept { return head_.load(); }
    /// How many requests to keep; the consumer rings when no more than half of them are there.
    void set_window(std::size_t window) noexcept { window_.store(window); }

  private:
    friend class AppBell;
    void call() noexcept;
    void wake_if_dry();

    AppBell& bell_;
    std::array<engine::Supply, kCapacity> ring_;
    std::atomic<std::uint64_t> head_{0};  ///< of the next to take; the consumer's
    std::atomic<std::uint64_t> tail_{0};  ///< of the next to push; the producer's
    std::atomic<std::size_t> window_{1};
    std::atomic<bool> ended_{false};
    std::atomic<bool> dry_{false};
    std::atomic<bool> closed_{false};

    // In the bell's list: set by who puts it in, until it is taken out.
    std::atomic<bool> listed_{false};
    std::shared_ptr<AppLane> self_;
    AppLane* next_ = nullptr;

    std::mutex mutex_;
    std::function<void()> wake_;  // protected by mutex_
};

/// The consumer's side of a lane, as the engine wants it.
class AppLaneSource final : public engine::RequestSource {
  public:
    explicit AppLaneSource(std::shared_ptr<AppLane> lane) : lane_(std::move(lane)) {}
    ~AppLaneSource() override { lane_->close(); }
    AppLaneSource(const AppLaneSource&) = delete;
    AppLaneSource& operator=(const AppLaneSource&) = delete;

    engine::Supply take() override { return lane_->take(); }
    [[nodiscard]] bool used_up() const override { return lane_->used_up(); }
    void on_supply(std::function<void()> wake) override { lane_->listen(std::move(wake)); }

  private:
    std::shared_ptr<AppLane> lane_;
};

}  // namespace galileo::worker
