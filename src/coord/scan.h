#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "redis/client.h"

namespace galileo::coord {

/// The keys that match a glob pattern, sorted and each once, found without stopping Redis for long
/// (SCAN). A key that appears or goes meanwhile may be missing or there. kProtocol when the answer
/// is not one of SCAN.
Result<std::vector<std::string>> scan_keys(redis::Client& client, std::string_view pattern);

}  // namespace galileo::coord
