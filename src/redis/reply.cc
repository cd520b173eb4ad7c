#include "redis/reply.h"

#include <fmt/format.h>

#include <array>

namespace galileo::redis {

namespace {

struct CodeOfWord {
    std::string_view word;
    ErrorCode code;
};
// First words of error replies, from the sources of Redis 7.0 (server.c, `shared.*err`).
constexpr std::array kCodes{
    CodeOfWord{"NOAUTH", ErrorCode::kDenied},
    CodeOfWord{"WRONGPASS", ErrorCode::kDenied},
    CodeOfWord{"NOPERM", ErrorCode::kDenied},
    CodeOfWord{"DENIED", ErrorCode::kDenied},
    CodeOfWord{"-DENIED", ErrorCode::kDenied},
    CodeOfWord{"WRONGTYPE", ErrorCode::kConflict},
    CodeOfWord{"EXECABORT", ErrorCode::kConflict},
    CodeOfWord{"BUSYGROUP", ErrorCode::kConflict},
    CodeOfWord{"BUSYKEY", ErrorCode::kConflict},
    CodeOfWord{"NOGROUP", ErrorCode::kNotFound},
    CodeOfWord{"OOM", ErrorCode::kExhausted},
    CodeOfWord{"MISCONF", ErrorCode::kExhausted},
    CodeOfWord{"LOADING", ErrorCode::kUnavailable},
    CodeOfWord{"BUSY", ErrorCode::kUnavailable},
    CodeOfWord{"READONLY", ErrorCode::kUnavailable},
    CodeOfWord{"MASTERDOWN", ErrorCode::kUnavailable},
    CodeOfWord{"NOREPLICAS", ErrorCode::kUnavailable},
    CodeOfWord{"TRYAGAIN", ErrorCode::kUnavailable},
};

std::string_view name_of(Reply::Kind kind) {
    switch (kind) {
        case Reply::Kind::kNil:
            return "nil";
        case Reply::Kind::kInteger:
            return "an integer";
        case Reply::Kind::kStatus:
            return "a status";
        case Reply::Kind::kText:
            return "a string";
        case Reply::Kind::kArray:
            return "an array";
        case Reply::Kind::kError:
            return "an error";
    }
    return "nothing";
}

}  // namespace

Error error_of_reply(std::string_view text) {
    auto code = ErrorCode::kInternal;
    const auto word = text.substr(0, text.find(' '));
    for (const auto& row : kCodes) {
        if (row.word == word) {
            code = row.code;
        }
    }
    if (text.starts_with("ERR invalid password") || text.starts_with("ERR AUTH") ||
        text.starts_with("ERR Client sent AUTH")) {
        code = ErrorCode::kDenied;
    } else if (text.starts_with("ERR max number of clients")) {
        code = ErrorCode::kExhausted;
    }
    return Error(code, fmt::format("Redis: {}", text));
}

Reply Reply::make_integer(std::int64_t value) {
    Reply reply;
    reply.kind_ = Kind::kInteger;
    reply.integer_ = value;
    return reply;
}

Reply Reply::make_text(Kind kind, std::string text) {
    Reply reply;
    reply.kind_ = kind;
    reply.text_ = std::move(text);
    return reply;
}

Reply Reply::make_array(std::vector<Reply> elements) {
    Reply reply;
    reply.kind_ = Kind::kArray;
    reply.elements_ = std::move(elements);
    return reply;
}

Error Reply::unexpected(std::string_view wanted) const {
    if (is_error()) {
        return error_of_reply(text_);
    }
    return Error(ErrorCode::kProtocol,
                 fmt::format("Redis answered {} where {} was expected", name_of(kind_), wanted));
}

Result<void> Reply::check() const {
    if (is_error()) {
        return error_of_reply(text_);
    }
    return {};
}

Result<std::int64_t> Reply::integer() const {
    if (kind_ != Kind::kInteger) {
        return unexpected("an integer");
    }
    return integer_;
}

Result<std::string> Reply::text() const {
    if (is_nil()) {
        return Error(ErrorCode::kNotFound, "Redis answered nil: there is no such value");
    }
    if (kind_ != Kind::kText && kind_ != Kind::kStatus) {
        return unexpected("a string");
    }
    return text_;
}

Result<std::optional<std::string>> Reply::optional_text() const {
    if (is_nil()) {
        return std::optional<std::string>{};
    }
    return std::optional<std::string>(TRY(text()));
}

Result<std::vector<std::string>> Reply::texts() const {
    if (kind_ != Kind::kArray && !is_nil()) {
        return unexpected("an array");
    }
    std::vector<std::string> texts;
    texts.reserve(elements_.size());
    for (const auto& element : elements_) {
        if (!element.is_nil()) {
            texts.push_back(TRY(element.text()));
        }
    }
    return texts;
}

Result<std::map<std::string, std::string>> Reply::text_map() const {
    if (kind_ != Kind::kArray || elements_.size() % 2 != 0) {
        return unexpected("an array of names and values");
    }
    std::map<std::string, std::string> map;
    for (std::size_t i = 0; i < elements_.size(); i += 2) {
        map[TRY(elements_[i].text())] = TRY(elements_[i + 1].text());
    }
    return map;
}

Result<std::vector<Reply>> Reply::array() && {
    if (kind_ != Kind::kArray && !is_nil()) {
        return unexpected("an array");
    }
    return std::move(elements_);
}

}  // namespace galileo::redis
