#pragma once

#include <chrono>
#include <string>

#include "base/environment.h"
#include "base/result.h"

namespace galileo::store::influx {

/// Which InfluxDB 2, and how long to wait for it. A value.
struct InfluxOptions {
    std::string url = "http://localhost:8086";  ///< http or https, with a path where it has one
    std::string token = "my-token";             ///< never part of a message
    std::string organisation = "galileo";
    /// 16 hexadecimal digits; anything else: the server is asked for the organisation's.
    std::string organisation_id = "org-id";
    /// How long a call waits for its answer, 1 ms or more.
    std::chrono::milliseconds timeout{10'000};

    /// Reads galileo_expdb_influxdb_url, _token, _timeout (ms), _org and _org_id; the defaults are
    /// the original's. kInvalidInput names the variable, what was given and what is allowed.
    static Result<InfluxOptions> from_environment(const base::Environment& environment);
};

}  // namespace galileo::store::influx
