#include "worker/trace_shipper.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace galileo::worker {

namespace {

constexpr std::size_t kVisit =
    4'096;  // traces of one turn, so that commands wait milliseconds at the most
constexpr std::chrono::milliseconds kIdleWait{50};
constexpr std::chrono::milliseconds kChunkAge{200};  // a chunk that is not full leaves after this
constexpr std::chrono::milliseconds kBatchAge{
    200};  // recorders wait a little longer for the last one
constexpr std::chrono::milliseconds kRetryPause{500};

}  // namespace

TraceShipper::TraceShipper(Options options,
                           engine::TraceReader& reader,
                           redis::Client& redis,
                           base::Clock& clock,
                           std::unique_ptr<TraceSink> sink)
    : options_(std::move(options)),
      reader_(reader),
      redis_(redis),
      clock_(clock),
      sink_(std::move(sink)) {
    thread_ = std::thread([this] { run_thread(); });
}

TraceShipper::~TraceShipper() {
    stopping_ = true;
    thread_.join();
    reader_.flush();
    const std::lock_guard lock(mutex_);
    drain();
    if (!batch_.empty()) {
        lost_ += batch_.size();
        base::log_error("{} traces are lost: their sink failed until the end", batch_.size());
    }
}

void TraceShipper::open_run(const std::string& run_id, std::size_t body_limit, RunKind kind) {
    const std::lock_guard lock(mutex_);
    last_run_ = nullptr;
    auto& run = runs_[run_id];
    run.writer = std::make_unique<coord::TraceStreamWriter>(redis_, run_id, options_.worker);
    run.body_limit = body_limit;
    run.kind = kind;
}

ShippedTraces TraceShipper::close_run(const std::string& run_id) {
    reader_.flush();
    const std::lock_guard lock(mutex_);
    const auto found = runs_.find(run_id);
    if (found == runs_.end()) {
        return {};
    }
    Run& run = found->second;
    ShippedTraces result;
    const auto deadline = clock_.monotonic() + options_.give_up;
    Result<void> flushed;
    do {
        drain();
        flushed = run.writer->finish(run.appended);
    } while (!flushed && clock_.monotonic() < deadline);
    if (!flushed) {
        result.given_up = run.writer->pending_traces();
        result.reason = flushed.error().message();
        base::log_error("run {}: {} traces are lost: {}", run_id, result.given_up, result.reason);
    }
    result.shipped = run.appended - result.given_up;
    result.paused = run.paused;
    last_run_ = nullptr;
    runs_.erase(found);
    return result;
}

void TraceShipper::pause() {
    reader_.flush();
    const std::lock_guard lock(mutex_);
    drain();
    paused_ = true;
}

void TraceShipper::resume() {
    reader_.flush();  // what was completed while paused is dropped, not shipped late
    const std::lock_guard lock(mutex_);
    drain();
    paused_ = false;
}

void TraceShipper::run_thread() {
    while (!stopping_) {
        reader_.wait(kIdleWait);
        const std::lock_guard lock(mutex_);
        turn();
    }
}

void TraceShipper::turn() {
    if (may_take()) {
        reader_.visit(kVisit, [this](const engine::TraceView& view) { take(view); });
    }
    ship_runs(false);
    ship_batch(false);
}

/// False while a stream takes no more: then traces stay in the rings.
bool TraceShipper::may_take() {
    return std::none_of(runs_.begin(), runs_.end(),
                        [](const auto& entry) { return entry.second.full; });
}

void TraceShipper::take(const engine::TraceView& view) {
    if (view.run_id.empty()) {
        if (!paused_) {
            give_to_sink(transcriber_.row(view, options_.body_limit));
        }
        return;
    }
    if (last_run_ == nullptr || last_run_id_ != view.run_id) {
        const auto found = runs_.find(view.run_id);
        if (found == runs_.end()) {
            return;  // a run without a sink, or one that gave its last traces up
        }
        last_run_ = &found->second;
        last_run_id_ = found->first;
    }
    Run& run = *last_run_;
    if (run.kind == RunKind::kOpen && paused_) {
        ++run.paused;
        return;
    }
    if (run.writer->pending_traces() == 0) {
        run.oldest = clock_.monotonic();
    }
    const auto& row = transcriber_.row(view, run.body_limit);
    run.writer->append(row);
    ++run.appended;
    if (run.kind == RunKind::kOpen && options_.sink_for_open_runs) {
        give_to_sink(row);
    }
}

void TraceShipper::give_to_sink(const model::TraceRow& row) {
    if (sink_ == nullptr) {
        return;
    }
    if (batch_.empty()) {
        batch_since_ = clock_.monotonic();
    }
    batch_.push_back(model::trace_of(row));
}

void TraceShipper::ship_runs(bool everything) {
    for (auto& [run_id, run] : runs_) {
        const auto now = clock_.monotonic();
        if (!everything && run.full && now < retry_at_) {
            continue;
        }
        if (everything || run.full || run.writer->has_full_chunk() ||
            (run.writer->pending_traces() > 0 && now - run.oldest > kChunkAge)) {
            const auto flushed = run.writer->flush();
            if (!flushed) {
                base::log_warn("run {}: traces wait: {}", run_id, flushed.error().message());
            }
            run.full = !flushed || run.writer->backlog() > options_.max_backlog;
            retry_at_ = now + (flushed ? kRetryPause / 10 : kRetryPause);
        }
    }
}

void TraceShipper::ship_batch(bool everything) {
    const auto now = clock_.monotonic();
    const bool due = batch_.size() >= options_.flush || now - batch_since_ > kBatchAge;
    if (batch_.empty() || (!everything && (!due || now < retry_at_))) {
        return;
    }
    const auto written = sink_->write(batch_);
    if (written) {
        batch_.clear();
        return;
    }
    retry_at_ = now + kRetryPause;
    base::log_warn("{} traces wait: {}", batch_.size(), written.error().message());
    if (batch_.size() > options_.max_batch) {
        const auto excess = batch_.size() - options_.max_batch;
        lost_ += excess;
        batch_.erase(batch_.begin(), batch_.begin() + static_cast<std::ptrdiff_t>(excess));
        base::log_error("{} traces are lost: the sink has failed for too long", excess);
    }
}

void TraceShipper::drain() {
    while (reader_.visit(kVisit, [this](const engine::TraceView& view) { take(view); }) > 0) {
        ship_runs(false);
        ship_batch(false);
    }
    ship_runs(true);
    ship_batch(true);
}

}  // namespace galileo::worker
