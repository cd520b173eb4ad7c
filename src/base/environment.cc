#include "base/environment.h"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace galileo::base {

Environment Environment::of_process() {
    Map variables;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const auto equals = text.find('=');
        if (equals != std::string_view::npos) {
            variables.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return Environment(std::move(variables));
}

std::optional<std::string> Environment::find(std::string_view name) const {
    const auto found = variables_.find(name);
    if (found == variables_.end()) {
        return std::nullopt;
    }
    return found->second;
}

std::string Environment::get(std::string_view name, std::string_view fallback) const {
    return find(name).value_or(std::string(fallback));
}

Environment::Map Environment::with_prefix(std::string_view prefix) const {
    Map matching;
    for (auto it = variables_.lower_bound(prefix);
         it != variables_.end() && it->first.starts_with(prefix); ++it) {
        matching.insert(*it);
    }
    return matching;
}

bool names_secret(std::string_view name) {
    const std::string lower = ascii_lower(name);
    constexpr std::array kWords = {"password", "passwd", "token", "secret", "key", "credential"};
    return std::any_of(kWords.begin(), kWords.end(),
                       [&](const char* word) { return lower.find(word) != std::string::npos; });
}

bool holds_secret(std::string_view name, std::string_view value) {
    constexpr std::string_view kScheme = "://";
    const auto scheme = value.find(kScheme);
    const auto authority = scheme == std::string_view::npos ? std::string_view()
                                                            : value.substr(scheme + kScheme.size());
    const auto host = authority.substr(0, authority.find('/'));
    return names_secret(name) || host.find('@') != std::string_view::npos;
}

}  // namespace galileo::base
