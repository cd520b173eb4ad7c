#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace galileo::apps {

/// One request to a repository. A value.
struct HttpCall {
    std::string method = "GET";
    std::string url;
    std::string token;  ///< sent as `Authorization: Bearer`; empty: none
    std::string body;
    std::size_t answer_bytes_max = 0;
    std::chrono::nanoseconds patience{};  ///< from connecting to the last byte
};

struct HttpAnswer {
    int status = -1;
    std::string body;
};

/// Makes it, on a loop of its own. Blocks. kUnavailable: no answer, with the reason; kExhausted: it
/// is too long; kProtocol: it is coded; kInvalidInput: the URL.
Result<HttpAnswer> call_http(const HttpCall& call, base::Clock& clock);

}  // namespace galileo::apps
