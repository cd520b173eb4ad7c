#include "coord/trace_lines.h"

#include <vector>

#include "coord/keys.h"

namespace galileo::coord {

Result<void> publish_trace_lines(redis::Client& client, std::span<const model::Trace> traces) {
    if (traces.empty()) {
        return {};
    }
    std::vector<redis::Command> commands;
    commands.reserve(traces.size());
    for (const auto& trace : traces) {
        commands.push_back({"PUBLISH", keys::kTraceLines, model::to_trace_line(trace)});
    }
    TRY(client.transaction(commands));
    return {};
}

}  // namespace galileo::coord
