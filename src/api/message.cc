#include "api/message.h"

#include <algorithm>

#include "base/ascii.h"

namespace galileo::api {

bool same_word(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char a, char b) { return base::ascii_lower(a) == base::ascii_lower(b); });
}

std::string_view find_header(const std::vector<Header>& headers, std::string_view name) {
    const auto found = std::find_if(headers.begin(), headers.end(), [name](const Header& header) {
        return same_word(header.name, name);
    });
    return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

std::string_view Request::path() const {
    const std::string_view whole = target;
    return whole.substr(0, whole.find('?'));
}

}  // namespace galileo::api
