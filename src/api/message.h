#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace galileo::api {

struct Header {
    std::string name;
    std::string value;
};

/// Whether two names or words are the same but for the case of their letters (ASCII).
bool same_word(std::string_view left, std::string_view right);

/// The value of the first header with this name (any case); empty when there is none.
std::string_view find_header(const std::vector<Header>& headers, std::string_view name);

/// A request as it came. A value.
struct Request {
    std::string method;
    std::string target;  ///< as sent: path and query
    std::vector<Header> headers;
    std::string body;
    std::string peer;  ///< literal address of the client

    [[nodiscard]] std::string_view header(std::string_view name) const {
        return find_header(headers, name);
    }
    /// The target without its query, still percent-encoded.
    [[nodiscard]] std::string_view path() const;
};

/// What is sent back. Length, connection and date are the server's affair. Movable.
struct Response {
    int status = 200;
    std::vector<Header> headers;
    std::string body;
    base::UniqueFd file;  ///< when set, sent from its beginning instead of `body`
};

}  // namespace galileo::api
