#include "coord/bus.h"

#include "base/log.h"
#include "coord/keys.h"

namespace galileo::coord {

std::string EventBus::channel(std::string_view type) {
    return keys::bus(type);
}

Result<std::int64_t> EventBus::publish_text(std::string_view type, std::string_view payload) {
    return TRY(client_.command({"PUBLISH", keys::bus(type), payload})).integer();
}

void EventBus::reject(std::string_view channel_name, const Error& error) {
    ++rejected_;
    base::log_warn("{}: message dropped: {}", channel_name, error.message());
}

}  // namespace galileo::coord
