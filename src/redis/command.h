#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <ranges>
#include <string>
#include <string_view>

namespace galileo::redis {

/// One command with its arguments, already in the form that travels (RESP2). Arguments are bytes of
/// any kind. A value; thread-compatible.
///     client.command({"SET", key, value});
///     client.command(Command("DEL").args(keys));
class Command {
  public:
    Command(std::initializer_list<std::string_view> arguments);
    explicit Command(std::string_view name) { arg(name); }

    Command& arg(std::string_view argument) &;
    Command&& arg(std::string_view argument) && { return std::move(arg(argument)); }
    template <std::integral Number>
    Command& arg(Number number) & {
        return arg(std::string_view(std::to_string(number)));
    }
    template <std::integral Number>
    Command&& arg(Number number) && {
        return std::move(arg(number));
    }
    template <std::ranges::input_range Range>
        requires(!std::convertible_to<Range, std::string_view>)
    Command& args(const Range& arguments) & {
        for (const auto& argument : arguments) {
            arg(argument);
        }
        return *this;
    }
    template <std::ranges::input_range Range>
        requires(!std::convertible_to<Range, std::string_view>)
    Command&& args(const Range& arguments) && {
        return std::move(args(arguments));
    }

    /// How many arguments there are, the command's name included.
    [[nodiscard]] std::size_t size() const noexcept { return count_; }

    /// The command's name, for messages.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    /// Appends what the server wants to read: `*<n>` and n bulk strings.
    void encode_to(std::string& out) const;

  private:
    std::string name_;
    std::string body_;
    std::size_t count_ = 0;
};

}  // namespace galileo::redis
