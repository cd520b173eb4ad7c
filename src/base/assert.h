#pragma once

namespace galileo::base {

/// Prints the broken promise to stderr and aborts. Never returns.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line) noexcept;

}  // namespace galileo::base

/// States what our own code promises; on in release builds too. Never reachable by user or network
/// input: those are errors, see base/result.h.
#define GALILEO_ASSERT(expression)       \
    ((expression) ? static_cast<void>(0) \
                  : ::galileo::base::assertion_failed(#expression, __FILE__, __LINE__))
