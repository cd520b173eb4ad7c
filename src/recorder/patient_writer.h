#pragma once

#include <chrono>
#include <functional>

#include "base/clock.h"
#include "base/result.h"
#include "store/experiment_store.h"

namespace galileo::recorder {

/// Repeats a write that failed for a reason that may pass, until it succeeds or `patience` is over.
/// After that every further write gets one try, until one succeeds. Thread-compatible.
class PatientWriter {
  public:
    /// `clock` must outlive it.
    PatientWriter(base::Clock& clock, std::chrono::milliseconds patience)
        : clock_(clock), patience_(patience) {}

    enum class Retry { kAgain, kGiveUp };

    /// Calls `write`, and after each failure `failed`, which should wait a little and says whether
    /// to go on. Returns the last error when it gives up. For a full disk (kExhausted) there are
    /// 10 s at the most: it seldom becomes empty by waiting.
    Result<store::BatchReport> write(const std::function<Result<store::BatchReport>()>& write,
                                     const std::function<Retry(const Error&)>& failed);

  private:
    base::Clock& clock_;
    const std::chrono::milliseconds patience_;
    bool failing_ = false;  ///< the last write was given up
};

}  // namespace galileo::recorder
