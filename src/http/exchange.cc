#include "http/exchange.h"

namespace galileo::http {

std::string_view to_string(Failure failure) noexcept {
    switch (failure) {
        case Failure::kNone:
            return "none";
        case Failure::kDns:
            return "dns";
        case Failure::kRefused:
            return "refused";
        case Failure::kConnect:
            return "connect";
        case Failure::kTls:
            return "tls";
        case Failure::kTimeout:
            return "timeout";
        case Failure::kClosed:
            return "closed";
        case Failure::kMalformed:
            return "malformed";
        case Failure::kTooLarge:
            return "too_large";
        case Failure::kRedirects:
            return "redirects";
        case Failure::kNoRoute:
            return "no_route";
        case Failure::kRequest:
            return "request";
        case Failure::kCancelled:
            return "cancelled";
    }
    return "unknown";
}

}  // namespace galileo::http
