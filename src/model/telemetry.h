#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace galileo::model {

/// One sample of a host's telemetry (contract 4.6).
struct TelemetryPoint {
    double timestamp = 0;  ///< epoch seconds
    std::string node;
    std::string metric;
    std::optional<std::string> subsystem;
    double value = 0;  ///< finite

    bool operator==(const TelemetryPoint&) const = default;
};

/// Reads a message from channel `telem/<node>/<metric>[/<subsystem>]`. Repairs a fraction of fewer
/// than nine digits, which telemd writes without zero padding; a value with exactly six decimals
/// gives telemd away, other senders' timestamps are read as they stand. The words that some agents
/// send for `status` become 1 (`true`) or 0. kInvalidInput for anything else, NaN and infinities
/// included.
Result<TelemetryPoint> parse_telemetry(std::string_view channel, std::string_view payload);

}  // namespace galileo::model
