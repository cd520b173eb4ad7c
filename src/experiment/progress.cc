#include "experiment/progress.h"

namespace galileo::experiment {

std::string_view to_string(RunState state) noexcept {
    switch (state) {
        case RunState::kPreparing:
            return "preparing";
        case RunState::kRunning:
            return "running";
        case RunState::kDraining:
            return "draining";
        case RunState::kFinished:
            return "finished";
        case RunState::kFailed:
            return "failed";
    }
    return "unknown";
}

std::string_view to_string(RunStatus status) noexcept {
    switch (status) {
        case RunStatus::kPassed:
            return "passed";
        case RunStatus::kFailed:
            return "failed";
        case RunStatus::kAborted:
            return "aborted";
        case RunStatus::kUntrusted:
            return "untrusted";
    }
    return "unknown";
}

}  // namespace galileo::experiment
