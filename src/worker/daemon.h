#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "worker/options.h"

namespace galileo::worker {

/// A worker: the engine and its coordination through Redis (contract 2). Registered and listening
/// from start() to the destructor, which signs off: it ends all clients, ships their traces and
/// leaves no key behind. Reconnects by itself when Redis goes away and registers again. Used by one
/// thread; thread-compatible.
class WorkerDaemon {
  public:
    /// kUnavailable, kDenied: Redis; kConflict: another live worker has this name; kInvalidInput,
    /// kExhausted: options and limits. `clock` must outlive it.
    static Result<std::unique_ptr<WorkerDaemon>> start(const WorkerOptions& options,
                                                       base::Clock& clock);
    ~WorkerDaemon();
    WorkerDaemon(const WorkerDaemon&) = delete;
    WorkerDaemon& operator=(const WorkerDaemon&) = delete;

    /// Housekeeping; call it several times a second.
    void tick();

  private:
    struct Parts;
    explicit WorkerDaemon(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace galileo::worker
