#include "cli/output.h"

#include <algorithm>

#include "model/utf8.h"

namespace galileo::cli {

std::string pretty_json(const model::Json& json) {
    return json.dump(2, ' ', false, model::Json::error_handler_t::replace) + '\n';
}

std::string printable(std::string_view text) {
    std::string safe = model::to_utf8(text);
    std::replace_if(
        safe.begin(), safe.end(),
        [](char letter) { return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f; },
        '?');
    return safe;
}

std::size_t columns_of(std::string_view text) {
    return model::count_code_points(text);
}

}  // namespace galileo::cli
