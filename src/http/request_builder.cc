#include "http/request_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/base64.h"
#include "base/clock.h"
#include "http/fields.h"
#include "http/url.h"

namespace galileo::http {

namespace {

using model::Json;

constexpr double kMaxTimeoutSeconds = 1e9;

Error wrong(std::string_view what, const Json& given, std::string_view allowed) {
    std::string text = model::to_python_json(given);
    if (text.size() > 100) {
        text.resize(100);
        text += "...";
    }
    return Error(ErrorCode::kInvalidInput, fmt::format("{} is {}, not {}", what, text, allowed));
}

bool is_scalar(const Json& value) {
    return value.is_string() || value.is_number() || value.is_boolean();
}

/// A scalar as Python's str() writes it.
std::string python_text(const Json& value) {
    if (value.is_string()) {
        return value.get<std::string>();
    }
    if (value.is_boolean()) {
        return value.get<bool>() ? "True" : "False";
    }
    return value.is_number_float() ? model::python_float(value.get<double>()) : value.dump();
}

/// What Python takes for false.
bool is_falsy(const Json& value) {
    return value.is_null() || value == Json(false) || value == Json("") ||
           (value.is_structured() && value.empty()) ||
           (value.is_number() && value.get<double>() == 0);
}

void append_pair(std::string& out, const std::string& key, const std::string& value) {
    out += out.empty() ? "" : "&";
    append_form_encoded(out, key);
    out += '=';
    append_form_encoded(out, value);
}

/// One key with its value, list values repeating the key and nulls left out.
Result<void> append_values(std::string& out, const std::string& key, const Json& value) {
    if (is_scalar(value)) {
        append_pair(out, key, python_text(value));
        return {};
    }
    if (value.is_object()) {  // iterating over one gives its keys
        for (const auto& [inner, ignored] : value.items()) {
            append_pair(out, key, inner);
        }
        return {};
    }
    if (value.is_array()) {
        for (const Json& item : value) {
            if (item.is_null()) {
                continue;
            }
            if (!is_scalar(item)) {
                return wrong(fmt::format("'{}'", key), value, "a list of strings and numbers");
            }
            append_pair(out, key, python_text(item));
        }
    }
    return {};
}

Result<std::string> form_encode(std::string_view what, const Json& value) {
    std::string out;
    if (value.is_object()) {
        for (const auto& [key, item] : value.items()) {
            TRY(append_values(out, key, item));
        }
        return out;
    }
    for (const Json& pair : value) {
        if (!pair.is_array() || pair.size() != 2 || !is_scalar(pair[0])) {
            return wrong(what, value, "an object or a list of [key, value] pairs");
        }
        TRY(append_values(out, python_text(pair[0]), pair[1]));
    }
    return out;
}

/// Header values are ISO-8859-1 on the wire, as Python's http.client sends them.
std::optional<std::string> to_latin1(std::string_view utf8) {
    std::string out;
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const auto byte = static_cast<unsigned char>(utf8[i]);
        if (byte < 0x80) {
            out += utf8[i];
            continue;
        }
        if ((byte != 0xc2 && byte != 0xc3) || i + 1 == utf8.size()) {
            return std::nullopt;
        }
        ++i;
        out += static_cast<char>(((byte & 0x03) << 6) | (utf8[i] & 0x3f));
    }
    return out;
}

Result<std::string> header_value(const std::string& name, const Json& value) {
    const std::string what = fmt::format("header '{}'", name);
    if (!value.is_string()) {
        return wrong(what, value, "a string or null");
    }
    const auto text = to_latin1(value.get_ref<const std::string&>());
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

TemplateBuilder::TemplateBuilder()
    : headers_{{"User-Agent", "galileo/" GALILEO_VERSION},
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
    if (key == "params") {
        return take_params(value);
    }
    if (key == "data") {
        return take_data(value);
    }
    if (key == "json") {
        return take_json(value);
    }
    if (key == "headers") {
        return take_headers(value);
    }
    if (key == "cookies") {
        return take_cookies(value);
    }
    if (key == "timeout") {
        return take_timeout(value);
    }
    if (key == "allow_redirects") {
        return take_allow_redirects(value);
    }
    if (key == "verify") {
        return take_verify(value);
    }
    if (key == "stream") {
        return take_stream(value);
    }
    if (key == "auth") {
        return take_auth(value);
    }
    if (key == "files" || key == "proxies" || key == "cert" || key == "hooks") {
        return take_unsupported(value).within(key);
    }
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("unknown key '{}'; allowed are allow_redirects, auth, cookies, data, "
                             "headers, json, params, stream, timeout, verify",
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
    if (value.is_string()) {
        const auto& text = value.get_ref<const std::string&>();
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
    if (is_falsy(value)) {
        return {};
    }
    if (value.is_string()) {
        data_ = value.get<std::string>();
        data_type_.clear();
        return {};
    }
    if (!value.is_structured()) {
        return wrong("data", value, "a string, an object or a list of pairs");
    }
    if (const auto bytes = value.find("__bytes__");
        value.is_object() && value.size() == 1 && bytes != value.end() && bytes->is_string()) {
        data_ = TRY_WITHIN("data", base::from_base64(bytes->get<std::string>()));
        data_type_.clear();
        return {};
    }
    data_ = TRY(form_encode("data", value));
    data_type_ = "application/x-www-form-urlencoded";
    return {};
}

Result<void> TemplateBuilder::take_json(const Json& value) {
    if (value.is_null()) {
        return {};
    }
    if (holds_nan(value)) {
        return wrong("json", value, "JSON: NaN and Infinity cannot be sent");
    }
    json_ = model::to_python_json(value);
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
    cookie_.clear();
    for (const auto& [name, item] : value.items()) {
        if (!item.is_string()) {
            return wrong(fmt::format("cookie '{}'", name), item, "a string");
        }
        cookie_ += cookie_.empty() ? "" : "; ";
        cookie_ += TRY(header_value("Cookie", name + '=' + item.get<std::string>()));
    }
    return {};
}

Result<void> TemplateBuilder::take_timeout(const Json& value) {
    if (value.is_null()) {
        return {};
    }
    const double seconds = value.is_number() ? value.get<double>() : 0;
    if (!(seconds > 0 && seconds <= kMaxTimeoutSeconds)) {
        return wrong("timeout", value, "a positive number of seconds");
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
    // JSON has no tuples, and python-requests calls anything else.
    const std::string_view type = value.is_array()    ? "list"
                                  : value.is_object() ? "dict"
                                  : value.is_string() ? "str"
                                                      : "int";
    return Error(
        ErrorCode::kInvalidInput,
        fmt::format("auth: '{}' object is not callable; send an Authorization header", type));
}

Result<void> TemplateBuilder::take_unsupported(const Json& value) {
    if (is_falsy(value)) {
        return {};
    }
    return Error(ErrorCode::kInvalidInput, "not supported");
}

Result<void> TemplateBuilder::add_body_headers() {
    const bool may_lack_body = request_.method_ == "GET" || request_.method_ == "HEAD";
    if (data_ || json_) {
        request_.body_ = data_ ? *data_ : *json_;
        if (!request_.body_.empty()) {  // python-requests sends none for a form without fields
            set_header("Content-Length", std::to_string(request_.body_.size()));
        }
    } else if (!may_lack_body) {
        set_header("Content-Length", "0");
    } else if (const auto given = find_header("content-length");
               given != headers_.end() && given->second != "0") {
        return Error(ErrorCode::kInvalidInput,
                     "headers: a Content-Length without a body makes the server wait for ever");
    }
    const std::string type = data_ ? data_type_ : json_ ? "application/json" : "";
    if (!type.empty() && find_header("content-type") == headers_.end()) {
        set_header("Content-Type", type);
    }
    return {};
}

Result<RequestTemplate> TemplateBuilder::build() {
    if (!cookie_.empty() && find_header("cookie") == headers_.end()) {
        set_header("Cookie", cookie_);
    }
    TRY(add_body_headers());
    request_.names_host_ = find_header("host") != headers_.end();
    for (const auto& [name, value] : headers_) {
        request_.header_block_ += name + ": " + value + "\r\n";
    }
    return request_;
}

}  // namespace galileo::http
