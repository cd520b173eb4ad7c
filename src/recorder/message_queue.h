#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace galileo::recorder {

/// Which of the recorded channels a message came from.
enum class MessageKind : std::uint8_t { kTrace, kEvent, kTelemetry };

/// One message as it came, not decoded yet.
struct RecordedMessage {
    MessageKind kind = MessageKind::kTrace;
    std::string channel;  ///< of telemetry only
    std::string payload;
};

/// Messages on their way from the thread that receives them, which must not wait, to the one that
/// stores them. Bounded: what finds it full is refused, never waited for. Thread-safe.
class MessageQueue {
  public:
    struct Limits {
        std::size_t bytes = 128UL << 20U;  ///< of memory that waiting messages may take, about
        std::size_t batch = 5'000;         ///< so many waiting messages wake the taker at once
    };

    explicit MessageQueue(Limits limits) : limits_(limits) {}

    enum class Pushed : std::uint8_t { kQueued, kFull };
    Pushed push(RecordedMessage message);

    /// Waits for a whole batch, `flush` at the most, then takes all there is, in order of arrival.
    /// Does not wait once the queue is closed.
    std::vector<RecordedMessage> take(std::chrono::milliseconds flush);

    /// No more messages will come; wakes the taker.
    void close();
    [[nodiscard]] bool closed() const;

  private:
    const Limits limits_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    // Protected by mutex_:
    std::vector<RecordedMessage> waiting_;
    std::size_t bytes_ = 0;
    bool closed_ = false;
};

}  // namespace galileo::recorder
