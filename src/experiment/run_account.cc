#include "experiment/run_account.h"

#include <algorithm>

#include "base/base64.h"

namespace galileo::experiment {

std::uint64_t traces_shipped(const control::RunSession& session) {
    std::uint64_t shipped = 0;
    for (const auto& worker : session.workers()) {
        shipped += worker.account ? worker.account->traces_shipped
                                  : session.reported(worker.name).total().completed;
    }
    return shipped;
}

std::function<std::vector<store::StatisticsSecond>(stats::Timeline::Until)> statistics_of(
    control::RunSession& session) {
    return [&session](stats::Timeline::Until until) {
        std::vector<store::StatisticsSecond> rows;
        for (const auto& second : session.take_seconds(until)) {
            rows.push_back(
                {base::to_epoch_seconds(second.start), base::to_base64(second.content.snapshot)});
        }
        return rows;
    };
}

recorder::RequestAccount account_of(const control::RunSession& session,
                                    const recorder::RecordedTraces& traces) {
    const auto total = session.total().total();
    recorder::RequestAccount account;
    account.sent = total.sent;
    account.completed = total.completed;
    account.stored = traces.stored;
    account.lost_reasons.insert(traces.lost_reasons.begin(), traces.lost_reasons.end());
    for (const auto& worker : session.workers()) {
        if (worker.account) {
            for (const auto& [reason, count] : worker.account->lost_reasons) {
                account.lost_reasons[reason] += count;
            }
        }
    }
    if (account.stored > account.completed) {
        account.sent += account.stored - account.completed;
        account.completed = account.stored;
    }
    account.lost = account.completed - account.stored;
    std::uint64_t explained = 0;
    for (const auto& [reason, count] : account.lost_reasons) {
        explained += count;
    }
    if (account.lost > explained) {
        const auto& workers = session.workers();
        const auto lost = std::find_if(workers.begin(), workers.end(),
                                       [](const auto& worker) { return worker.lost; });
        account.lost_reasons[lost == workers.end() ? "not received"
                                                   : "worker " + lost->name + " was lost"] +=
            account.lost - explained;
    }
    return account;
}

}  // namespace galileo::experiment
