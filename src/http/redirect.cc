#include "http/redirect.h"

#include <utility>

#include "http/fields.h"
#include "http/url.h"

namespace galileo::http {

namespace {

bool keeps_body(int status) {
    return status == 307 || status == 308;
}

std::string_view method_after(int status, std::string_view method) {
    const bool becomes_get = (status == 301 && method == "POST") ||
                             ((status == 302 || status == 303) && method != "HEAD");
    return becomes_get ? "GET" : method;
}

bool is_default_port(const Origin& origin) {
    return origin.port == (origin.scheme == Scheme::kHttps ? 443 : 80);
}

// A move from http to https on the usual ports is the same place.
bool same_place(const Origin& from, const Origin& to) {
    if (from.host != to.host) {
        return false;
    }
    if (is_default_port(from) && is_default_port(to) && to.scheme == Scheme::kHttps) {
        return true;
    }
    return from.scheme == to.scheme && from.port == to.port;
}

}  // namespace

bool is_redirect(int status) noexcept {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Result<RenderedRequest> redirect(const RenderedRequest& request,
                                 int status,
                                 std::string_view location) {
    const std::string_view bytes = request.bytes;
    const std::size_t method_end = bytes.find(' ');
    const std::size_t target_end = bytes.find(' ', method_end + 1);
    const std::size_t head_end = bytes.find("\r\n\r\n");
    const std::string_view method = bytes.substr(0, method_end);
    const Url base{
        .origin = request.origin,
        .target = std::string(bytes.substr(method_end + 1, target_end - method_end - 1))};
    Url url = TRY(resolve_reference(base, unfold(location)));

    const bool same = same_place(request.origin, url.origin);
    const std::string_view next_method = method_after(status, method);
    std::string next(next_method);
    next += ' ' + url.target + " HTTP/1.1\r\n";
    for_each_field(bytes.substr(0, head_end + 2), [&](std::string_view name,
                                                      std::string_view value) {
        const auto is = [&](std::string_view other) { return equals_ignoring_case(name, other); };
        const bool of_body = is("content-length") || is("content-type") || is("transfer-encoding");
        if ((of_body && !keeps_body(status)) || (is("authorization") && !same) ||
            (is("cookie") && request.origin.host != url.origin.host)) {
            return;
        }
        next += name;
        next += ": ";
        // A Host of the user's own choice stays.
        next += is("host") && value == request.origin.authority ? url.origin.authority : value;
        next += "\r\n";
    });
    if (!keeps_body(status) && next_method != "GET" && next_method != "HEAD") {
        next += "Content-Length: 0\r\n";
    }
    next += "\r\n";
    if (keeps_body(status)) {
        next += bytes.substr(head_end + 4);
    }
    return RenderedRequest{.origin = std::move(url.origin),
                           .bytes = std::move(next),
                           .is_head = next_method == "HEAD",
                           .follow_redirects = request.follow_redirects,
                           .verify_tls = request.verify_tls,
                           .ca_file = request.ca_file};
}

}  // namespace galileo::http
