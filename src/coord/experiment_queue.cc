#include "coord/experiment_queue.h"

#include <algorithm>
#include <array>

#include "base/log.h"
#include "coord/keys.h"
#include "coord/scan.h"
#include "model/queued_experiment.h"

namespace galileo::coord {

namespace {

/// The queues of old times are looked at this often.
constexpr std::chrono::nanoseconds kLongestWait = std::chrono::milliseconds(500);
constexpr int kDeadKept = 1'000;
constexpr std::array kQueues = {keys::kExperiments, keys::kOldExperiments, keys::kInstructions};

bool is_of(const std::string& item, const std::string& experiment_id) {
    const auto json = model::parse_json(item);
    const auto read = json ? model::queued_experiment_from_json(*json)
                           : Result<model::QueuedExperiment>(json.error());
    return read && read->experiment.id == experiment_id;
}

}  // namespace

Result<void> enqueue(redis::Client& client, const model::Json& item) {
    const auto reply =
        TRY_WITHIN(keys::kExperiments,
                   client.command({"LPUSH", keys::kExperiments, model::to_python_json(item)}));
    TRY(reply.integer());
    return {};
}

Result<bool> cancel_queued(redis::Client& client, const std::string& experiment_id) {
    bool cancelled = false;
    for (const auto queue : kQueues) {
        const auto reply = TRY_WITHIN(queue, client.command({"LRANGE", queue, "0", "-1"}));
        for (const auto& item : TRY(reply.texts())) {
            if (is_of(item, experiment_id)) {
                const auto removed = TRY(client.command({"LREM", queue, "1", item}));
                cancelled = TRY(removed.integer()) > 0 || cancelled;
            }
        }
    }
    return cancelled;
}

ExperimentQueue::ExperimentQueue(redis::Client& client, std::string daemon)
    : client_(client), daemon_(std::move(daemon)), in_work_(keys::experiments_in_work(daemon_)) {}

Result<std::optional<std::string>> ExperimentQueue::move(std::string_view from,
                                                         const std::string& to) {
    const auto reply = TRY_WITHIN(from, client_.command({"LMOVE", from, to, "RIGHT", "LEFT"}));
    return reply.optional_text();
}

Result<void> ExperimentQueue::execute(const std::vector<redis::Command>& commands) {
    for (const auto& reply : TRY(client_.transaction(commands))) {
        TRY(reply.check());
    }
    return {};
}

Result<std::optional<std::string>> ExperimentQueue::take(std::chrono::nanoseconds wait) {
    std::optional<Error> trouble;
    for (const auto queue : kQueues) {
        auto item = move(queue, in_work_);
        if (item && *item) {
            return item;
        }
        if (!item && item.error().code() != ErrorCode::kConflict) {
            return item;
        }
        if (!item) {
            trouble = item.error();
        }
    }
    if (trouble) {
        return *std::move(trouble);
    }
    const auto patience = std::min(wait, kLongestWait);
    const auto seconds = std::chrono::duration<double>(patience).count();
    const auto reply = TRY(client_.blocking_command(
        redis::Command{"BLMOVE", keys::kExperiments, in_work_, "RIGHT", "LEFT"}.arg(
            std::to_string(seconds)),
        patience));
    return reply.optional_text();
}

Result<std::vector<std::string>> ExperimentQueue::in_work() {
    auto items = TRY(TRY(client_.command({"LRANGE", in_work_, "0", "-1"})).texts());
    std::reverse(items.begin(), items.end());
    return items;
}

Result<void> ExperimentQueue::replace(const std::string& item, const std::string& now) {
    const std::vector<redis::Command> commands = {{"LREM", in_work_, "1", item},
                                                  {"LPUSH", in_work_, now}};
    return execute(commands);
}

Result<void> ExperimentQueue::done(const std::string& item) {
    TRY(TRY(client_.command({"LREM", in_work_, "1", item})).integer());
    return {};
}

Result<void> ExperimentQueue::put_back(const std::string& item) {
    const std::vector<redis::Command> commands = {{"LREM", in_work_, "1", item},
                                                  {"RPUSH", keys::kExperiments, item}};
    return execute(commands);
}

Result<void> ExperimentQueue::bury(const std::string& item, std::string_view reason, double now) {
    model::Json dead = model::Json::object();
    dead["item"] = item;
    dead["reason"] = reason;
    dead["time"] = now;
    dead["daemon"] = daemon_;
    const std::vector<redis::Command> commands = {
        {"LREM", in_work_, "1", item},
        {"LPUSH", keys::kDeadExperiments, model::to_python_json(dead)},
        redis::Command{"LTRIM", keys::kDeadExperiments, "0"}.arg(kDeadKept - 1)};
    return execute(commands);
}

Result<std::uint64_t> ExperimentQueue::adopt() {
    std::uint64_t adopted = 0;
    for (const auto& key : TRY(scan_keys(client_, keys::kExperimentsInWork))) {
        const auto daemon = std::string_view(key).substr(keys::kExperimentsInWorkPrefix.size());
        const auto lease = TRY(client_.command({"EXISTS", keys::daemon_lease(daemon)}));
        if (daemon == daemon_ || TRY(lease.integer()) > 0) {
            continue;
        }
        while (TRY(move(key, in_work_))) {
            ++adopted;
        }
    }
    return adopted;
}

}  // namespace galileo::coord
