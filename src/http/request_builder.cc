#include "http/request_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/base64.h"
#include "base/clock.h"
#include "base/ids.h"
#include "http/fields.h"
#include "http/form.h"
#include "http/latin1.h"
#include "http/multipart.h"
#include "http/url.h"

namespace galileo::http {

namespace {

using model::Json;

constexpr double kMaxTimeoutSeconds = 1e9;
constexpr std::size_t kBoundaryDigits = 32;
constexpr const char* kUserAgent = "galileo/" GALILEO_VERSION;

Result<std::string> header_value(const std::string& name, const Json& value) {
    const std::string what = fmt::format("header '{}'", name);
    if (!holds_text(value)) {
        return wrong(what, value, "a string or null");
    }
    const std::string given = TRY(as_text(what, value));
    const auto text = is_bytes(value) ? given : to_latin1(given);
    if (!text) {
        return wrong(what, value, "in ISO-8859-1");
    }
    const bool clean = std::all_of(text->begin(), text->end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return c == '\t' || (byte >= 0x20 && byte != 0x7f);
    });
    if (!clean || text->starts_with(' ') || text->starts_with('\t')) {
        return wrong(what, value, "free of line ends, control characters and leading spaces");
    }
    return *text;
}

bool holds_nan(const Json& value) {
    if (value.is_number_float()) {
        return !std::isfinite(value.get<double>());
    }
    return value.is_structured() && std::any_of(value.begin(), value.end(), holds_nan);
}

}  // namespace

TemplateBuilder::TemplateBuilder(const TemplateOptions& options)
    : options_(options),
      headers_{{"User-Agent", kUserAgent},
               {"Accept-Encoding", "gzip, deflate"},
               {"Accept", "*/*"},
               {"Connection", "keep-alive"}} {}

Result<void> TemplateBuilder::take_parameters(const Json& parameters) {
    if (parameters.is_null()) {
        return {};
    }
    if (!parameters.is_object()) {
        return wrong("client parameters", parameters, "an object");
    }
    for (const auto& [key, value] : parameters.items()) {
        if (value.is_null()) {
            continue;
        }
        if (key == "method") {
            TRY(take_method(value));
        } else if (key == "path") {
            TRY(take_path(value));
        } else if (key != "kwargs") {
            return Error(ErrorCode::kInvalidInput,
                         fmt::format("unknown client parameter '{}'; allowed are method, path, "
                                     "kwargs",
                                     key));
        }
    }
    // The path comes first: `params` go behind its query, wherever they stand.
    const auto arguments = parameters.find("kwargs");
    if (arguments == parameters.end() || arguments->is_null()) {
        return {};
    }
    if (!arguments->is_object()) {
        return wrong("kwargs", *arguments, "an object");
    }
    for (const auto& [key, value] : arguments->items()) {
        TRY_WITHIN("kwargs", take_argument(key, value));
    }
    return {};
}

Result<void> TemplateBuilder::take_argument(const std::string& key, const Json& value) {
    using Taker = Result<void> (*)(TemplateBuilder&, const Json&);
    struct Argument {
        std::string_view key;
        Taker take;
    };
    static constexpr std::array<Argument, 14> kArguments{{
        {"allow_redirects", [](auto& self, const Json& v) { return self.take_allow_redirects(v); }},
        {"auth", [](auto& self, const Json& v) { return self.take_auth(v); }},
        {"cert", [](auto& self, const Json& v) { return self.take_cert(v); }},
        {"cookies", [](auto& self, const Json& v) { return self.take_cookies(v); }},
        {"data", [](auto& self, const Json& v) { return self.take_data(v); }},
        {"files", [](auto& self, const Json& v) { return self.take_files(v); }},
        {"headers", [](auto& self, const Json& v) { return self.take_headers(v); }},
        {"hooks", [](auto& self, const Json& v) { return self.take_hooks(v); }},
        {"json", [](auto& self, const Json& v) { return self.take_json(v); }},
        {"params", [](auto& self, const Json& v) { return self.take_params(v); }},
        {"proxies", [](auto& self, const Json& v) { return self.take_proxies(v); }},
        {"stream", [](auto& self, const Json& v) { return self.take_stream(v); }},
        {"timeout", [](auto& self, const Json& v) { return self.take_timeout(v); }},
        {"verify", [](auto& self, const Json& v) { return self.take_verify(v); }},
    }};
    for (const Argument& argument : kArguments) {
        if (argument.key == key) {
            return argument.take(*this, value);
        }
    }
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("unknown key '{}'; allowed are allow_redirects, auth, cert, cookies, "
                             "data, files, headers, json, params, proxies, stream, timeout, verify",
                             key));
}

