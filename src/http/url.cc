#include "http/url.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "io/address.h"

namespace galileo::http {

namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

bool is_unreserved(char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') ||
           std::string_view("-._~").find(character) != std::string_view::npos;
}

bool may_stand_in(UrlPart part, char character) {
    constexpr std::string_view kPath = "!$&'()*+,;=:@/";
    return is_unreserved(character) || kPath.find(character) != std::string_view::npos ||
           (part == UrlPart::kQuery && character == '?');
}

/// The byte that the escape at `text[at]` stands for.
std::optional<char> escape_at(std::string_view text, std::size_t at) {
    if (at + 2 >= text.size() || text[at] != '%') {
        return std::nullopt;
    }
    const int high = base::hexadecimal_digit(text[at + 1]);
    const int low = base::hexadecimal_digit(text[at + 2]);
    if (high < 0 || low < 0) {
        return std::nullopt;
    }
    return static_cast<char>(high * 16 + low);
}

void append_escape(std::string& out, char character) {
    const auto byte = static_cast<unsigned char>(character);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 0xf];
}

/// RFC 3986, section 5.2.4, for a path that begins with a slash.
std::string remove_dot_segments(std::string_view path) {
    std::string out;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/', 1), path.size());
        const std::string_view segment = path.substr(0, end);
        path.remove_prefix(end);
        if (segment == "/." || segment == "/..") {
            if (segment == "/..") {
                out.erase(std::min(out.rfind('/'), out.size()));
            }
            if (path.empty()) {
                out += '/';
            }
        } else {
            out += segment;
        }
    }
    return out;
}

std::string_view without_fragment(std::string_view text) {
    return text.substr(0, text.find('#'));
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n\f\v";
    const std::size_t begin = text.find_first_not_of(kSpace);
    return begin == std::string_view::npos
               ? std::string_view()
               : text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

Error bad_url(std::string_view url, std::string_view why) {
    return Error(ErrorCode::kInvalidInput, fmt::format("URL '{}': {}", url, why));
}

bool is_scheme(std::string_view text) {
    return !text.empty() && is_unreserved(text[0]) && !(text[0] >= '0' && text[0] <= '9') &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return c == '+' || (is_unreserved(c) && c != '_' && c != '~');
           });
}

bool is_host_name(std::string_view host) {
    constexpr std::string_view kSubDelimiters = "!$&'()*+,;=";
    return !host.empty() && host.size() <= 255 &&
           std::all_of(host.begin(), host.end(), [&](char c) {
               return is_unreserved(c) || kSubDelimiters.find(c) != std::string_view::npos;
           });
}

Result<std::uint16_t> parse_port(std::string_view url, std::string_view text, Scheme scheme) {
    if (text.empty()) {
        return static_cast<std::uint16_t>(scheme == Scheme::kHttps ? 443 : 80);
    }
    std::uint16_t port = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (failed != std::errc() || end != text.data() + text.size() || port == 0) {
        return bad_url(url, fmt::format("port '{}' is not a number from 1 to 65535", text));
    }
    return port;
}

Result<Origin> parse_origin(std::string_view url, Scheme scheme, std::string_view authority) {
    if (authority.find('@') != std::string_view::npos) {
        return bad_url(url, "user names and passwords do not belong into a URL");
    }
    Origin origin{.scheme = scheme, .authority = std::string(authority)};
    std::string_view rest = authority;
    if (authority.starts_with('[')) {
        const std::size_t close = authority.find(']');
        if (close == std::string_view::npos) {
            return bad_url(url, "the address lacks its ']'");
        }
        origin.host = base::ascii_lower(authority.substr(1, close - 1));
        if (const std::size_t zone = origin.host.find("%25"); zone != std::string::npos) {
            origin.host.erase(zone + 1, 2);  // RFC 6874
        }
        rest = authority.substr(close + 1);
        if (!io::Address::literal(origin.host, 0).ok() || (!rest.empty() && rest[0] != ':')) {
            return bad_url(url, "no IPv6 address between '[' and ']'");
        }
    } else {
        const std::size_t colon = authority.find(':');
        origin.host = base::ascii_lower(authority.substr(0, colon));
        rest = colon == std::string_view::npos ? std::string_view() : authority.substr(colon);
        if (!is_host_name(origin.host)) {
            return bad_url(url, "no host that a URL can hold (letters, digits, '-', '.')");
        }
    }
    origin.port = TRY(parse_port(url, rest.empty() ? rest : rest.substr(1), scheme));
    if (origin.authority.ends_with(':')) {
        origin.authority.pop_back();
    }
    return origin;
}

