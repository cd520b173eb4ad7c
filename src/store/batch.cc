#include "store/batch.h"

#include <cmath>

#include "model/utf8.h"
#include "store/columns.h"

namespace galileo::store {

bool storable(const model::TelemetryPoint& point) noexcept {
    return std::isfinite(point.timestamp) && std::isfinite(point.value);
}
bool storable(const model::Event& event) noexcept {
    return std::isfinite(event.timestamp);
}
bool storable(const model::TraceRow& trace) noexcept {
    return std::isfinite(trace.created) && std::isfinite(trace.sent) && std::isfinite(trace.done);
}
bool storable(const StatisticsSecond& second) noexcept {
    return std::isfinite(second.timestamp);
}

bool storable(const NodeInfo& /*info*/) noexcept {
    return true;
}

std::string_view BatchTexts::name(std::string_view text, std::size_t characters) {
    const std::string_view cleaned = clean(text);
    if (!exceeds_characters(cleaned, characters)) {
        return cleaned;
    }
    ++report_->over_long;
    return over_long_ == OverLong::kCut ? cut_to_characters(cleaned, characters) : cleaned;
}

std::string_view BatchTexts::text(std::string_view text) {
    const std::string_view cleaned = clean(text);
    if (cleaned.size() <= kTextBytes) {
        return cleaned;
    }
    ++report_->over_long;
    return over_long_ == OverLong::kCut ? cut_to_bytes(cleaned, kTextBytes) : cleaned;
}

std::string_view BatchTexts::clean(std::string_view text) {
    if (model::is_utf8(text)) {
        return text;
    }
    ++report_->repaired;
    return repaired_.emplace_back(model::to_utf8(text));
}

}  // namespace galileo::store
