#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/request.h"

namespace galileo::http {

/// Turns a client's parameters into a template, one key after the other. Private to the room.
/// Thread-compatible.
class TemplateBuilder {
  public:
    TemplateBuilder();

    Result<void> take_parameters(const model::Json& parameters);
    Result<RequestTemplate> build();

  private:
    using Json = model::Json;
    using Header = std::pair<std::string, std::string>;

    Result<void> take_argument(const std::string& key, const Json& value);
    Result<void> take_method(const Json& value);
    Result<void> take_path(const Json& value);
    Result<void> take_params(const Json& value);
    Result<void> take_data(const Json& value);
    Result<void> take_json(const Json& value);
    Result<void> take_headers(const Json& value);
    Result<void> take_cookies(const Json& value);
    Result<void> take_timeout(const Json& value);
    Result<void> take_allow_redirects(const Json& value);
    Result<void> take_verify(const Json& value);
    static Result<void> take_stream(const Json& value);
    static Result<void> take_auth(const Json& value);
    static Result<void> take_unsupported(const Json& value);

    [[nodiscard]] std::vector<Header>::iterator find_header(std::string_view name);
    void set_header(std::string name, std::string value);
    Result<void> add_body_headers();
    void add_query(std::string_view query);

    RequestTemplate request_;
    std::vector<Header> headers_;
    std::string cookie_;
    std::optional<std::string> data_;  ///< absent: no body from `data`
    std::optional<std::string> json_;
    std::string data_type_;  ///< Content-Type of data_; empty: none
};

}  // namespace galileo::http