/// As python-requests first does with a Location: escapes that are not all good are none at all.
std::string with_good_escapes(std::string_view reference) {
    bool all_escapes = true;
    for (std::size_t at = reference.find('%'); at != std::string_view::npos;
         at = reference.find('%', at + 1)) {
        all_escapes = all_escapes && escape_at(reference, at).has_value();
    }
    std::string cleaned;
    for (const char c : reference) {
        cleaned += c;
        cleaned += c == '%' && !all_escapes ? "25" : "";
    }
    return cleaned;
}

/// A reference without the `user:password@` that may stand in its authority.
std::string without_user(std::string_view reference) {
    std::string cleaned(reference);
    const std::size_t slashes = reference.find("//");
    if (slashes == 0 ||
        (slashes != std::string_view::npos && is_scheme(reference.substr(0, slashes - 1)))) {
        const std::size_t begin = slashes + 2;
        const std::size_t end = std::min(reference.find_first_of("/?#", begin), reference.size());
        const std::size_t at = reference.substr(0, end).rfind('@');
        if (at != std::string_view::npos && at >= begin) {
            cleaned.erase(begin, at + 1 - begin);
        }
    }
    return cleaned;
}

}  // namespace

std::string encode_url_part(std::string_view text, UrlPart part) {
    bool all_escapes = true;
    for (std::size_t at = text.find('%'); at != std::string_view::npos;
         at = text.find('%', at + 1)) {
        all_escapes = all_escapes && escape_at(text, at).has_value();
    }
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && all_escapes) {
            const char escaped = *escape_at(text, i);
            if (is_unreserved(escaped)) {
                out += escaped;
            } else {
                append_escape(out, escaped);
            }
            i += 2;
        } else if (const auto escaped = escape_at(text, i)) {
            out += "%25";  // urllib3 writes the digits in upper case even so
            append_escape(out, *escaped);
            out.erase(out.size() - 3, 1);
            i += 2;
        } else if (may_stand_in(part, text[i])) {
            out += text[i];
        } else {
            append_escape(out, text[i]);
        }
    }
    return out;
}

std::string encode_target(std::string_view path_and_query) {
    path_and_query = without_fragment(path_and_query);
    const std::size_t question = path_and_query.find('?');
    std::string path(path_and_query.substr(0, question));
    if (!path.starts_with('/')) {
        path.insert(0, 1, '/');
    }
    std::string target = encode_url_part(remove_dot_segments(path), UrlPart::kPath);
    if (question != std::string_view::npos && question + 1 < path_and_query.size()) {
        target += '?';
        target += encode_url_part(path_and_query.substr(question + 1), UrlPart::kQuery);
    }
    return target;
}

Result<Url> parse_url(std::string_view url) {
    std::string_view rest = trim(url);
    Scheme scheme = Scheme::kHttp;
    const std::size_t separator = rest.find("://");
    if (separator != std::string_view::npos && is_scheme(rest.substr(0, separator))) {
        const std::string name = base::ascii_lower(rest.substr(0, separator));
        if (name != "http" && name != "https") {
            return bad_url(url, fmt::format("scheme '{}' is not http or https", name));
        }
        scheme = name == "https" ? Scheme::kHttps : Scheme::kHttp;
        rest.remove_prefix(separator + 3);
    }
    const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
    Origin origin = TRY(parse_origin(url, scheme, rest.substr(0, end)));
    return Url{.origin = std::move(origin), .target = encode_target(rest.substr(end))};
}

Result<Url> resolve_reference(const Url& base, std::string_view given) {
    const std::string cleaned = with_good_escapes(without_user(without_fragment(trim(given))));
    const std::string_view reference = cleaned;
    const std::size_t colon = reference.find_first_of(":/?");
    if (colon != std::string_view::npos && reference[colon] == ':' &&
        is_scheme(reference.substr(0, colon))) {
        if (reference.substr(colon).starts_with("://")) {
            return parse_url(reference);
        }
        return bad_url(reference, "leads nowhere that can be followed");
    }
    if (reference.starts_with("//")) {
        return parse_url((base.origin.scheme == Scheme::kHttps ? "https:" : "http:") +
                         std::string(reference));
    }
    const std::string_view base_path =
        std::string_view(base.target).substr(0, base.target.find('?'));
    if (reference.empty()) {
        return base;
    }
    std::string target(reference);
    if (reference.starts_with('?')) {
        target.insert(0, base_path);
    } else if (!reference.starts_with('/')) {
        target.insert(0, base_path.substr(0, base_path.rfind('/') + 1));
    }
    return Url{.origin = base.origin, .target = encode_target(target)};
}

void append_form_encoded(std::string& out, std::string_view text) {
    for (const char c : text) {
        if (c == ' ') {
            out += '+';
        } else if (is_unreserved(c)) {
            out += c;
        } else {
            append_escape(out, c);
        }
    }
}

}  // namespace galileo::http