Result<void> TemplateBuilder::take_method(const Json& value) {
    if (!value.is_string() || !is_token(value.get_ref<const std::string&>())) {
        return wrong("method", value, "an HTTP method such as \"get\"");
    }
    request_.method_ = value.get<std::string>();
    for (char& c : request_.method_) {
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
    }
    return {};
}

Result<void> TemplateBuilder::take_path(const Json& value) {
    if (!value.is_string()) {
        return wrong("path", value, "a string");
    }
    std::string path = value.get<std::string>();
    if (!path.empty() && path[0] != '/' && path[0] != '?' && path[0] != '#') {
        return wrong("path", value, "a path that begins with '/'");
    }
    path.erase(std::min(path.find('#'), path.size()));
    request_.path_ = std::move(path);
    return {};
}

void TemplateBuilder::add_query(std::string_view query) {
    if (query.empty()) {
        return;
    }
    std::string& path = request_.path_;
    const std::size_t question = path.find('?');
    if (question == std::string::npos) {
        path += '?';
    } else if (question + 1 < path.size()) {
        path += '&';
    }
    path += query;
}

Result<void> TemplateBuilder::take_params(const Json& value) {
    if (is_falsy(value)) {
        return {};
    }
    if (holds_text(value)) {
        const std::string text = TRY(as_text("params", value));
        add_query(std::string_view(text).substr(0, text.find('#')));
        return {};
    }
    if (!value.is_structured()) {
        return wrong("params", value, "an object, a list of pairs or a string");
    }
    add_query(TRY(form_encode("params", value)));
    return {};
}

Result<void> TemplateBuilder::take_data(const Json& value) {
    data_ = is_falsy(value) ? Json() : value;
    return {};
}

Result<void> TemplateBuilder::take_files(const Json& value) {
    if (is_falsy(value)) {
        return {};
    }
    if (!value.is_structured()) {
        return wrong("files", value, "an object or a list of [name, file] pairs");
    }
    files_ = value;
    return {};
}

Result<void> TemplateBuilder::take_json(const Json& value) {
    if (holds_nan(value)) {
        return wrong("json", value, "JSON: NaN and Infinity cannot be sent");
    }
    json_ = value;
    return {};
}

std::vector<TemplateBuilder::Header>::iterator TemplateBuilder::find_header(std::string_view name) {
    return std::find_if(headers_.begin(), headers_.end(), [&](const Header& header) {
        std::string lower = header.first;
        for (char& c : lower) {
            c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
        }
        return equals_ignoring_case(name, lower);
    });
}

void TemplateBuilder::set_header(std::string name, std::string value) {
    const auto known = find_header(name);
    if (known == headers_.end()) {
        headers_.emplace_back(std::move(name), std::move(value));
    } else {
        *known = {std::move(name), std::move(value)};
    }
}

Result<void> TemplateBuilder::take_headers(const Json& value) {
    if (is_falsy(value)) {
        return {};
    }
    if (!value.is_object()) {
        return wrong("headers", value, "an object");
    }
    for (const auto& [name, text] : value.items()) {
        if (!is_token(name) || equals_ignoring_case(name, "transfer-encoding")) {
            return wrong("headers", value, fmt::format("usable: '{}' cannot be sent", name));
        }
        if (!text.is_null()) {
            set_header(name, TRY(header_value(name, text)));
        } else if (const auto known = find_header(name); known != headers_.end()) {
            headers_.erase(known);
        }
    }
    return {};
}

