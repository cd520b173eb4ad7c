#include "coord/scan.h"

#include <set>

namespace galileo::coord {

Result<std::vector<std::string>> scan_keys(redis::Client& client, std::string_view pattern) {
    constexpr std::int64_t kOneAnswer = 1'000;
    std::set<std::string> found;
    std::string cursor = "0";
    do {
        const auto reply = TRY(client.command(
            redis::Command{"SCAN", cursor, "MATCH", pattern, "COUNT"}.arg(kOneAnswer)));
        if (reply.elements().size() != 2) {
            return Error(ErrorCode::kProtocol, "SCAN: want a cursor and keys");
        }
        cursor = TRY(reply.elements()[0].text());
        for (auto& key : TRY(reply.elements()[1].texts())) {
            found.insert(std::move(key));
        }
    } while (cursor != "0");
    return std::vector<std::string>(found.begin(), found.end());
}

}  // namespace galileo::coord
