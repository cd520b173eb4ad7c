#pragma once

#include <string_view>

#include "base/result.h"
#include "http/exchange.h"

namespace galileo::http {

/// Statuses that python-requests follows when they come with a Location: 301, 302, 303, 307, 308.
bool is_redirect(int status) noexcept;

/// The request that follows `request` after an answer with this status and head (which names a
/// Location), as python-requests makes it (contract 2.10): 303 and 302 turn everything but HEAD
/// into GET, 301 only POST; all three lose the body; 307 and 308 keep method and body.
/// Authorization stays behind when the place changes, a Cookie header always; the cookies of the
/// parameters and those that answers have set go along. Proxy and `.netrc` are asked again.
/// kInvalidInput when the Location leads nowhere that can be followed.
Result<RenderedRequest> redirect(const RenderedRequest& request, int status, std::string_view head);

}  // namespace galileo::http
