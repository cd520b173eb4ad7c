#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "redis/client.h"

namespace galileo::coord {

/// The nodes on which telemd listens for commands at this moment (contract 4.6), in order of name.
Result<std::vector<std::string>> telemetry_nodes(redis::Client& client);

/// What a node says about itself: arch, cpus, ram, ... Empty when it says nothing.
Result<std::map<std::string, std::string>> telemetry_node_info(redis::Client& client,
                                                               std::string_view node);

}  // namespace galileo::coord
