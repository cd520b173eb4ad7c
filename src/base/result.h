#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <tl/expected.hpp>

namespace galileo::base {

/// What the caller can do about an error; choose by that, not by where it happened.
enum class ErrorCode {
    kInvalidInput,  ///< fix the input: flag, file, message, parameter
    kNotFound,      ///< what was named does not exist
    kConflict,      ///< it exists already, or is in another state
    kUnavailable,   ///< the other side is away; retrying later can help
    kTimeout,       ///< no answer in time; retrying can help
    kExhausted,     ///< a limit was reached: memory, disk, descriptors, a bound of ours
    kDenied,        ///< permission or authentication
    kProtocol,      ///< the other side broke the protocol; retrying does not help
    kCancelled,     ///< somebody asked us to stop
    kInternal,      ///< none of the above
};

/// The name of a code as it appears in logs and JSON: `invalid_input`, `not_found`, ...
std::string_view to_string(ErrorCode code) noexcept;

/// Why an operation failed: a code, a message for people, and the context added on the way up. A
/// value; thread-compatible.
class Error {
  public:
    Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

    [[nodiscard]] ErrorCode code() const noexcept { return code_; }

    /// The whole text, outermost context first: `experiment x.yml: services.echo: no hosts given`.
    [[nodiscard]] const std::string& message() const noexcept { return message_; }

    /// Returns this error with `context` put in front, as `context: message`.
    [[nodiscard]] Error within(std::string_view context) && {
        message_.insert(0, std::string(context) + ": ");
        return std::move(*this);
    }
    [[nodiscard]] Error within(std::string_view context) const& {
        return Error(*this).within(context);
    }

  private:
    ErrorCode code_;
    std::string message_;
};

/// Builds an error from the current `errno`-style number: `what: strerror(number)`, with the code
/// that fits (ENOENT is kNotFound, ENOSPC and EMFILE are kExhausted, ECONNREFUSED is kUnavailable,
/// ...).
Error errno_error(int number, std::string_view what);

/// A value of type T or the Error that prevented it. `[[nodiscard]]`: ignoring one is a compile
/// error. Converts implicitly from T and from Error. Reading the side that is not there aborts.
template <typename T>
class [[nodiscard]] Result {
  public:
    using value_type = T;

    template <typename U = T>
        requires(std::is_constructible_v<T, U &&> &&
                 !std::is_same_v<std::remove_cvref_t<U>, Error> &&
                 !std::is_same_v<std::remove_cvref_t<U>, Result>)
    // NOLINTNEXTLINE(google-explicit-constructor): a function returns either side as it is
    Result(U&& value) : inner_(std::forward<U>(value)) {}
    // NOLINTNEXTLINE(google-explicit-constructor): a function returns either side as it is
    Result(Error error) : inner_(tl::unexpect, std::move(error)) {}

    [[nodiscard]] bool ok() const noexcept { return inner_.has_value(); }
    explicit operator bool() const noexcept { return ok(); }

    T& value() & { return inner_.value(); }
    const T& value() const& { return inner_.value(); }
    T&& value() && { return std::move(inner_.value()); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    template <typename U>
    [[nodiscard]] T value_or(U&& fallback) && {
        return ok() ? std::move(inner_.value()) : static_cast<T>(std::forward<U>(fallback));
    }

    [[nodiscard]] const Error& error() const& { return inner_.error(); }
    [[nodiscard]] Error&& error() && { return std::move(inner_.error()); }

    /// The same result, its error (if any) put into `context`.
    Result within(std::string_view context) && {
        return ok() ? std::move(*this) : Result(std::move(inner_.error()).within(context));
    }

    T release_value() { return std::move(inner_.value()); }

  private:
    tl::expected<T, Error> inner_;
};

/// Success without a value, or the Error that prevented it.
template <>
class [[nodiscard]] Result<void> {
  public:
    using value_type = void;

    Result() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): a function returns either side as it is
    Result(Error error) : inner_(tl::unexpect, std::move(error)) {}

    [[nodiscard]] bool ok() const noexcept { return inner_.has_value(); }
    explicit operator bool() const noexcept { return ok(); }
    [[nodiscard]] const Error& error() const& { return inner_.error(); }
    [[nodiscard]] Error&& error() && { return std::move(inner_.error()); }
    Result within(std::string_view context) && {
        return ok() ? std::move(*this) : Result(std::move(inner_.error()).within(context));
    }
    void release_value() {}

  private:
    tl::expected<void, Error> inner_;
};

}  // namespace galileo::base

namespace galileo {
using base::Error;
using base::ErrorCode;
using base::Result;
}  // namespace galileo

// A name of its own for each use: one TRY may stand inside another, or in a lambda inside one.
#define GALILEO_CONCAT_(left, right) left##right
#define GALILEO_CONCAT(left, right) GALILEO_CONCAT_(left, right)
#define GALILEO_TRY(name, expression, failed) \
    __extension__({                           \
        auto name = (expression);             \
        if (!name) {                          \
            return failed;                    \
        }                                     \
        name.release_value();                 \
    })
#define GALILEO_TRY_NAMED(name, expression) GALILEO_TRY(name, expression, std::move(name).error())
#define GALILEO_TRY_WITHIN_NAMED(name, context, expression) \
    GALILEO_TRY(name, expression, std::move(name).error().within(context))

/// Evaluates a Result: yields its value, or returns its error from the enclosing function.
///     auto port = TRY(parse_port(text));
#define TRY(expression) GALILEO_TRY_NAMED(GALILEO_CONCAT(try_result_, __COUNTER__), expression)

/// The same, with `context` put in front of the error.
#define TRY_WITHIN(context, expression) \
    GALILEO_TRY_WITHIN_NAMED(GALILEO_CONCAT(try_result_, __COUNTER__), context, expression)
