#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/request.h"
#include "http/request_rules.h"

namespace galileo::http {

/// Turns a client's parameters into a template, one key after the other. Private to the room.
/// Thread-compatible.
class TemplateBuilder {
  public:
    explicit TemplateBuilder(const TemplateOptions& options);

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
    Result<void> take_files(const Json& value);
    Result<void> take_json(const Json& value);
    Result<void> take_headers(const Json& value);
    Result<void> take_cookies(const Json& value);
    Result<void> take_timeout(const Json& value);
    Result<void> take_allow_redirects(const Json& value);
    Result<void> take_verify(const Json& value);
    static Result<void> take_stream(const Json& value);
    Result<void> take_auth(const Json& value);
    Result<void> take_cert(const Json& value);
    Result<void> take_proxies(const Json& value);
    static Result<void> take_hooks(const Json& value);

    [[nodiscard]] std::vector<Header>::iterator find_header(std::string_view name);
    void set_header(std::string name, std::string value);
    Result<void> add_body();
    Result<void> add_body_headers();
    void add_library_headers();
    void add_query(std::string_view query);

    const TemplateOptions options_;
    RequestTemplate request_;
    RequestRules rules_;
    std::vector<Header> headers_;
    std::string authorization_;
    Json data_;   ///< null, or what is not false in Python
    Json files_;  ///< the same
    Json json_;
    std::optional<std::string> body_;
    std::string body_type_;  ///< Content-Type of body_; empty: none
};

}  // namespace galileo::http
