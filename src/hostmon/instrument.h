#pragma once

#include <functional>
#include <string_view>

#include "base/result.h"

namespace galileo::hostmon {

/// One measurement. The views are valid during the call that hands it over only.
struct Sample {
    std::string_view metric;     ///< `cpu`, `rx`, ...
    std::string_view subsystem;  ///< device, container, ...; empty: none
    double value = 0;            ///< finite; its unit depends on the metric: docs/metrics.md
};

using Emit = std::function<void(const Sample&)>;

/// Measures one aspect of this host. Rates are averages since the call before, so the first call
/// emits none. Thread-compatible.
class Instrument {
  public:
    virtual ~Instrument() = default;

    /// Emits what there is now; blocks for some microseconds. kNotFound: this host has nothing of
    /// the kind, which may change: a later call may succeed. Any other error: it has, but it could
    /// not be read or understood. What was emitted before an error is right all the same.
    virtual Result<void> sample(const Emit& emit) = 0;
};

}  // namespace galileo::hostmon
