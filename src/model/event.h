#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace galileo::model {

/// Something that happened during an experiment (contract 4.5).
struct Event {
    double timestamp = 0;              ///< epoch seconds
    std::string name;                  ///< not empty, no spaces
    std::optional<std::string> value;  ///< may contain spaces

    bool operator==(const Event&) const = default;
};

/// `<timestamp> <name>` or `<timestamp> <name> <value>`, the payload on the channel
/// `galileo/events`. An empty value leaves a trailing space, an absent one does not.
std::string to_event_line(const Event& event);
/// kInvalidInput for fewer than two words or a timestamp that is not a finite number.
Result<Event> parse_event_line(std::string_view line);

}  // namespace galileo::model
