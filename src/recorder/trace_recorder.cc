#include "recorder/trace_recorder.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace galileo::recorder {

namespace {

constexpr std::chrono::milliseconds kReadWait{100};
constexpr std::chrono::milliseconds kRetryPause{200};
constexpr std::chrono::seconds kSilent{2};  // a store that takes longer for a batch is in trouble

}  // namespace

TraceRecorder::TraceRecorder(Options options,
                             redis::Client& redis,
                             store::ExperimentStore& store,
                             base::Clock& clock)
    : options_(std::move(options)),
      store_(store),
      clock_(clock),
      reader_(redis, options_.run_id),
      writer_(clock, options_.patience) {
    thread_ = std::thread([this] { run(); });
}

TraceRecorder::~TraceRecorder() {
    stop();
}

void TraceRecorder::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

/// Waits until something has changed, `patience` at the most; false once stopping.
bool TraceRecorder::pause(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    if (!stopping_) {
        changed_.wait_for(lock, patience);
    }
    return !stopping_;
}

RecordedTraces TraceRecorder::state() const {
    auto state = state_.with([](const auto& now) { return now; });
    const auto since = writing_since_.with([](const auto& at) { return at; });
    if (state.trouble.empty() && since && clock_.monotonic() - *since > kSilent) {
        state.trouble = "it does not answer";
    }
    return state;
}

RecordedTraces TraceRecorder::finish(std::uint64_t expected,
                                     std::chrono::milliseconds patience,
                                     const std::function<bool()>& wait) {
    std::uint64_t settled = 0;
    auto last_news = clock_.monotonic();
    for (;;) {
        const auto now = state();
        const std::uint64_t done = now.stored + now.lost;
        if (done >= expected) {
            break;
        }
        if (done != settled ||
            now.received >
                done) {  // a batch that waits for the store is the store's patience, not ours
            settled = done;
            last_news = clock_.monotonic();
        } else if (clock_.monotonic() - last_news > patience) {
            break;
        }
        if (!wait()) {
            break;
        }
    }
    stop();
    if (const auto removed = reader_.remove(); !removed) {
        base::log_warn("the trace stream of {} stays in Redis: {}", options_.run_id,
                       removed.error().message());
    }
    return state();
}

void TraceRecorder::run() {
    std::vector<model::TraceRow> batch;  // points into the chunks of one read
    while (pause(std::chrono::milliseconds(0))) {
        auto chunks = reader_.read(kReadWait);
        if (!chunks) {
            base::log_warn("traces of {}: {}", options_.run_id, chunks.error().message());
            pause(kRetryPause);
            continue;
        }
        for (const auto& chunk : *chunks) {
            state_.with([&](auto& state) { state.received += chunk.traces.size(); });
            batch.insert(batch.end(), chunk.traces.begin(), chunk.traces.end());
            if (batch.size() >= options_.batch) {
                store_batch(batch);
            }
        }
        store_batch(batch);
        if (const auto acknowledged = reader_.acknowledge(); !acknowledged) {
            base::log_warn("traces of {}: {}", options_.run_id, acknowledged.error().message());
        }
    }
}

void TraceRecorder::store_batch(std::vector<model::TraceRow>& batch) {
    if (batch.empty()) {
        return;
    }
    writing_since_.with([&](auto& since) { since = clock_.monotonic(); });
    const auto written =
        writer_.write([&] { return store_.add_trace_rows(batch, options_.run_id); },
                      [&](const Error& error) {
                          state_.with([&](auto& state) { state.trouble = error.message(); });
                          return pause(kRetryPause) ? PatientWriter::Retry::kAgain
                                                    : PatientWriter::Retry::kGiveUp;
                      });
    writing_since_.with([](auto& since) { since.reset(); });
    if (!written) {
        give_up(batch.size(), written.error());
    } else {
        state_.with([&](auto& state) {
            state.stored += written->stored;
            state.trouble.clear();
            if (written->refused > 0) {
                state.lost += written->refused;
                state.lost_reasons["not a finite time"] += written->refused;
            }
        });
    }
    batch.clear();
}

void TraceRecorder::give_up(std::size_t count, const Error& error) {
    state_.with([&](auto& state) {
        state.trouble = error.message();
        state.lost += count;
        state.lost_reasons[error.message()] += count;
    });
}

}  // namespace galileo::recorder
