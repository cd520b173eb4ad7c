#include "base/fd.h"

#include <unistd.h>

namespace galileo::base {

void UniqueFd::reset(int fd) noexcept {
    if (fd_ >= 0) {
        ::close(fd_);  // the descriptor is gone even on EINTR (Linux), so there is nothing to retry
    }
    fd_ = fd;
}

}  // namespace galileo::base
