#include "coord/telemetry_nodes.h"

#include <algorithm>

#include "coord/keys.h"
#include "coord/redis_calls.h"

namespace galileo::coord {

Result<std::vector<std::string>> telemetry_nodes(redis::Client& client) {
    auto nodes = TRY(texts_of(client, {"PUBSUB", "CHANNELS", keys::kAllTelemetryCommands}));
    for (auto& node : nodes) {
        node.erase(0, keys::kTelemetryCommandPrefix.size());
    }
    std::sort(nodes.begin(), nodes.end());
    return nodes;
}

Result<std::map<std::string, std::string>> telemetry_node_info(redis::Client& client,
                                                               std::string_view node) {
    return TRY(client.command({"HGETALL", keys::telemetry_info(node)})).text_map();
}

}  // namespace galileo::coord
