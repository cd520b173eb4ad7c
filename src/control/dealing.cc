#include "control/dealing.h"

#include <fmt/format.h>

#include <algorithm>

namespace galileo::control {

namespace {

bool has_all(const Labels& labels, const Labels& wanted) {
    return std::all_of(wanted.begin(), wanted.end(), [&](const auto& label) {
        const auto found = labels.find(label.first);
        return found != labels.end() && found->second == label.second;
    });
}

std::string to_text(const Labels& labels) {
    std::string text;
    for (const auto& [name, value] : labels) {
        text += fmt::format("{}{}={}", text.empty() ? "" : ", ", name, value);
    }
    return text.empty() ? "no labels" : text;
}

Error nobody_matches(const RunWorkload& workload, const std::vector<Candidate>& workers) {
    std::string there;
    for (const auto& worker : workers) {
        there += fmt::format("{}{} ({})", there.empty() ? "" : "; ", worker.name,
                             to_text(worker.labels));
    }
    return Error(ErrorCode::kNotFound,
                 fmt::format("workload {}: no worker has the labels {}; there are: {}",
                             workload.whole.workload, to_text(workload.labels),
                             there.empty() ? "none" : there));
}

}  // namespace

Result<std::map<std::string, coord::PrepareRun>> deal_out(const RunRequest& request,
                                                          const std::vector<Candidate>& workers) {
    std::map<std::string, coord::PrepareRun> parts;
    std::map<std::string, std::uint64_t> load;
    for (const auto& workload : request.workloads) {
        std::vector<const Candidate*> matching;
        for (const auto& worker : workers) {
            if (has_all(worker.labels, workload.labels)) {
                matching.push_back(&worker);
            }
        }
        if (matching.empty()) {
            return nobody_matches(workload, workers);
        }
        std::stable_sort(matching.begin(), matching.end(),
                         [&](const auto* left, const auto* right) {
                             return load[left->name] < load[right->name];
                         });
        const std::uint64_t clients = workload.whole.clients_in_all;
        const std::uint64_t shares = std::min<std::uint64_t>(matching.size(), clients);
        for (std::uint64_t index = 0; index < shares; ++index) {
            auto part = workload.whole;
            part.first_client = index;
            part.client_stride = shares;
            part.clients = clients / shares + (index < clients % shares ? 1 : 0);
            load[matching[index]->name] += part.clients;
            parts[matching[index]->name].workloads.push_back(std::move(part));
        }
    }
    std::uint64_t index = 0;
    for (auto& [name, part] : parts) {
        part.run_id = request.run_id;
        part.seed = request.seed;
        part.trace_sink = request.trace_sink;
        part.body_limit = request.body_limit;
        part.keep_alive = request.keep_alive;
        if (request.connections > 0) {
            const std::uint64_t share = request.connections / parts.size() +
                                        (index < request.connections % parts.size() ? 1 : 0);
            part.connections = std::max<std::uint64_t>(share, 1);
        }
        ++index;
    }
    return parts;
}

}  // namespace galileo::control
