#include "redis/command.h"

#include <fmt/format.h>

#include <iterator>

namespace galileo::redis {

Command::Command(std::initializer_list<std::string_view> arguments) {
    std::size_t bytes = 0;
    for (const auto argument : arguments) {
        bytes += argument.size() + 16;
    }
    body_.reserve(bytes);
    for (const auto argument : arguments) {
        arg(argument);
    }
}

Command& Command::arg(std::string_view argument) & {
    if (count_ == 0) {
        name_ = argument;
    }
    ++count_;
    fmt::format_to(std::back_inserter(body_), "${}\r\n", argument.size());
    body_ += argument;
    body_ += "\r\n";
    return *this;
}

void Command::encode_to(std::string& out) const {
    fmt::format_to(std::back_inserter(out), "*{}\r\n", count_);
    out += body_;
}

}  // namespace galileo::redis
