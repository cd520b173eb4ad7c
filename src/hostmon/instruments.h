#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string_view>

#include "hostmon/host.h"
#include "hostmon/instrument.h"

namespace galileo::hostmon {

/// A line of the table of all instruments.
struct InstrumentKind {
    std::string_view name;             ///< as in `telemd_period_<name>`
    std::chrono::milliseconds period;  ///< between samples, unless something else is said
    std::string_view measures;         ///< for people: `busy time of all CPUs, percent`
    /// A new one, which must not outlive `host`.
    std::unique_ptr<Instrument> (*make)(Host& host);
};

/// All of them, in order of name.
std::span<const InstrumentKind> instrument_kinds() noexcept;

/// The one of this name, or null.
const InstrumentKind* find_instrument(std::string_view name) noexcept;

}  // namespace galileo::hostmon
