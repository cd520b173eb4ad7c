#pragma once

#include "base/result.h"

namespace galileo::cli {

/// What every program of ours ends with (architecture 5.10).
enum class ExitCode : int {
    kSuccess = 0,         ///< done; for a run: passed
    kFailure = 1,         ///< anything that has no code of its own
    kUsage = 2,           ///< unknown command or flag, or a value that a flag does not take
    kThresholds = 99,     ///< the run ended, and a threshold failed
    kInvalidSpec = 104,   ///< the experiment file is wrong; nothing was started
    kAborted = 105,       ///< stopped by the user
    kUntrustworthy = 110  ///< the run ended, but its result cannot be trusted
};

/// The code for an error that ends a command: what the user typed wrongly is kUsage, a stop is
/// kAborted, the rest kFailure.
inline ExitCode exit_code_of(const Error& error) {
    switch (error.code()) {
        case ErrorCode::kInvalidInput:
            return ExitCode::kUsage;
        case ErrorCode::kCancelled:
            return ExitCode::kAborted;
        default:
            return ExitCode::kFailure;
    }
}

}  // namespace galileo::cli
