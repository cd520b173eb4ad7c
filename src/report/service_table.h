#pragma once

#include <chrono>
#include <cstdint>

#include "report/text.h"
#include "stats/interval.h"

namespace galileo::report {

/// Of a number of failures.
inline Style failure_style(std::uint64_t failed) noexcept {
    return failed > 0 ? Style::kBad : Style::kPlain;
}

/// A table of what each service did in `length`, and all together when they are several: requests,
/// rate, failures and percentiles from the intended start. Nothing when there is no service.
void draw_services(Page& page, const stats::Snapshot& snapshot, std::chrono::nanoseconds length);

}  // namespace galileo::report