Result<void> TemplateBuilder::take_cookies(const Json& value) {
    if (is_falsy(value)) {
        return {};
    }
    if (!value.is_object()) {
        return wrong("cookies", value, "an object");
    }
    rules_.cookies.clear();
    for (const auto& [name, item] : value.items()) {
        if (!item.is_string() && !item.is_null()) {
            return wrong(fmt::format("cookie '{}'", name), item, "a string or null");
        }
        const std::string text = item.is_null() ? "" : item.get<std::string>();
        TRY(header_value("Cookie", item.is_null() ? name : name + '=' + text));
        Cookie cookie{.name = *to_latin1(name), .value = std::nullopt};
        if (!item.is_null()) {
            cookie.value = to_latin1(text);
        }
        rules_.cookies.push_back(std::move(cookie));
    }
    return {};
}

Result<void> TemplateBuilder::take_timeout(const Json& value) {
    if (value.is_null()) {
        return {};
    }
    const auto is_null = [](const Json& part) { return part.is_null(); };
    if (value.is_array() && value.size() == 2 && std::any_of(value.begin(), value.end(), is_null)) {
        return {};  // one of the two has no limit, so the whole has none
    }
    double seconds = value.is_number() ? value.get<double>() : 0;
    if (value.is_array() && value.size() == 2 && value[0].is_number() && value[1].is_number()) {
        seconds = value[0].get<double>() + value[1].get<double>();  // to connect and to read
    }
    if (!(seconds > 0 && seconds <= kMaxTimeoutSeconds)) {
        return wrong("timeout", value,
                     "a positive number of seconds or a list of two, to connect and to read");
    }
    request_.timeout_ = base::from_seconds(seconds);
    return {};
}

Result<void> TemplateBuilder::take_allow_redirects(const Json& value) {
    if (!value.is_boolean() && !value.is_null() && !value.is_number()) {
        return wrong("allow_redirects", value, "true or false");
    }
    request_.follow_redirects_ = !is_falsy(value);
    return {};
}

Result<void> TemplateBuilder::take_verify(const Json& value) {
    if (value.is_null()) {
        return {};
    }
    if (value.is_string() && value != Json("")) {
        request_.ca_file_ = value.get<std::string>();
        return {};
    }
    if (!value.is_boolean() && !value.is_number()) {
        return wrong("verify", value, "true, false or the path of CA certificates");
    }
    request_.verify_tls_ = !is_falsy(value);
    return {};
}

Result<void> TemplateBuilder::take_stream(const Json& value) {
    // The body is read to its end in any case.
    if (!value.is_boolean() && !value.is_null()) {
        return wrong("stream", value, "true or false");
    }
    return {};
}

Result<void> TemplateBuilder::take_auth(const Json& value) {
    if (is_falsy(value)) {
        return {};
    }
    // A tuple in Python; JSON has lists only.
    if (!value.is_array() || value.size() != 2) {
        return Error(ErrorCode::kInvalidInput,
                     "auth is not a list of user name and password, [\"user\", \"password\"]");
    }
    std::string text;
    for (const Json& part : value) {
        auto given = as_scalar_text("auth", part);
        const auto latin1 = given && !is_bytes(part) ? to_latin1(*given) : std::nullopt;
        if (!given || (!latin1 && !is_bytes(part))) {
            return Error(ErrorCode::kInvalidInput,
                         "auth: user name and password must be text in ISO-8859-1 or bytes");
        }
        text += &part == &value[0] ? "" : ":";
        text += latin1.value_or(*given);
    }
    authorization_ = "Basic " + base::to_base64(text);
    rules_.has_auth = true;
    return {};
}

Result<void> TemplateBuilder::take_cert(const Json& value) {
    if (is_falsy(value)) {
        return {};
    }
    const bool pair = value.is_array() && value.size() == 2;
    const Json& certificate = pair ? value[0] : value;
    if (!certificate.is_string() || (pair && !value[1].is_string())) {
        return wrong("cert", value, "the path of a PEM file or a list of two, certificate and key");
    }
    request_.certificate_ = certificate.get<std::string>();
    if (pair) {
        request_.key_ = value[1].get<std::string>();
    }
    return {};
}

