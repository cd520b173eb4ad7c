#include "recorder/request_account.h"

namespace galileo::recorder {

model::Json to_json(const RequestAccount& account) {
    model::Json reasons = model::Json::object();
    for (const auto& [reason, count] : account.lost_reasons) {
        reasons[reason] = count;
    }
    return {{"sent", account.sent},
            {"completed", account.completed},
            {"traces", account.stored},
            {"lost", account.lost},
            {"lost_reasons", std::move(reasons)}};
}

}  // namespace galileo::recorder
