#include "recorder/trace_recorder.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/log.h"

namespace galileo::recorder {

namespace {

constexpr std::chrono::milliseconds kReadWait{100};
constexpr std::chrono::milliseconds kRetryPause{200};
constexpr std::chrono::seconds kStatisticsEvery{1};
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
    bool check_stored = options_.resumed;
    auto statistics_due = clock_.monotonic() + kStatisticsEvery;
    while (pause(std::chrono::milliseconds(0))) {
        if (clock_.monotonic() >= statistics_due) {
            statistics_due = clock_.monotonic() + kStatisticsEvery;
            store_statistics(stats::Timeline::Until::kNow);
        }
        auto chunks = reader_.read(kReadWait);
        if (!chunks) {
            base::log_warn("traces of {}: {}", options_.run_id, chunks.error().message());
            pause(kRetryPause);
            continue;
        }
        if (!chunks->empty() && std::exchange(check_stored, false)) {
            leave_out_stored(*chunks);
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
    store_statistics(stats::Timeline::Until::kEnd);
}

void TraceRecorder::store_statistics(stats::Timeline::Until until) {
    const auto seconds =
        options_.statistics ? options_.statistics(until) : std::vector<store::StatisticsSecond>();
    if (seconds.empty()) {
        return;
    }
    const auto written =
        writer_.write([&] { return store_.add_statistics(options_.run_id, seconds); },
                      [this](const Error& error) { return note(error); });
    if (!written) {
        base::log_error("{} seconds of the statistics of {} are lost: {}", seconds.size(),
                        options_.run_id, written.error().message());
    } else {
        state_.with([](auto& state) { state.trouble.clear(); });
    }
}

/// The store has failed and is tried again.
PatientWriter::Retry TraceRecorder::note(const Error& error) {
    state_.with([&](auto& state) { state.trouble = error.message(); });
    return pause(kRetryPause) ? PatientWriter::Retry::kAgain : PatientWriter::Retry::kGiveUp;
}

/// What one read has taken is acknowledged only once it is stored, so no other read can hold what
/// is in the store.
void TraceRecorder::leave_out_stored(std::vector<coord::TraceChunk>& chunks) {
    std::set<std::string, std::less<>> ids;
    for (const auto& chunk : chunks) {
        for (const auto& trace : chunk.traces) {
            ids.emplace(trace.request_id);
        }
    }
    std::set<std::string, std::less<>> stored;
    const auto looked = store_.for_each_trace(options_.run_id, [&](const model::Trace& trace) {
        if (ids.contains(trace.request_id)) {
            stored.insert(trace.request_id);
        }
        return store::Visit::kContinue;
    });
    if (!looked) {
        base::log_warn("traces of {} may be there twice: {}", options_.run_id,
                       looked.error().message());
    }
    for (auto& chunk : chunks) {
        std::erase_if(chunk.traces,
                      [&](const auto& trace) { return stored.contains(trace.request_id); });
    }
}

void TraceRecorder::store_batch(std::vector<model::TraceRow>& batch) {
    if (batch.empty()) {
        return;
    }
    writing_since_.with([&](auto& since) { since = clock_.monotonic(); });
    const auto written =
        writer_.write([&] { return store_.add_trace_rows(batch, options_.run_id); },
                      [this](const Error& error) { return note(error); });
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
