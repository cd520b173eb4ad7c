#pragma once

#include <string>
#include <string_view>

namespace galileo::http {

/// `bytes` as a gzip file of one member (RFC 1952), for Content-Encoding: gzip.
std::string gzip(std::string_view bytes);

}  // namespace galileo::http
