#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/json.h"

namespace galileo::http {

/// A `multipart/form-data` body as python-requests makes it: first the fields of `data`, then the
/// files. `files` is an object or a list of pairs, name to content or to `[filename, content]`,
/// `[filename, content, content_type]` or `[filename, content, content_type, headers]`; a content
/// of null leaves the file out. Private to the room. kInvalidInput names what cannot be sent.
Result<std::string> multipart_body(const model::Json& data,
                                   const model::Json& files,
                                   std::string_view boundary);

}  // namespace galileo::http
