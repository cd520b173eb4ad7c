#include "model/event.h"

#include <fmt/format.h>

#include "model/json.h"
#include "model/text.h"

namespace galileo::model {

std::string to_event_line(const Event& event) {
    std::string line = python_float(event.timestamp);
    line += ' ';
    line += event.name;
    if (event.value) {
        line += ' ';
        line += *event.value;
    }
    return line;
}

Result<Event> parse_event_line(std::string_view line) {
    const auto name_at = line.find(' ');
    if (name_at == std::string_view::npos) {
        return Error(ErrorCode::kInvalidInput,
                     "event: expected '<timestamp> <name> [<value>]', got fewer than two words");
    }
    const auto timestamp = parse_finite(line.substr(0, name_at));
    if (!timestamp) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("event: '{}' is not a timestamp in epoch seconds",
                                 line.substr(0, std::min<std::size_t>(name_at, 40))));
    }
    const std::string_view rest = line.substr(name_at + 1);
    const auto value_at = rest.find(' ');
    Event event{.timestamp = *timestamp,
                .name = std::string(rest.substr(0, value_at)),
                .value = std::nullopt};
    if (event.name.empty()) {
        return Error(ErrorCode::kInvalidInput, "event: the name is empty");
    }
    if (value_at != std::string_view::npos) {
        event.value = std::string(rest.substr(value_at + 1));
    }
    return event;
}

}  // namespace galileo::model
