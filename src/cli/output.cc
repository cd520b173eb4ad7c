#include "cli/output.h"

namespace galileo::cli {

std::string pretty_json(const model::Json& json) {
    return json.dump(2, ' ', false, model::Json::error_handler_t::replace) + '\n';
}

}  // namespace galileo::cli
