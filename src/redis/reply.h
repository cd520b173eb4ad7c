#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace galileo::redis {

/// What a server answered: one RESP2 value. The typed accessors turn an error reply into an Error
/// (code by its first word: NOAUTH is kDenied, WRONGTYPE is kConflict, OOM is kExhausted, LOADING
/// is kUnavailable, ...) and any other kind than the wanted one into kProtocol. A value;
/// thread-compatible.
class Reply {
  public:
    enum class Kind { kNil, kInteger, kStatus, kText, kArray, kError };

    Reply() = default;  ///< nil
    static Reply make_integer(std::int64_t value);
    static Reply make_text(Kind kind, std::string text);
    static Reply make_array(std::vector<Reply> elements);

    [[nodiscard]] Kind kind() const noexcept { return kind_; }
    [[nodiscard]] bool is_nil() const noexcept { return kind_ == Kind::kNil; }
    [[nodiscard]] bool is_error() const noexcept { return kind_ == Kind::kError; }

    /// Fails for an error reply only.
    [[nodiscard]] Result<void> check() const;
    /// An integer.
    [[nodiscard]] Result<std::int64_t> integer() const;
    /// A bulk string or a status; nil is kNotFound.
    [[nodiscard]] Result<std::string> text() const;
    /// The same, but nil is an absent value.
    [[nodiscard]] Result<std::optional<std::string>> optional_text() const;
    /// An array of bulk strings; nil elements are left out, a nil array is empty.
    [[nodiscard]] Result<std::vector<std::string>> texts() const;
    /// An array of name, value, name, value, ... as HGETALL answers.
    [[nodiscard]] Result<std::map<std::string, std::string>> text_map() const;
    /// The elements of an array; a nil array is empty. The view form lives as long as this reply.
    [[nodiscard]] Result<std::vector<Reply>> array() &&;

    /// The elements of an array; empty for any other kind.
    [[nodiscard]] const std::vector<Reply>& elements() const noexcept { return elements_; }
    /// The text of a bulk string, status or error without a copy; empty for any other kind.
    [[nodiscard]] std::string_view view() const noexcept { return text_; }
    /// Takes that text out.
    [[nodiscard]] std::string take_text() && { return std::move(text_); }

    bool operator==(const Reply&) const = default;

  private:
    friend class ReplyReader;

    [[nodiscard]] Error unexpected(std::string_view wanted) const;

    Kind kind_ = Kind::kNil;
    std::int64_t integer_ = 0;
    std::string text_;
    std::vector<Reply> elements_;
};

/// The Error that an error reply's text stands for: `WRONGTYPE Operation against a key ...`.
Error error_of_reply(std::string_view text);

}  // namespace galileo::redis
