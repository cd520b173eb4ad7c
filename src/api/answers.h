#pragma once

#include <string>
#include <string_view>

#include "api/message.h"
#include "base/result.h"
#include "model/json.h"

/// Answers in the forms of contract 6.
namespace galileo::api {

/// JSON as the original writes it.
Response json_answer(int status, const model::Json& value);

/// `{"title": ..., "description": ...}`; without the latter when it is empty.
Response error_answer(int status, std::string_view title, std::string_view description = {});

/// Without a body, as the original says 404 and 405.
Response empty_answer(int status);

/// What the caller can do about an error: 404 (empty), 400, 409, 413, 503 or 500.
Response answer_of(const Error& error);

/// What the HTTP server itself has to say: `application/problem+json` (RFC 9457).
Response problem_answer(int status, std::string_view title, std::string_view detail);

}  // namespace galileo::api
