#include "http/redirect.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "http/cookies.h"
#include "http/fields.h"
#include "http/request_rules.h"
#include "http/response.h"
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

/// The header lines of a request, as far as the next one has them too.
struct Lines {
    std::string leading;  ///< what the library puts before the user's
    std::string block;
    bool names_host = false;  ///< `block` has a Host of the user's own choice
};

Lines split_lines(const RenderedRequest& request, int status, std::string_view fields) {
    Lines lines;
    bool first = true;
    for_each_field(fields, [&](std::string_view name, std::string_view value) {
        const auto is = [&](std::string_view other) { return equals_ignoring_case(name, other); };
        const bool ours =
            std::exchange(first, false) && is("host") &&
            host_line(request.proxy, request.origin) == fmt::format("Host: {}\r\n", value);
        const bool of_body = is("content-length") || is("content-type") || is("transfer-encoding");
        if (ours || (of_body && !keeps_body(status)) || is("cookie") || is("proxy-authorization")) {
            return;
        }
        lines.names_host = lines.names_host || is("host");
        lines.block += name;
        lines.block += ": ";
        lines.block += value;
        lines.block += "\r\n";
    });
    return lines;
}

void remove_header_line(std::string& block, std::string_view name) {
    for (std::size_t at = 0; at < block.size();) {
        const std::size_t next = block.find('\n', at) + 1;
        if (equals_ignoring_case(std::string_view(block).substr(at, block.find(':', at) - at),
                                 name)) {
            block.erase(at, next - at);
        } else {
            at = next;
        }
    }
}

}  // namespace

bool is_redirect(int status) noexcept {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Result<RenderedRequest> redirect(const RenderedRequest& request,
                                 int status,
                                 std::string_view head) {
    const std::string_view bytes = request.bytes;
    const std::size_t method_end = bytes.find(' ');
    const std::size_t target_end = bytes.find(' ', method_end + 1);
    const std::size_t head_end = bytes.find("\r\n\r\n");
    const std::string_view method = bytes.substr(0, method_end);
    std::string_view target = bytes.substr(method_end + 1, target_end - method_end - 1);
    if (sends_whole_url(request.proxy, request.origin)) {
        target.remove_prefix(std::string_view("http://").size() + request.origin.authority.size());
    }
    const Url base{.origin = request.origin, .target = std::string(target)};
    Url url = TRY(resolve_reference(base, unfold(find_header(head, "location"))));

    RenderedRequest next = request;
    next.origin = std::move(url.origin);
    take_cookies(next.cookies, request.origin, target, head);
    next.proxy = request.rules ? request.rules->proxy_for(next.origin) : std::nullopt;
    const std::string_view next_method = method_after(status, method);
    next.is_head = next_method == "HEAD";

    Lines lines = split_lines(request, status, bytes.substr(target_end, head_end + 2 - target_end));
    if (!keeps_body(status) &&
        (next_method == "PUT" || next_method == "POST" || next_method == "PATCH")) {
        lines.leading += "Content-Length: 0\r\n";
    }
    if (!same_place(request.origin, next.origin)) {
        remove_header_line(lines.block, "Authorization");
    }
    const std::vector<Cookie> none;
    if (const std::string cookie = cookie_header(request.rules ? request.rules->cookies : none,
                                                 next.cookies, next.origin, url.target);
        !cookie.empty()) {
        set_header_line(lines.block, "Cookie", cookie);
    }
    const bool whole_url = sends_whole_url(next.proxy, next.origin);
    if (whole_url && !next.proxy->authorization.empty()) {
        set_header_line(lines.block, "Proxy-Authorization", next.proxy->authorization);
    }
    const auto netrc =
        request.rules ? request.rules->netrc_authorization(next.origin) : std::nullopt;
    if (netrc) {
        set_header_line(lines.block, "Authorization", *netrc);
    }
    const std::string host = lines.names_host ? "" : host_line(next.proxy, next.origin);
    next.bytes = std::string(next_method) + ' ' +
                 (whole_url ? "http://" + next.origin.authority : "") + url.target +
                 " HTTP/1.1\r\n" + host + lines.leading + lines.block + "\r\n";
    if (keeps_body(status)) {
        next.bytes += bytes.substr(head_end + 4);
    }
    return next;
}

}  // namespace galileo::http
