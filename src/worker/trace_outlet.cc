#include "worker/trace_outlet.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.h"

namespace galileo::worker {

namespace {

constexpr std::chrono::milliseconds kChunkAge{200};  // a chunk that is not full leaves after this
constexpr std::size_t kSendChunks = 32;
constexpr std::size_t kSendBytes = 2 * 1024 * 1024;
constexpr std::chrono::milliseconds kRoomPause{50};    // until the target is asked for room again
constexpr std::chrono::milliseconds kRetryPause{500};  // after an error

std::uint64_t traces_in(std::span<const coord::SealedChunk> chunks) {
    std::uint64_t traces = 0;
    for (const auto& chunk : chunks) {
        traces += chunk.traces;
    }
    return traces;
}

}  // namespace

TraceOutlet::TraceOutlet(Options options,
                         JournalSpace& space,
                         std::unique_ptr<TraceTarget> target,
                         base::Clock& clock)
    : options_(std::move(options)), clock_(clock), target_(std::move(target)), journal_(space) {
    thread_ = std::thread([this] { run(); });
}

TraceOutlet::~TraceOutlet() {
    {
        const std::lock_guard lock(mutex_);
        if (state_ == State::kOpen) {
            state_ = State::kGivingUp;
        }
    }
    changed_.notify_all();
    thread_.join();
}

void TraceOutlet::append(const model::TraceRow& trace) {
    if (encoder_.traces() == 0) {
        oldest_ = clock_.monotonic();
    }
    encoder_.append(trace);
    if (encoder_.full()) {
        seal();
    }
}

void TraceOutlet::turn() {
    if (encoder_.traces() >= options_.worth_sending ||
        (encoder_.traces() > 0 && clock_.monotonic() - oldest_ > kChunkAge)) {
        seal();
    } else if (full_) {
        const std::lock_guard lock(mutex_);
        journal_.settle();
        full_ = journal_.full();
    }
}

void TraceOutlet::seal() {
    auto chunk = encoder_.seal(options_.worker, ++sequence_);
    {
        const std::lock_guard lock(mutex_);
        appended_ += chunk.traces;
        journal_.push(std::move(chunk));
        full_ = journal_.full();
    }
    changed_.notify_all();
}

void TraceOutlet::close(Closing how) {
    if (encoder_.traces() > 0) {
        seal();
    }
    {
        const std::lock_guard lock(mutex_);
        if (state_ == State::kOpen) {
            progress_at_ = clock_.monotonic();
        }
        if (state_ != State::kEnded) {
            state_ = how == Closing::kGiveUp ? State::kGivingUp : State::kClosing;
        }
    }
    changed_.notify_all();
}

std::optional<ShippedTraces> TraceOutlet::outcome() const {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kEnded) {
        return std::nullopt;
    }
    return ShippedTraces{delivered_, appended_ - delivered_, reason_, journal_.trouble(), 0};
}

ShippedTraces TraceOutlet::wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return state_ == State::kEnded; });
    return {delivered_, appended_ - delivered_, reason_, journal_.trouble(), 0};
}

std::uint64_t TraceOutlet::lost() const {
    const std::lock_guard lock(mutex_);
    return refused_ + journal_.lost();
}

void TraceOutlet::run() {
    for (;;) {
        std::vector<coord::SealedChunk> chunks;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return !journal_.empty() || state_ != State::kOpen; });
            if (state_ == State::kGivingUp || journal_.empty()) {
                break;
            }
            chunks = journal_.take(kSendChunks, kSendBytes);
            full_ = journal_.full();
        }
        if (!deliver(chunks)) {
            break;
        }
    }
    while (!finish()) {
    }
    const std::lock_guard lock(mutex_);
    state_ = State::kEnded;
    if (appended_ > delivered_) {
        if (reason_.empty()) {
            reason_ = journal_.lost() > 0 ? "the worker's journal could not be read"
                                          : "given up by the controller";
        }
        base::log_error("{}: {} traces are lost: {}", options_.name, appended_ - delivered_,
                        reason_);
    }
    changed_.notify_all();
}

/// False: given up.
bool TraceOutlet::deliver(std::span<const coord::SealedChunk> chunks) {
    while (!chunks.empty()) {
        const auto taken = target_->take(chunks);
        std::uint64_t delivered = 0;
        std::size_t done = 0;
        if (taken) {
            done = *taken;
            delivered = traces_in(chunks.first(done));
        } else {
            complain(taken.error());
            done = taken.error().code() == ErrorCode::kInvalidInput ? 1 : 0;
        }
        if (done == 0) {
            if (!pause(taken ? kRoomPause : kRetryPause)) {
                return false;
            }
            continue;
        }
        {
            const std::lock_guard lock(mutex_);
            delivered_ += delivered;
            refused_ += traces_in(chunks.first(done)) - delivered;
        }
        note_progress();
        chunks = chunks.subspan(done);
    }
    return true;
}

/// Says that the end is reached; false: to be tried again.
bool TraceOutlet::finish() {
    std::uint64_t total = 0;
    {
        const std::lock_guard lock(mutex_);
        if (state_ == State::kGivingUp && (appended_ > delivered_ || appended_ == 0)) {
            return true;  // it is not
        }
        total = delivered_;
    }
    const auto ended = target_->end(total);
    return ended || !pause(kRetryPause);
}

/// Waits a little; false: it is time to give up.
bool TraceOutlet::pause(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    if (state_ != State::kGivingUp) {
        changed_.wait_for(lock, patience, [this] { return state_ == State::kGivingUp; });
    }
    if (state_ == State::kClosing && clock_.monotonic() - progress_at_ > options_.give_up) {
        if (reason_.empty()) {
            reason_ = "nobody took them from the stream";
        }
        state_ = State::kGivingUp;
    }
    return state_ != State::kGivingUp;
}

void TraceOutlet::note_progress() {
    complaint_.clear();
    const std::lock_guard lock(mutex_);
    progress_at_ = clock_.monotonic();
}

void TraceOutlet::complain(const Error& error) {
    if (complaint_ != error.message()) {
        complaint_ = error.message();
        base::log_warn("{}: traces wait: {}", options_.name, complaint_);
    }
    const std::lock_guard lock(mutex_);
    reason_ = error.message();
}

}  // namespace galileo::worker
