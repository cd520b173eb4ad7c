#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace galileo::base {

/// Environment variables as a value: read once from the process, or made by hand in a test.
/// Immutable after construction; thread-safe.
class Environment {
  public:
    using Map = std::map<std::string, std::string, std::less<>>;

    Environment() = default;
    explicit Environment(Map variables) : variables_(std::move(variables)) {}

    /// The variables of this process, as they are now.
    static Environment of_process();

    /// The value, or nothing when the variable is unset. An empty value is a value.
    [[nodiscard]] std::optional<std::string> find(std::string_view name) const;

    /// The value, or `fallback` when the variable is unset.
    [[nodiscard]] std::string get(std::string_view name, std::string_view fallback) const;

    /// All variables whose names start with `prefix`, in order of name.
    [[nodiscard]] Map with_prefix(std::string_view prefix) const;

  private:
    Map variables_;
};

/// True when a variable of this name may hold a secret (its name contains password, token, secret
/// or key, any case) and so must never become a label, a log line or a key in Redis.
bool names_secret(std::string_view name);

/// The same for a variable and its value, which may be an address with a password in it:
/// `redis://:sesame@host`.
bool holds_secret(std::string_view name, std::string_view value);

}  // namespace galileo::base
