#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/doctor_facts.h"

namespace galileo::cli {

enum class Verdict : std::uint8_t {
    kOk,
    kWarning,  ///< works, with a limit that should be known
    kFailure,  ///< something will not work
};
/// `ok`, `warn`, `FAIL`.
std::string_view to_string(Verdict verdict) noexcept;

struct Check {
    std::string name;
    Verdict verdict = Verdict::kOk;
    std::string detail;  ///< what was found
    std::string fix;     ///< what to do about it; empty when the verdict is kOk
};

/// Judges the facts: one check each, in the order in which they are shown. Pure.
std::vector<Check> diagnose(const Facts& facts);

}  // namespace galileo::cli
