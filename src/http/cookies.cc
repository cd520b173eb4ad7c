#include "http/cookies.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "base/ascii.h"
#include "http/fields.h"
#include "http/response.h"
#include "io/address.h"

namespace galileo::http {

namespace {

/// The host as cookies see it: one without a dot is local.
std::string cookie_host(const Origin& origin) {
    const bool bare =
        origin.host.find('.') == std::string::npos && !io::Address::literal(origin.host, 0).ok();
    return bare ? origin.host + ".local" : origin.host;
}

std::string_view path_of(std::string_view target) {
    return target.substr(0, target.find_first_of("?#"));
}

/// Netscape's rule: everything before the last slash.
std::string default_path(std::string_view target) {
    const std::string_view path = path_of(target);
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos || slash == 0 ? "/" : std::string(path.substr(0, slash));
}

bool path_matches(std::string_view cookie_path, std::string_view target) {
    const std::string_view path = path_of(target);
    return path == cookie_path || (path.starts_with(cookie_path) &&
                                   (cookie_path.ends_with('/') || path[cookie_path.size()] == '/'));
}

bool domain_matches(const std::string& domain, const Origin& origin) {
    if (domain.empty()) {
        return true;
    }
    const std::string dotted = domain.starts_with('.') ? domain : "." + domain;
    return ("." + cookie_host(origin)).ends_with(dotted) || ("." + origin.host).ends_with(dotted);
}

/// The numbers of a date such as `Wed, 09 Jun 2021 10:18:14 GMT`, as one that orders dates.
std::optional<std::uint64_t> parse_date(std::string_view text) {
    constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
    std::array<std::uint64_t, 5> numbers{};  // day, year, hour, minute, second
    std::size_t count = 0;
    std::optional<std::uint64_t> month;
    std::size_t at = 0;
    while (at < text.size() && count < numbers.size()) {
        const std::size_t begin = text.find_first_not_of(" ,-:", at);
        if (begin == std::string_view::npos) {
            break;
        }
        at = std::min(text.find_first_of(" ,-:", begin), text.size());
        const std::string_view word = text.substr(begin, at - begin);
        const auto [end, failed] =
            std::from_chars(word.data(), word.data() + word.size(), numbers.at(count));
        if (failed == std::errc() && end == word.data() + word.size()) {
            ++count;
            continue;
        }
        const auto known =
            std::find(kMonths.begin(), kMonths.end(), base::ascii_lower(word.substr(0, 3)));
        if (known != kMonths.end() && count == 1) {
            month = static_cast<std::uint64_t>(known - kMonths.begin());
        }
    }
    if (count < numbers.size() || !month || numbers[1] > 9999) {
        return std::nullopt;
    }
    const std::uint64_t year = numbers[1] + (numbers[1] < 70 ? 2000 : numbers[1] < 100 ? 1900 : 0);
    return ((((year * 12 + *month) * 32 + numbers[0]) * 24 + numbers[2]) * 60 + numbers[3]) * 60 +
           numbers[4];
}

bool has_passed(std::string_view expires, std::string_view head) {
    const auto end = parse_date(expires);
    if (!end) {
        return false;
    }
    const auto now = parse_date(find_header(head, "date"));
    return now ? *end <= *now : *end <= *parse_date("Thu, 01 Jan 1970 00:00:00 GMT");
}

/// Whether `origin` may set a cookie for `domain`, which begins with a dot.
bool may_set(const std::string& domain, const Origin& origin) {
    const bool inner_dot = domain.find('.', 1) != std::string::npos;
    return (inner_dot || domain == ".local") && ("." + cookie_host(origin)).ends_with(domain);
}

struct Setting {
    Cookie cookie;
    bool good = true;      ///< may be kept
    bool removes = false;  ///< it has expired
};

void take_attribute(Setting& setting,
                    std::string_view name,
                    std::string_view value,
                    const Origin& origin,
                    std::string_view head) {
    Cookie& cookie = setting.cookie;
    if (equals_ignoring_case(name, "path")) {
        cookie.path = value;
    } else if (equals_ignoring_case(name, "secure")) {
        cookie.secure = true;
    } else if (equals_ignoring_case(name, "domain") && !value.empty()) {
        cookie.domain = base::ascii_lower(value);
        if (!cookie.domain.starts_with('.')) {
            cookie.domain.insert(0, 1, '.');
        }
        setting.good = setting.good && may_set(cookie.domain, origin);
    } else if (equals_ignoring_case(name, "expires")) {
        setting.removes = setting.removes || has_passed(value, head);
    } else if (equals_ignoring_case(name, "max-age")) {
        setting.removes = setting.removes || value.starts_with('-') || value == "0";
    }
}

Setting parse_cookie(std::string_view line,
                     const Origin& origin,
                     std::string_view target,
                     std::string_view head) {
    Setting setting;
    setting.cookie.domain = cookie_host(origin);
    setting.cookie.path = default_path(target);
    bool first = true;
    while (!line.empty()) {
        const std::size_t end = std::min(line.find(';'), line.size());
        const std::string_view part = trim_field(line.substr(0, end));
        line.remove_prefix(std::min(end + 1, line.size()));
        const std::size_t equals = part.find('=');
        const std::string_view name = trim_field(part.substr(0, equals));
        const bool alone = equals == std::string_view::npos;
        const std::string_view value = alone ? "" : trim_field(part.substr(equals + 1));
        if (first) {
            first = false;
            setting.good = !name.empty();
            setting.cookie.name = name;
            setting.cookie.value = alone ? std::nullopt : std::optional<std::string>(value);
        } else {
            take_attribute(setting, name, value, origin, head);
        }
    }
    setting.good = setting.good && !first;
    if (setting.cookie.path.empty() || setting.cookie.path[0] != '/') {
        setting.cookie.path = default_path(target);
    }
    return setting;
}

}  // namespace

void take_cookies(std::vector<Cookie>& jar,
                  const Origin& origin,
                  std::string_view target,
                  std::string_view head) {
    for_each_field(head, [&](std::string_view name, std::string_view value) {
        if (!equals_ignoring_case(name, "set-cookie")) {
            return;
        }
        Setting setting = parse_cookie(unfold(value), origin, target, head);
        if (!setting.good) {
            return;
        }
        const auto known = std::find_if(jar.begin(), jar.end(), [&](const Cookie& cookie) {
            return cookie.name == setting.cookie.name && cookie.domain == setting.cookie.domain &&
                   cookie.path == setting.cookie.path;
        });
        if (setting.removes) {
            if (known != jar.end()) {
                jar.erase(known);
            }
        } else if (known != jar.end()) {
            *known = std::move(setting.cookie);
        } else {
            jar.push_back(std::move(setting.cookie));
        }
    });
}

std::string cookie_header(const std::vector<Cookie>& first,
                          const std::vector<Cookie>& second,
                          const Origin& origin,
                          std::string_view target) {
    std::vector<const Cookie*> chosen;
    for (const auto* jar : {&first, &second}) {
        for (const Cookie& cookie : *jar) {
            if (domain_matches(cookie.domain, origin) && path_matches(cookie.path, target) &&
                (!cookie.secure || origin.scheme == Scheme::kHttps)) {
                chosen.push_back(&cookie);
            }
        }
    }
    std::stable_sort(chosen.begin(), chosen.end(), [](const Cookie* left, const Cookie* right) {
        return left->path.size() > right->path.size();
    });
    std::string header;
    for (const Cookie* cookie : chosen) {
        header += header.empty() ? "" : "; ";
        header += cookie->name;
        if (cookie->value) {
            header += '=';
            header += *cookie->value;
        }
    }
    return header;
}

}  // namespace galileo::http