Result<void> TemplateBuilder::take_proxies(const Json& value) {
    if (is_falsy(value)) {
        return {};
    }
    if (!value.is_object()) {
        return Error(ErrorCode::kInvalidInput,
                     "proxies is not an object such as {\"http\": \"http://host:port\"}");
    }
    for (const auto& [scheme, proxy] : value.items()) {
        if (proxy.is_null()) {
            rules_.without.push_back(scheme);
            continue;
        }
        if (!proxy.is_string()) {
            return wrong(fmt::format("proxy for '{}'", scheme), proxy, "a URL or null");
        }
        const auto& url = proxy.get_ref<const std::string&>();
        if (!url.empty() && scheme != "no_proxy") {
            TRY_WITHIN(fmt::format("proxy for '{}'", scheme), parse_proxy(url));
        }
        rules_.proxies[scheme] = url;
    }
    return {};
}

Result<void> TemplateBuilder::take_hooks(const Json& value) {
    if (is_falsy(value)) {
        return {};
    }
    return Error(ErrorCode::kInvalidInput, "hooks: functions cannot be given to a worker");
}

Result<void> TemplateBuilder::add_body() {
    if (!files_.is_null()) {
        const std::string boundary =
            options_.boundary.empty() ? base::random_hex(kBoundaryDigits) : options_.boundary;
        body_ = TRY(multipart_body(data_, files_, boundary));
        body_type_ = "multipart/form-data; boundary=" + boundary;
    } else if (holds_text(data_)) {
        body_ = TRY(as_text("data", data_));
    } else if (data_.is_structured()) {
        body_ = TRY(form_encode("data", data_));
        body_type_ = "application/x-www-form-urlencoded";
    } else if (!data_.is_null()) {
        return wrong("data", data_, "a string, an object or a list of pairs");
    } else if (!json_.is_null()) {
        body_ = model::to_python_json(json_);
        body_type_ = "application/json";
    }
    return {};
}

Result<void> TemplateBuilder::add_body_headers() {
    const bool may_lack_body = request_.method_ == "GET" || request_.method_ == "HEAD";
    if (body_) {
        if (!body_->empty()) {  // python-requests sends none for a form without fields
            set_header("Content-Length", std::to_string(body_->size()));
        }
    } else if (!may_lack_body) {
        if (find_header("content-length") == headers_.end()) {
            set_header("Content-Length", "0");
        }
    }
    const auto given = find_header("content-length");
    if (body_.value_or("").empty() && given != headers_.end() && given->second != "0") {
        return Error(ErrorCode::kInvalidInput,
                     "headers: a Content-Length without a body makes the server wait for ever");
    }
    if (!body_type_.empty() && find_header("content-type") == headers_.end()) {
        set_header("Content-Type", body_type_);
    }
    return {};
}

/// What urllib3 and http.client below python-requests add.
void TemplateBuilder::add_library_headers() {
    if (find_header("accept-encoding") == headers_.end()) {
        request_.leading_block_ = "Accept-Encoding: identity\r\n";
    }
    if (find_header("user-agent") == headers_.end()) {
        headers_.emplace_back("User-Agent", kUserAgent);
    }
}

Result<RequestTemplate> TemplateBuilder::build() {
    if (!rules_.cookies.empty() && find_header("cookie") == headers_.end()) {
        set_header("Cookie", cookie_header(rules_.cookies, {}, {}, "/"));
    }
    TRY_WITHIN("kwargs", add_body());
    TRY_WITHIN("kwargs", add_body_headers());
    if (!authorization_.empty()) {
        set_header("Authorization", authorization_);
    }
    add_library_headers();
    request_.body_ = std::move(body_).value_or("");
    request_.names_host_ = find_header("host") != headers_.end();
    for (const auto& [name, value] : headers_) {
        request_.header_block_ += name + ": " + value + "\r\n";
    }
    rules_.environment = options_.environment;
    if (request_.verify_tls_ && request_.ca_file_.empty() && rules_.environment) {
        request_.ca_file_ = rules_.environment->ca_bundle();
    }
    if (rules_.environment || !rules_.proxies.empty() || !rules_.cookies.empty()) {
        request_.rules_ = std::make_shared<const RequestRules>(std::move(rules_));
    }
    return request_;
}

}  // namespace galileo::http
