#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/json.h"
#include "model/routing_record.h"

namespace galileo::cli {

/// A host of a record, as it is typed.
struct HostWeight {
    std::string host;
    double weight = 1;
};
/// Reads `HOST=WEIGHT`, or `HOST` with the weight 1. kInvalidInput says what is wrong.
Result<HostWeight> parse_host_weight(std::string_view text);
/// Reads a weight: a number of 0 or more.
Result<double> parse_weight(std::string_view text);

/// The table as the original's `rtbl` prints it (contract 7), the last line without a line end.
std::string routing_table(const std::vector<model::RoutingRecord>& records);

/// One record with the share of each host, for people: `checkout   node-a:8080  3  60.0 %`. Shares
/// are those of weighted round robin, which cuts weights to whole numbers.
std::string routing_record(const model::RoutingRecord& record);

/// `{"service", "hosts": [{"host", "weight", "share"}]}`; share is null when all weights are 0.
model::Json routing_json(const model::RoutingRecord& record);

/// What is odd about a valid record: weights that are cut, a host that stands twice, or no host
/// that gets requests. Empty: nothing.
std::string routing_warning(const model::RoutingRecord& record);

}  // namespace galileo::cli
