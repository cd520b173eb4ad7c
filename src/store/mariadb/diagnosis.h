#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace galileo::store::mariadb {

/// What an error number of the server or of Connector/C means for the caller.
struct Diagnosis {
    ErrorCode code;
    std::string remedy;
};

/// `number` as mysql_errno gives it, `text` as mysql_error does.
Diagnosis diagnose(unsigned number, std::string_view text);

/// True when the connection is of no use after this error.
bool is_lost(unsigned number) noexcept;

}  // namespace galileo::store::mariadb
