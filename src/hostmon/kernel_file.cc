#include "hostmon/kernel_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

namespace galileo::hostmon {

Error KernelFile::fail(int number) {
    fd_.reset();
    switch (number) {
        case ENODEV:      // a cgroup that was removed
        case ESRCH:       // a process that has ended
        case EOPNOTSUPP:  // pressure, in a kernel that was started with psi=0
        case ENOTDIR:
            return Error(ErrorCode::kNotFound, fmt::format("{}: not there any more", path_));
        default:
            return base::errno_error(number, path_);
    }
}

Result<std::string_view> KernelFile::read(ReadBuffer& buffer) {
    if (!fd_) {
        fd_.reset(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
        if (!fd_) {
            return fail(errno);
        }
    }
    std::size_t size = 0;
    while (size < ReadBuffer::kSize) {
        const auto got = ::pread(fd_.get(), buffer.data() + size, ReadBuffer::kSize - size,
                                 static_cast<off_t>(size));
        if (got == 0) {
            return std::string_view(buffer.data(), size);
        }
        if (got > 0) {
            size += static_cast<std::size_t>(got);
        } else if (errno != EINTR) {
            return fail(errno);
        }
    }
    return Error(ErrorCode::kExhausted,
                 fmt::format("{}: longer than {} bytes", path_, ReadBuffer::kSize));
}

}  // namespace galileo::hostmon
