#include "http/request.h"

#include <utility>

#include "http/exchange.h"
#include "http/request_builder.h"
#include "http/request_rules.h"
#include "http/url.h"

namespace galileo::http {

RenderedRequest render_request(const RequestTemplate& request,
                               const Origin& origin,
                               std::string_view path_prefix) {
    auto proxy = request.rules() ? request.rules()->proxy_for(origin) : std::nullopt;
    std::string bytes = request.render_through(proxy, origin, path_prefix);
    return {.origin = origin,
            .bytes = std::move(bytes),
            .is_head = request.method() == "HEAD",
            .follow_redirects = request.follows_redirects(),
            .verify_tls = request.verifies_tls(),
            .ca_file = request.ca_file(),
            .certificate = request.certificate(),
            .key = request.key(),
            .proxy = std::move(proxy),
            .rules = request.rules()};
}

std::string RequestTemplate::render(const Origin& origin, std::string_view path_prefix) const {
    return render_through(rules_ ? rules_->proxy_for(origin) : std::nullopt, origin, path_prefix);
}

std::string RequestTemplate::render_through(const std::optional<Proxy>& proxy,
                                            const Origin& origin,
                                            std::string_view path_prefix) const {
    const bool whole_url = sends_whole_url(proxy, origin);
    std::string bytes = method_;
    bytes += ' ';
    if (whole_url) {
        bytes += "http://" + origin.authority;
    }
    bytes += encode_target(std::string(path_prefix) + path_);
    bytes += " HTTP/1.1\r\n";
    if (!names_host_) {
        bytes += host_line(proxy, origin);
    }
    bytes += leading_block_;
    const auto netrc =
        rules_ && !rules_->has_auth ? rules_->netrc_authorization(origin) : std::nullopt;
    const bool through = whole_url && !proxy->authorization.empty();
    if (netrc || through) {
        std::string block = header_block_;
        if (netrc) {
            set_header_line(block, "Authorization", *netrc);
        }
        if (through) {
            set_header_line(block, "Proxy-Authorization", proxy->authorization);
        }
        bytes += block;
    } else {
        bytes += header_block_;
    }
    bytes += "\r\n";
    bytes += body_;
    return bytes;
}

Result<RequestTemplate> RequestTemplate::from_parameters(const model::Json& parameters,
                                                         const TemplateOptions& options) {
    TemplateBuilder builder(options);
    TRY(builder.take_parameters(parameters));
    return builder.build();
}

}  // namespace galileo::http
