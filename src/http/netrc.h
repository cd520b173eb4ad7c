#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace galileo::http {

/// A user name and password. A value; never logged.
struct Credentials {
    std::string login;
    std::string password;
};

/// What a `.netrc` file says, by machine; the entry `default` is for all others.
using NetrcEntries = std::map<std::string, Credentials, std::less<>>;

/// Reads the text of a `.netrc` file as Python's netrc module does: machine, default, login (or
/// user), account, password, macdef, comments, quotes, backslashes. An entry without a login has
/// its account instead, as python-requests takes it. kInvalidInput names the word that is wrong,
/// but no secret.
Result<NetrcEntries> parse_netrc(std::string_view text);

}  // namespace galileo::http
