#include "worker/trace_shipper.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "worker/trace_targets.h"

namespace galileo::worker {

namespace {

constexpr std::size_t kTurn =
    4'096;  // traces of one turn, so that commands wait milliseconds at the most
constexpr std::size_t kStep =
    128;  // traces between two looks at the journals: what comes in one goes beyond their limit
constexpr std::uint64_t kRingTraces =
    2'000'000;  // more than rings of 96 MiB hold: whoever is so far behind has passed them all
constexpr std::chrono::seconds kSayLossesEvery{5};
constexpr std::chrono::milliseconds kIdleWait{50};
constexpr std::chrono::milliseconds kFullWait{20};

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
      space_(options_.journal) {
    if (sink != nullptr) {
        sink_ = std::make_unique<TraceOutlet>(
            TraceOutlet::Options{"clients without a run", options_.worker, options_.flush,
                                 options_.give_up},
            space_, sink_target(std::move(sink)), clock_);
    }
    thread_ = std::thread([this] { run_thread(); });
}

TraceShipper::~TraceShipper() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
    reader_.flush();
    drain();
    if (sink_ != nullptr) {
        sink_->close(TraceOutlet::Closing::kShipAll);
    }
}

void TraceShipper::open_run(const std::string& run_id, std::size_t body_limit, RunKind kind) {
    const std::lock_guard lock(mutex_);
    last_run_ = nullptr;
    auto& run = runs_[run_id];
    run.outlet = std::make_unique<TraceOutlet>(
        TraceOutlet::Options{
            .name = "run " + run_id, .worker = options_.worker, .give_up = options_.give_up},
        space_, stream_target(redis_, run_id, options_.worker, options_.max_backlog), clock_);
    run.body_limit = body_limit;
    run.kind = kind;
}

std::optional<ShippedTraces> TraceShipper::close_run(const std::string& run_id,
                                                     TraceOutlet::Closing how) {
    {
        const std::lock_guard lock(mutex_);
        const auto found = runs_.find(run_id);
        if (found == runs_.end()) {
            return ShippedTraces{};
        }
        Run& run = found->second;
        if (run.closed && how == TraceOutlet::Closing::kGiveUp) {
            run.outlet->close(how);
        }
        if (auto outcome = run.outlet->outcome()) {
            outcome->paused = run.paused;
            last_run_ = nullptr;
            runs_.erase(found);
            return outcome;
        }
        if (run.closing) {
            return std::nullopt;
        }
    }
    reader_.flush();
    const std::lock_guard lock(mutex_);
    if (const auto found = runs_.find(run_id); found != runs_.end()) {
        found->second.closing = true;
        found->second.closing_since = clock_.monotonic();
        found->second.visited_before = visited_;
    }
    return std::nullopt;
}

ShippedTraces TraceShipper::wait_for_run(const std::string& run_id, TraceOutlet::Closing how) {
    for (;;) {
        if (const auto outcome = close_run(run_id, how)) {
            return *outcome;
        }
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, kFullWait);
    }
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

std::uint64_t TraceShipper::lost() const {
    return sink_ == nullptr ? 0 : sink_->lost();
}

void TraceShipper::run_thread() {
    for (;;) {
        reader_.wait(kIdleWait);
        std::unique_lock lock(mutex_);
        if (stopping_) {
            return;
        }
        turn();
        if (!has_room()) {  // wait() would return at once
            changed_.wait_for(lock, kFullWait, [this] { return stopping_; });
        }
    }
}

void TraceShipper::turn() {
    const bool all_taken = visit(kTurn);
    for (auto& [run_id, run] : runs_) {
        if (!run.closed) {
            run.outlet->turn();
        }
    }
    if (sink_ != nullptr) {
        sink_->turn();
    }
    close_outlets(all_taken);
    report_losses();
}

/// Of runs, the account says the same.
void TraceShipper::report_losses() {
    const auto lost = reader_.lost();
    const auto now = clock_.monotonic();
    if (lost > lost_said_ && now - lost_said_at_ > kSayLossesEvery) {
        base::log_error("{} traces are lost: the memory for traces is full", lost - lost_said_);
        lost_said_ = lost;
        lost_said_at_ = now;
    }
}

/// True when the rings had no more.
bool TraceShipper::visit(std::size_t most) {
    for (std::size_t visited = 0; visited < most; visited += kStep) {
        if (!has_room()) {
            return false;
        }
        const auto count =
            reader_.visit(kStep, [this](const engine::TraceView& view) { take(view); });
        visited_ += count;
        if (count < kStep) {
            return true;
        }
    }
    return false;
}

/// False while a journal takes no more: then traces stay in the rings.
bool TraceShipper::has_room() const {
    return (sink_ == nullptr || !sink_->full()) &&
           std::none_of(runs_.begin(), runs_.end(),
                        [](const auto& entry) { return entry.second.outlet->full(); });
}

/// Closes the outlets of runs that are closing, once they have all traces, or when there is no
/// hope that the rings will be read.
void TraceShipper::close_outlets(bool all_taken) {
    for (auto& [run_id, run] : runs_) {
        if (!run.closing || run.closed) {
            continue;
        }
        const bool passed = all_taken || visited_ - run.visited_before > kRingTraces;
        if (passed || (!has_room() && clock_.monotonic() - run.closing_since > options_.give_up)) {
            run.closed = true;
            last_run_ = nullptr;
            run.outlet->close(TraceOutlet::Closing::kShipAll);
        } else if (has_room()) {
            run.closing_since = clock_.monotonic();
        }
    }
}

void TraceShipper::take(const engine::TraceView& view) {
    if (view.run_id.empty()) {
        if (sink_ != nullptr && !paused_) {
            sink_->append(transcriber_.row(view, options_.body_limit));
        }
        return;
    }
    if (last_run_ == nullptr || last_run_id_ != view.run_id) {
        const auto found = runs_.find(view.run_id);
        if (found == runs_.end() || found->second.closed) {
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
    const auto& row = transcriber_.row(view, run.body_limit);
    run.outlet->append(row);
    if (run.kind == RunKind::kOpen && options_.sink_for_open_runs && sink_ != nullptr) {
        sink_->append(row);
    }
}

/// Takes everything from the rings, as far as the journals have room.
void TraceShipper::drain() {
    while (!visit(kTurn) && has_room()) {
    }
}

}  // namespace galileo::worker
