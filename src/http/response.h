#pragma once

#include <string>
#include <string_view>

#include "model/json.h"

namespace galileo::http {

/// Turns a raw response head (Exchange::head) into the text a trace stores: a JSON object of the
/// header fields in order, original case, duplicates joined with ", ", written as Python's
/// json.dumps does (contract 2.3). Bytes are read as ISO-8859-1, as python-requests does.
std::string headers_to_json(std::string_view head);

/// Decodes a captured body for the trace: undoes gzip and deflate (a body cut short yields what can
/// be decoded, `limit` bytes at the most), then turns it into UTF-8 by the charset of Content-Type
/// (contract 2.10), and trims white space at both ends.
std::string decode_body(std::string_view head, std::string_view body, std::size_t limit);

/// The value of the first header field with this name (any case); empty when there is none.
std::string_view find_header(std::string_view head, std::string_view name);

}  // namespace galileo::http
