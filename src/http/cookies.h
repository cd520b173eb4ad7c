#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/request.h"

namespace galileo::http {

/// A cookie of one chain of redirects. A value.
struct Cookie {
    std::string name;
    std::optional<std::string> value;  ///< absent: the name stands alone
    std::string domain{};  ///< host that set it, or with a leading dot what it named; empty: any
    std::string path = "/";
    bool secure = false;  ///< for https only

    bool operator==(const Cookie&) const = default;
};

/// Takes the cookies that an answer from `origin` to a request for `target` sets into `jar`, by the
/// rules of Python's http.cookiejar with its default policy: foreign domains are refused, a cookie
/// of the same name, domain and path is replaced, one that has expired is removed. What lies in the
/// past is judged by the answer's own Date.
void take_cookies(std::vector<Cookie>& jar,
                  const Origin& origin,
                  std::string_view target,
                  std::string_view head);

/// The value of the Cookie header for a request: those of `first`, then of `second`, that go to
/// `origin` and `target`, longest path first. Empty: none.
std::string cookie_header(const std::vector<Cookie>& first,
                          const std::vector<Cookie>& second,
                          const Origin& origin,
                          std::string_view target);

}  // namespace galileo::http
