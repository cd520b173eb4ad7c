#include "http/request.h"

#include <algorithm>
#include <utility>

#include "http/request_builder.h"
#include "http/url.h"

namespace galileo::http {

std::string RequestTemplate::render(const Origin& origin, std::string_view path_prefix) const {
    std::string bytes = method_;
    bytes += ' ';
    bytes += encode_target(std::string(path_prefix) + path_);
    bytes += " HTTP/1.1\r\n";
    if (!names_host_) {
        bytes += "Host: " + origin.authority + "\r\n";
    }
    bytes += header_block_;
    bytes += "\r\n";
    bytes += body_;
    return bytes;
}

Result<RequestTemplate> RequestTemplate::from_parameters(const model::Json& parameters) {
    TemplateBuilder builder;
    TRY(builder.take_parameters(parameters));
    return builder.build();
}

}  // namespace galileo::http
