#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/request.h"

namespace galileo::http {

/// Which part of a URL is percent-encoded.
enum class UrlPart { kPath, kQuery };

/// Percent-encodes what may not stand in this part, as python-requests does: bytes outside the
/// part's characters become %XX, escapes of unreserved characters are undone, others are written in
/// upper case; a `%` that begins no escape makes all of them literal.
std::string encode_url_part(std::string_view text, UrlPart part);

/// Path and query (`/a b?c d#e`) as they go into a request line: encoded, dot segments removed (RFC
/// 3986, section 5.2.4), the fragment dropped, at least "/".
std::string encode_target(std::string_view path_and_query);

/// The URL that `reference` means on a page at `base` (RFC 3986, section 5.2.2); a user and
/// password in it are ignored.
Result<Url> resolve_reference(const Url& base, std::string_view reference);

/// Text as `application/x-www-form-urlencoded` writes it: space as `+`, unreserved characters kept.
void append_form_encoded(std::string& out, std::string_view text);

}  // namespace galileo::http
