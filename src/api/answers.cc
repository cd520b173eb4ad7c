#include "api/answers.h"

#include "base/log.h"

namespace galileo::api {

Response json_answer(int status, const model::Json& value) {
    Response response;
    response.status = status;
    response.headers = {{"content-type", "application/json"}};
    response.body = model::to_python_json(value);
    return response;
}

Response error_answer(int status, std::string_view title, std::string_view description) {
    model::Json body = {{"title", title}};
    if (!description.empty()) {
        body["description"] = description;
    }
    Response response = json_answer(status, body);
    response.headers.push_back({"vary", "Accept"});
    return response;
}

Response empty_answer(int status) {
    Response response;
    response.status = status;
    return response;
}

Response answer_of(const Error& error) {
    switch (error.code()) {
        case ErrorCode::kNotFound:
            return empty_answer(404);
        case ErrorCode::kInvalidInput:
            return error_answer(400, "Invalid request", error.message());
        case ErrorCode::kConflict:
            return error_answer(409, "Conflict", error.message());
        case ErrorCode::kUnavailable:
        case ErrorCode::kTimeout:
        case ErrorCode::kExhausted:
            base::log_warn("answered with 503: {}", error.message());
            return error_answer(503, "Service unavailable", error.message());
        default:
            base::log_error("answered with 500: {}", error.message());
            return error_answer(500, "500 Internal Server Error", error.message());
    }
}

Response problem_answer(int status, std::string_view title, std::string_view detail) {
    const model::Json body = {
        {"type", "about:blank"}, {"title", title}, {"status", status}, {"detail", detail}};
    Response response;
    response.status = status;
    response.headers = {{"content-type", "application/problem+json"}};
    response.body = model::to_python_json(body);
    return response;
}

}  // namespace galileo::api
