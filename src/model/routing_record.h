#pragma once

#include <string>
#include <vector>

namespace galileo::model {

/// The hosts that serve one service, in order, with their weights (contract 1.1, 2.8). hosts and
/// weights have the same length.
struct RoutingRecord {
    std::string service;
    std::vector<std::string> hosts;  ///< `host[:port]`
    std::vector<double> weights;     ///< relative; weighted round robin truncates them to integers

    bool operator==(const RoutingRecord&) const = default;
};

}  // namespace galileo::model
