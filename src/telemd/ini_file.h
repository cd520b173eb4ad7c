#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace galileo::telemd {

/// One line `name = value` of an ini file.
struct IniEntry {
    std::string section;  ///< empty: before the first section
    std::string name;
    std::string value;
    int line = 0;  ///< from 1

    bool operator==(const IniEntry&) const = default;
};

/// Reads `[section]` and `name = value` lines; `#` and `;` begin comments at the start of a line or
/// after a blank; quotes around a value are taken off. kInvalidInput names the line that is
/// neither.
Result<std::vector<IniEntry>> parse_ini(std::string_view text);

}  // namespace galileo::telemd
