#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/json.h"

/// JSON values of a client's parameters as Python would treat them. Private to the room. Pure
/// functions; thread-safe.
namespace galileo::http {

/// kInvalidInput: `what is VALUE, not ALLOWED`, long values cut.
Error wrong(std::string_view what, const model::Json& given, std::string_view allowed);

/// What Python takes for false.
bool is_falsy(const model::Json& value);

/// Whether it is `{"__bytes__": ...}`, JSON's stand-in for Python's bytes.
bool is_bytes(const model::Json& value);

/// Whether as_text() takes it.
bool holds_text(const model::Json& value);

/// A string as UTF-8, or the bytes that `{"__bytes__": "<base64>"}` stands for. kInvalidInput for
/// anything else, with `what` as its name.
Result<std::string> as_text(std::string_view what, const model::Json& value);

/// The same, and numbers and booleans as Python's str() writes them.
Result<std::string> as_scalar_text(std::string_view what, const model::Json& value);

/// Fields of an object or a list of pairs, one after the other: `visit(name, text)` for each value
/// of each, as python-requests takes them apart: lists repeat the name, nulls are left out, an
/// object stands for its keys.
using FieldVisitor = std::function<void(const std::string& name, const std::string& text)>;
Result<void> for_each_form_field(std::string_view what,
                                 const model::Json& fields,
                                 const FieldVisitor& visit);

/// `a=1&b=2`, percent-encoded. kInvalidInput names the field that cannot be encoded.
Result<std::string> form_encode(std::string_view what, const model::Json& fields);

}  // namespace galileo::http
