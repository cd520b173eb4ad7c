#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace galileo::base {

void assertion_failed(const char* expression, const char* file, int line) noexcept {
    std::fprintf(stderr, "galileo: broken promise at %s:%d: %s\n", file, line, expression);
    std::abort();
}

}  // namespace galileo::base
