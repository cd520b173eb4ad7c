#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/environment.h"
#include "base/result.h"
#include "hostmon/instruments.h"

namespace galileo::telemd {

/// Where settings come from, highest rank first.
struct SettingsSources {
    std::string name;  ///< of the node; empty: not given
    const base::Environment& environment;
    std::string file_name{};  ///< of the ini file, for messages
    std::string file_text{};  ///< empty: there is none
};

/// An instrument that is on.
struct ChosenInstrument {
    const hostmon::InstrumentKind* kind = nullptr;
    std::chrono::milliseconds period{0};
};

/// What the agent does. A value.
struct Settings {
    std::string node;   ///< in channels and keys
    std::string redis;  ///< as RedisOptions::parse reads it; empty: nothing was said
    hostmon::HostOptions host;
    std::vector<ChosenInstrument> instruments;  ///< in order of name, at least one
    std::chrono::nanoseconds retry_pause = std::chrono::seconds(2);  ///< between attempts
};

/// Settings are the variables `telemd_<name>` (contract 9); in the file, in the section of the node
/// or before the first section, they are called so, too, or just `<name>`. What is not said has the
/// original's default. kInvalidInput says which variable, or which line of the file, is wrong, and
/// what is allowed; it never repeats a password. Unknown names are logged.
Result<Settings> read_settings(const SettingsSources& sources);

}  // namespace galileo::telemd
