#include "base/result.h"

#include <cerrno>
#include <system_error>

namespace galileo::base {

std::string_view to_string(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::kInvalidInput:
            return "invalid_input";
        case ErrorCode::kNotFound:
            return "not_found";
        case ErrorCode::kConflict:
            return "conflict";
        case ErrorCode::kUnavailable:
            return "unavailable";
        case ErrorCode::kTimeout:
            return "timeout";
        case ErrorCode::kExhausted:
            return "exhausted";
        case ErrorCode::kDenied:
            return "denied";
        case ErrorCode::kProtocol:
            return "protocol";
        case ErrorCode::kCancelled:
            return "cancelled";
        case ErrorCode::kInternal:
            return "internal";
    }
    return "unknown";
}

namespace {

ErrorCode code_of_errno(int number) {
    switch (number) {
        case ENOENT:
        case ESRCH:
            return ErrorCode::kNotFound;
        case EEXIST:
        case EADDRINUSE:
            return ErrorCode::kConflict;
        case EACCES:
        case EPERM:
        case EROFS:
            return ErrorCode::kDenied;
        case ENOMEM:
        case ENOSPC:
        case EDQUOT:
        case EMFILE:
        case ENFILE:
        case EADDRNOTAVAIL:
            return ErrorCode::kExhausted;
        case ETIMEDOUT:
            return ErrorCode::kTimeout;
        case ECONNREFUSED:
        case ECONNRESET:
        case ECONNABORTED:
        case EHOSTUNREACH:
        case ENETUNREACH:
        case EPIPE:
        case EAGAIN:
            return ErrorCode::kUnavailable;
        case EINVAL:
            return ErrorCode::kInvalidInput;
        case ECANCELED:
            return ErrorCode::kCancelled;
        default:
            return ErrorCode::kInternal;
    }
}

}  // namespace

Error errno_error(int number, std::string_view what) {
    return Error(code_of_errno(number),
                 std::string(what) + ": " + std::generic_category().message(number));
}

}  // namespace galileo::base
